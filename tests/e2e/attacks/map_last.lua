-- The last of occurrences that overlap.
-- outcome: longer than|more than .* steps|memory
-- data: letters
local map = postern.map
local field = map.field
local mapped = map { { 'x', field('text'):after_last(('a'):rep(2000)) } }
return function(event)
  if not event.attack then return event end
  return mapped(event)
end

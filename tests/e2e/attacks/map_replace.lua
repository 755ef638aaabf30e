-- A replacement that grows.
-- outcome: longer than|more than .* steps|memory
-- data: letters
local map = postern.map
local field = map.field
local mapped = map { { 'x', field('text'):replace('a', ('b'):rep(100000)) } }
return function(event)
  if not event.attack then return event end
  return mapped(event)
end

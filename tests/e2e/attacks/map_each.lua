-- Each item of a list with each item of the list with each ...
-- outcome: longer than|more than .* steps|memory
-- data: list
local map = postern.map
local field = map.field
local mapped = map { { 'x', field('list'):each(field('list'):each(field('list'):each(map.item()))) } }
return function(event)
  if not event.attack then return event end
  return mapped(event)
end

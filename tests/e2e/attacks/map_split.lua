-- A text of separators, split again and again.
-- outcome: kept|longer than|more than .* steps|memory
-- data: commas
local map = postern.map
local field = map.field
local entries = {}
for i = 1, 500 do entries[i] = { 'n' .. i, field('text'):replace('x' .. i, 'y'):split(','):integer() } end
local mapped = map { entries }
return function(event)
  if not event.attack then return event end
  return mapped(event)
end

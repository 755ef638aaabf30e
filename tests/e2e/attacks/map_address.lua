-- A text that nearly is a list of addresses, thousands of times.
-- outcome: longer than|more than .* steps|memory
-- data: commas
local map = postern.map
local field = map.field
local entries = {}
for i = 1, 5000 do entries[i] = { 'n' .. i, field('text'):replace('x' .. i, 'y'):email('address'):copy() } end
local mapped = map { entries }
return function(event)
  if not event.attack then return event end
  return mapped(event)
end

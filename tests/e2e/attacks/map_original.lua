-- The event as it came, in each of thousands of fields.
-- outcome: longer than|more than .* steps|memory
-- data: list
local map = postern.map
local field = map.field
local entries = {}
for i = 1, 2000 do entries[i] = { 'n' .. i, map.original():lower():upper() } end
local mapped = map { entries }
return function(event)
  if not event.attack then return event end
  return mapped(event)
end

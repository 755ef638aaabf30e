-- A path into a large object, thousands of times.
-- outcome: longer than|more than .* steps|memory
-- data: nested
local map = postern.map
local field = map.field
local entries = {}
for i = 1, 5000 do entries[i] = { 'n' .. i, field('nested.nothing' .. i) } end
local mapped = map { entries }
return function(event)
  if not event.attack then return event end
  return mapped(event)
end

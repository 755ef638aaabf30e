-- Methods over a long text with escapes, thousands of times.
-- outcome: longer than|more than .* steps|memory
-- data: escapes
local map = postern.map
local field = map.field
local entries = {}
for i = 1, 3000 do entries[i] = { 'n' .. i, map.when(field('text'):contains('b' .. i), 1) } end
local mapped = map { entries }
return function(event)
  if not event.attack then return event end
  return mapped(event)
end

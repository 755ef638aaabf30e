-- A condition that holds the one before twice, sixty times.
-- outcome: kept
local map = postern.map
local field = map.field
local c = field('attack'):exists()
for _ = 1, 60 do c = map.all(c, c) end
local mapped = map { { 'x', map.when(c, 'yes', 'no') } }
return function(event)
  if not event.attack then return event end
  return mapped(event)
end

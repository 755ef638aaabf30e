-- Texts that differ in the middle alone, told apart.
-- outcome: kept
-- data: alike
local map = postern.map
local field = map.field
local mapped = map { { 'list', map.list(field 'list') } }
return function(event)
  if not event.attack then return event end
  return mapped(event)
end

-- Values that cannot be read, from two fields each.
-- outcome: kept
-- data: two lists
local map = postern.map
local field = map.field
local mapped = map { { 'x', map.list(field 'list', field 'list2'):integer() }, { 'n', 1 } }
return function(event)
  if not event.attack then return event end
  return mapped(event)
end

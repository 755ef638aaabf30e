-- An event split in a hundred parts, each mapped.
-- outcome: kept
return function(event)
  if not event.attack then return event end
  local map = postern.map { { "n", postern.map.field "n" } }
  local parts = {}
  for i = 1, 100 do parts[i] = map { n = i } end
  return parts
end

-- Names that differ in the middle alone.
-- outcome: kept
-- data: alike names
return function(event)
  if not event.attack then return event end
  local map, entries = postern.map, {}
  for i = 1, 5000 do entries[i] = { "n" .. i, map.field(("aaaaaaaa%06xbbbbbbbb"):format(i)) } end
  local made = map(entries)
  return made(event)
end

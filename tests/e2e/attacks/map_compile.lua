-- Maps with tens of thousands of fields, made while the event waits.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local map, entries = postern.map, {}
  for i = 1, 30000 do entries[i] = { "n" .. i, map.field("f" .. i) } end
  while true do map(entries) end
end

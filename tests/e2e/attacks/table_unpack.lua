-- As many results as there is room for.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local t = table.pack(("x"):rep(200000):byte(1, -1))
  while true do local n = select("#", table.unpack(t)) end
end

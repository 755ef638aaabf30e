-- A long list of texts that differ at their ends, sorted.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local t, long = {}, ("x"):rep(100)
  for i = 1, 200000 do t[i] = long .. (i * 7919 % 200000) end
  while true do table.sort(t, function(a, b) return a > b end) table.sort(t) end
end

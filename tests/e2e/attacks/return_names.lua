-- A table of many names that must be sorted.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local t, long = {}, ("x"):rep(60)
  for i = 1, 150000 do t[long .. i] = i end
  local out = {}
  for i = 1, 1000 do out[i] = t end
  return { out = out }
end

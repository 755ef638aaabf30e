-- A large table that is walked by next.
-- outcome: longer than|more than .* steps
return function(event)
  if not event.attack then return event end
  local t = {}
  for i = 1, 100000 do t["k" .. i] = i end
  local k, n = nil, 0
  repeat k = next(t, k) n = n + 1 until k == nil
  return { n = n }
end

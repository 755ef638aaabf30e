-- A large table that is begun to be walked, again and again.
-- outcome: longer than|more than .* steps
return function(event)
  if not event.attack then return event end
  local t = {}
  for i = 1, 200000 do t["k" .. i * 7919 % 200000] = i end
  while true do for _ in pairs(t) do break end end
end

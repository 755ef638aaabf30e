-- A long list, joined again and again.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local t = {}
  for i = 1, 100000 do t[i] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" end
  while true do local s = table.concat(t, ",") end
end

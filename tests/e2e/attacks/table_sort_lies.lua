-- An order that is none.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local t = {}
  for i = 1, 300000 do t[i] = i end
  while true do table.sort(t, function() return true end) end
end

-- A long list read from its end.
-- outcome: longer than|more than .* steps
-- data: list
return function(event)
  if not event.attack then return event end
  local list, n = event.list, 0
  for i = #list, 1, -1 do n = n + #list[i] end
  return { n = n }
end

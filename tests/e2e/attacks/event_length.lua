-- The length of a long list, asked again and again.
-- outcome: longer than|more than .* steps
-- data: list
return function(event)
  if not event.attack then return event end
  local n = 0
  while true do n = n + #event.list end
end

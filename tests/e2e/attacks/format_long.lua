-- Numbers written with all their digits, again and again.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local n = 0
  while true do n = n + #("%99.99f%99.99f"):format(1e308, -1e308) end
end

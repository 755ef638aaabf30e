-- Fields added without end.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  for i = 1, 1000000 do event["new" .. i] = i end
  return event
end

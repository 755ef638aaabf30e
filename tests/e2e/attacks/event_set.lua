-- Each of a hundred thousand fields, set by its name.
-- outcome: longer than|more than .* steps
-- data: names
return function(event)
  if not event.attack then return event end
  for name in pairs(event) do event[name] = 1 end
  return event
end

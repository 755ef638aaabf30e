-- A walk over an object whose fields are gone, again and again.
-- outcome: longer than|more than .* steps
-- data: nested
return function(event)
  if not event.attack then return event end
  for name in pairs(event.nested) do event.nested[name] = nil end
  while true do for _ in pairs(event.nested) do end end
end

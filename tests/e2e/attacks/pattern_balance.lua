-- Brackets that never close.
-- outcome: longer than|more than .* steps
return function(event)
  if not event.attack then return event end
  return { found = (("("):rep(200000)):find "%b()" }
end

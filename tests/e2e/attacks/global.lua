-- A forgotten local.
-- outcome: local
return function(event)
  if not event.attack then return event end
  leaked = event.attack
  return event
end

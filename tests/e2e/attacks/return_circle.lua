-- A table that contains itself.
-- outcome: contains itself
return function(event)
  if not event.attack then return event end
  local t = {}
  t.t = { t }
  return t
end

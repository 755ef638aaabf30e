-- Another text library for those that come behind.
-- outcome: read.only
return function(event)
  if not event.attack then return event end
  string.upper = function() return "poisoned" end
  return event
end

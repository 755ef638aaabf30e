-- A handler of errors that loops.
-- outcome: longer than
return function(event)
  if not event.attack then return event end
  xpcall(error, function() while true do end end, "x")
  return event
end

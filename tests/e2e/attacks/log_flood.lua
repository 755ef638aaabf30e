-- Words for the log without end.
-- outcome: longer than|more than .* steps
return function(event)
  if not event.attack then return event end
  while true do print(("x"):rep(1000)) end
end

-- A text of a byte, millions of times, millions of times.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  while true do local s = ("x"):rep(20000000) end
end

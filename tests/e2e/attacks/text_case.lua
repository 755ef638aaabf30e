-- A long text, in capitals and back.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local s = ("x"):rep(8000000)
  while true do s = s:upper():reverse():lower() end
end

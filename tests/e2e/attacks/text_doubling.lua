-- A text that doubles until memory is out.
-- outcome: longer than|memory
return function(event)
  if not event.attack then return event end
  local s = "x"
  while true do s = s .. s end
end

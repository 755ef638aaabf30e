-- A number with millions of digits.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local digits = ("1"):rep(10000000)
  while true do postern.number(digits) end
end

-- The iterator of pairs, called with a number.
-- outcome: table expected|got number
return function(event)
  if not event.attack then return event end
  pairs { x = 1 }(0x4141414141414141)
  return event
end

-- Numbers that JSON has not.
-- outcome: JSON has no NaN
return function(event)
  if not event.attack then return event end
  return { n = 0 / 0 }
end

-- A separator that nearly stands everywhere.
-- outcome: longer than|more than .* steps
return function(event)
  if not event.attack then return event end
  return postern.kv(("a"):rep(2000000), ("a"):rep(100000) .. "b")
end

-- A replacement that grows.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  return { s = postern.replace(("x"):rep(1000000), "x", ("y"):rep(1000)) }
end

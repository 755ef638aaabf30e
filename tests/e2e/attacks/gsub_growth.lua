-- A replacement that makes each byte a long text.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  return { s = ("x"):rep(1000000):gsub(".", ("y"):rep(100)) }
end

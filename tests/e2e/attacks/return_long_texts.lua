-- A document that holds one long text a hundred thousand times.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local s, t = ("x"):rep(10000000), {}
  for i = 1, 100000 do t[i] = s end
  return { list = t }
end

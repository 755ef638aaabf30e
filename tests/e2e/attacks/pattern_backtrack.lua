-- A pattern that tries all ways.
-- outcome: longer than|more than .* steps
return function(event)
  if not event.attack then return event end
  return { found = ("a"):rep(3000):find(("a-"):rep(40) .. "b") }
end

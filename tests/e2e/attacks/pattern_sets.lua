-- A set of a thousand characters, asked for each of a million.
-- outcome: longer than|more than .* steps
return function(event)
  if not event.attack then return event end
  local set = "[" .. ("%a"):rep(3000) .. "]*"
  return { found = ("1"):rep(1000000):gsub(set, "") }
end

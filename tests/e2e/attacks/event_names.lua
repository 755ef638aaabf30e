-- Each of a hundred thousand fields, asked by its name.
-- outcome: longer than|more than .* steps
-- data: names
return function(event)
  if not event.attack then return event end
  local n = 0
  for name in pairs(event) do if event[name] then n = n + 1 end end
  return { n = n }
end

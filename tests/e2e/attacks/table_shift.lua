-- A list that is used from its wrong end.
-- outcome: longer than|more than .* steps
return function(event)
  if not event.attack then return event end
  local t = {}
  for i = 1, 1000000 do table.insert(t, 1, i) end
  return { n = #t }
end

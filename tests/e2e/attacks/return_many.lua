-- One event split into a million.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local all = {}
  for i = 1, 1000000 do all[i] = { n = i, text = "some words that make it longer" } end
  return all
end

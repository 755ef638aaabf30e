-- A text with names that are nearly alike.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local names = {}
  for i = 1, 100000 do names[i] = ('"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%06xbbbbbbbbbbbbbbbb":1'):format(i) end
  local s = "{" .. table.concat(names, ",") .. "}"
  while true do postern.json.decode(s) end
end

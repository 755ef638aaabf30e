-- A large event written again and again.
-- outcome: longer than|more than .* steps|memory
-- data: list
return function(event)
  if not event.attack then return event end
  event.list[1] = "changed"
  while true do postern.raw(event) tostring(event) end
end

-- Copies of a large event.
-- outcome: longer than|more than .* steps|memory
-- data: list
return function(event)
  if not event.attack then return event end
  event.list[1] = "changed"
  while true do postern.copy(event) end
end

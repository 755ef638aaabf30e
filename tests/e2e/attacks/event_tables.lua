-- A large event made a table again and again.
-- outcome: longer than|more than .* steps|memory
-- data: list
return function(event)
  if not event.attack then return event end
  while true do postern.table(event) end
end

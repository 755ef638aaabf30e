-- Metatables that send each other round.
-- outcome: longer than|more than .* steps|loop
return function(event)
  if not event.attack then return event end
  local chain = {}
  for i = 1, 1000 do chain = setmetatable({}, { __index = chain }) end
  while true do local x = chain.nothing end
end

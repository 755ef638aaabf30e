-- A text of separators alone, split again and again.
-- outcome: longer than|more than .* steps|memory
return function(event)
  if not event.attack then return event end
  local s = (","):rep(300000)
  while true do local parts = postern.split(s, ",") end
end

-- Memory that is kept from event to event, and then a loop: the event is tried again without it, but not for as long again.
-- outcome: longer than|memory
local kept = {}
return function(event)
  if not event.attack then return event end
  while #kept < 450000 do kept[#kept + 1] = { #kept } end
  while true do end
end

-- A loop inside pcall, again and again: nobody catches the end of the time.
-- outcome: longer than
return function(event)
  if not event.attack then return event end
  while true do pcall(function() while true do end end) end
end

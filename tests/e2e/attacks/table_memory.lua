-- A table that grows until memory is out.
-- outcome: longer than|memory
return function(event)
  if not event.attack then return event end
  local t = {}
  while true do t[#t + 1] = { #t } end
end

-- A function without an end to its depth.
-- outcome: stack overflow|longer than|memory
return function(event)
  if not event.attack then return event end
  local function deeper() return 1 + deeper() end
  return { n = deeper() }
end

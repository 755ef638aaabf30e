-- Variables that are closed while the error goes up, each with a loop of its own.
-- outcome: longer than
return function(event)
  if not event.attack then return event end
  local forever = setmetatable({}, { __close = function() while true do end end })
  local function descend(n)
    local a <close> = forever
    local b <close> = forever
    if n > 0 then descend(n - 1) end
    while true do end
  end
  pcall(descend, 50)
  return event
end

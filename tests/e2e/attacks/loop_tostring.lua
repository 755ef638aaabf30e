-- An error object that takes for ever to say what it is.
-- outcome: longer than
return function(event)
  if not event.attack then return event end
  error(setmetatable({}, { __tostring = function() while true do end end }))
end

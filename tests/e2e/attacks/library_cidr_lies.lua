-- A list of networks that lies about its length.
-- outcome: plain list expected
return function(event)
  if not event.attack then return event end
  postern.cidr(setmetatable({}, { __len = function() return math.mininteger end }))
  return event
end

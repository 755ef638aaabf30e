-- Values that are made of one another: the ways to their fields grow like Fibonacci's numbers.
-- outcome: kept
-- data: fields
local map = postern.map
local field = map.field

local function one() return "1" end
local a, b = map.call(one, field "attack"), map.call(one, field "b")
for i = 1, 40 do a, b = map.call(one, a, b, field("f" .. i)), a end
local mapped = map { { "out", a }, map.rest() }
return function(event)
  if not event.attack then return event end
  return mapped(event)
end

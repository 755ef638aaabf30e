-- A text of many values, read in every way that reads JSON.
-- outcome: longer than|used more than 64.0 MiB of memory
local map = postern.map
local read = map { { "v", map.field "text":json() } }
return function(event)
  if not event.attack then return event end
  local many = "[" .. string.rep("1,", 4000000) .. "1]"
  local caught = 0
  for _, way in ipairs { postern.json.decode, postern.number, read } do
    if not pcall(way, way == read and { text = many } or many) then caught = caught + 1 end
  end
  if caught ~= 3 then error("only " .. caught .. " were refused") end
  return '{"a":' .. many .. "}"
end

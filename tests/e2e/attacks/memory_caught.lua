-- Everything that holds memory beside Lua's, until there is no more; each time that is caught, and tried again.
-- outcome: longer than|more than .* steps
local map = postern.map
local field = map.field
local wide = map { { "a", map.concat(field "x", field "x", field "x") }, { "b", field "x":lower():upper() },
                   { "c", map.list(field "x":split ",") }, { "d", field "j":json():each(map.item():json()) } }
return function(event)
  if not event.attack then return event end
  local kept = {}
  local text, json = string.rep("a,", 500000), "[" .. string.rep('"[1]",', 100000) .. "1]"
  local ways = {
    function() kept[#kept + 1] = wide { x = text, j = json } end,
    function() kept[#kept + 1] = postern.copy(event) end,
    function() kept[#kept + 1] = postern.json.decode(json) end,
    function() kept[#kept + 1] = postern.line(text) end,
    function() event["k" .. #kept] = text end,
    function() kept[#kept + 1] = postern.raw(event) end,
    function() kept[#kept + 1] = postern.table(event) end,
  }
  while true do
    for _, way in ipairs(ways) do pcall(way) end
  end
end

-- The entries that options.lua turns on, by dataset; what stands in it is checked.

local map = postern.map
local options = postern.script "ecs/options"

for name in pairs(options) do
  if name ~= "data_stream" and name ~= "namespace" and name ~= "original" then
    error('ecs/options.lua: there is no option "' .. name .. '"', 0)
  end
end
local namespace = options.namespace
if namespace and (#namespace > 100 or not namespace:find '^[^%u%c%-\\/*?"<>|, #:]+$') then
  error("ecs/options.lua: a namespace has at most 100 bytes, no capitals, no blanks and none of - \\ / * ? \" < > | , # :", 0)
end

return function(dataset)
  return {
    options.data_stream and {
      { "data_stream.type", "logs" },
      { "data_stream.dataset", dataset },
      -- An account's name is of letters in lower case, digits, "_" and "-": all but "-" may stand in a namespace.
      { "data_stream.namespace", namespace or map.meta("account"):replace("-", "_"):default "default" },
    } or {},
    options.original and { "event.original", map.original() } or {},
  }
end

-- For lua_bridge_fuzz.c: does a little of everything that scripts can do to an event.
local everything = postern.script "everything"
local read = postern.labels({ ip = { "ip", "remote ip is" }, subject = "subject" }, { "subject" })

local function walk(value)
  for key, inner in pairs(value) do
    if postern.type(inner) == "object" or postern.type(inner) == "list" then
      walk(inner)
    elseif postern.type(value) == "object" then
      value[key] = postern.type(inner) == "text" and postern.lower(inner) or inner
    end
  end
end

return function(event)
  local before = postern.copy(event)
  local table = postern.table(event)
  walk(event)
  event.added = { before.a, before.l, postern.list() }
  event.moved = event.l
  event.a = nil
  postern.move(event, "b", "renamed")
  for key in pairs(event) do
    if #key > 3 then event[key] = nil end
  end
  if postern.type(event.l) == "list" then
    local last = event.l
    last[#last + 1] = #last
    last[1] = "first"
  end
  table.raw = postern.raw(before)
  return { before, event, table, everything(before), everything(event), tostring(everything(table)), { read(before.a) } }
end

-- The same work as flat_map.lua, in Lua.
local lower, parse, format, valid = postern.lower, postern.time.parse, postern.time.format, postern.ip.valid

local function present(value)
  if value ~= "" then return value end
end

return function(event)
  local ip = event.IP
  return {
    message_id = present(event.MsgId),
    time = format(parse(event.datetime)),
    direction = present(lower(event.Dir)),
    action = present(event.Act),
    sender = present(lower(event.Sender)),
    recipient = present(lower(event.Rcpt)),
    subject = present(event.Subject),
    source_ip = valid(ip) and ip or nil,
    score = math.tointeger(event.SpamScore),
    country = present(event.Geo),
    size = math.tointeger(event.AttSize),
    rejection = present(event.RejType),
  }
end

-- The same work as nested_map.lua, in Lua.
local lower, parse, format, valid, email = postern.lower, postern.time.parse, postern.time.format, postern.ip.valid,
  postern.email
local outcomes = { Acc = "success", Rej = "failure" }
local taken = { datetime = true, Act = true, Dir = true, Subject = true, MsgId = true, Sender = true,
  Rcpt = true, IP = true, SenderDomain = true, TlsVer = true, Cphr = true }

local function address(text)
  local parts = email(text)
  return parts and parts.address
end

local function addresses(first, second)
  local list = postern.list {}
  list[1] = first
  if second and second ~= first then list[#list + 1] = second end
  return list[1] and list
end

return function(event)
  local rest = {}
  for key, value in pairs(event) do
    if not taken[key] and value ~= "" and not postern.is_null(value) then rest[key] = value end
  end
  local ip, rejection = event.IP, event.RejType
  return {
    ["@timestamp"] = format(parse(event.datetime)),
    event = {
      kind = rejection and rejection ~= "" and "alert" or "event",
      outcome = outcomes[event.Act] or "unknown",
      action = lower(event.Act),
    },
    email = {
      direction = lower(event.Dir),
      subject = event.Subject,
      message_id = event.MsgId and event.MsgId:match "<(.-)>",
      from = { address = addresses(address(event.headerFrom), address(event.Sender)) },
      to = { address = addresses(address(event.Rcpt)) },
    },
    source = { ip = valid(ip) and ip or nil, domain = lower(event.SenderDomain) },
    tls = { version = event.TlsVer and event.TlsVer:match "^TLSv(.+)", cipher = event.Cphr },
    mimecast = rest,
  }
end

-- Each event as one line of ArcSight's Common Event Format (CEF:0), for a sink that sends or writes ready lines.
-- CEF:0|vendor|product|version|event class|name|severity|extension
local PRODUCT = "CEF:0|Mimecast|Email Security|1.0|"
local SHORT = { Acc = "accept", Rej = "reject", Hld = "hold", Bnc = "bounce", Ign = "ignore", Sdbx = "sandbox" }

-- In the header `\` and `|` are escaped, and there is no line break.
local function in_header(text)
  return (text:gsub("[\\|]", "\\%0"):gsub("[\r\n]+", " "))
end

-- In the extension `\` and `=`, and a line break is written as \n.
local function in_extension(text)
  return (text:gsub("[\\=]", "\\%0"):gsub("\r\n?", "\n"):gsub("\n", "\\n"))
end

-- The first of the named fields that is there, as a text: of a list its elements, of an object its JSON.
local function text_of(value)
  local kind = postern.type(value)
  if kind == "nothing" or kind == "null" or value == "" then return nil end
  if kind == "text" then return value end
  if kind == "list" then
    local parts = {}
    for _, element in ipairs(value) do parts[#parts + 1] = text_of(element) end
    return #parts > 0 and table.concat(parts, ",") or nil
  end
  if kind == "object" then return postern.json.encode(value) end
  return tostring(value)
end

local function reader(event)
  return function(...)
    for _, name in ipairs { ... } do
      local text = text_of(event[name])
      if text then return text end
    end
  end
end

-- `Ann Lee <Ann@Example.com>` and comma lists as plain addresses; what is none stays as it is, but for `<>`, which is nobody.
local function addresses(text)
  if not text or text == "<>" then return nil end
  local parts = {}
  for _, part in ipairs(postern.split(text)) do
    local mail = postern.email(part)
    if not mail then return text end
    parts[#parts + 1] = postern.lower(mail.address)
  end
  return table.concat(parts, ",")
end

local function address_of(text)
  return postern.ip.valid(text) and text or nil
end

local DIRECTIONS = { inbound = "0", outbound = "1" }
local BAD = { malicious = 9, unsafe = 9, block = 7, reject = 5, bounce = 5, hold = 6, delete = 6 }

-- 0 to 10: what is malicious 9, what was stopped 5 to 7, what Mimecast let pass 1, and 3 for log-ons that failed.
local function severity(get, action)
  if get("taggedMalicious", "TaggedMalicious") == "true" or get("Virus", "virusFound") then return 9 end
  local worst = math.max(BAD[get("scanResult", "result")] or 1, BAD[action] or 1)
  if worst == 1 and postern.lower(get("auditType") or ""):find("fail", 1, true) then return 3 end
  return worst
end

local audit_pieces = postern.labels({ ip = { "ip", "remote ip" } })

return function(event, ctx)
  local get = reader(event)
  local source = ctx.source ~= "" and ctx.source or "mimecast"
  local class = ctx.type ~= "" and ctx.type ~= source and source .. ":" .. ctx.type or source
  local action = get("action", "Act", "Action", "actionTriggered")
  action = action and (SHORT[action] or postern.lower(postern.trim(postern.split(action)[1])))
  local delivered = get("Delivered", "delivered")
  if not action and delivered then action = delivered == "true" and "deliver" or "fail" end
  local told = audit_pieces(get("eventInfo"))
  local delivery = delivered ~= nil
  local mail_ip = address_of(get("SourceIP", "senderIp", "sendingIp", "senderIpAddress", "sourceIp", "IP"))

  local line = { PRODUCT, in_header(class), "|", in_header(get("auditType") or class .. (action and " " .. action or "")), "|",
                 tostring(severity(get, action)), "|" }
  local first = true
  local function put(key, value)
    if value == nil then return end
    line[#line + 1] = (first and "" or " ") .. key .. "=" .. in_extension(value)
    first = false
  end
  local function custom(number, label, value)
    if value == nil then return end
    put("cs" .. number .. "Label", label)
    put("cs" .. number, value)
  end

  local time = postern.time.parse(get("datetime", "timestamp", "date", "eventTime"))
  put("rt", tostring(time or ctx.time or ctx.received))
  put("deviceExternalId", get("acc", "accountId") or ctx.account ~= "" and ctx.account or nil)
  local mail = get("aggregateId")
  mail = mail and mail:match "^(.+)_%d%d%d%d%d%d%d%d%d%d$" or mail -- API 2.0 may put the time behind the id
  put("externalId", get("aCode") or mail or get("id"))
  put("cat", get("category", "urlCategory", "UrlCategory"))
  put("act", action)
  put("outcome", delivered and (delivered == "true" and "success" or "failure") or nil)
  put("deviceDirection", DIRECTIONS[postern.lower(get("Dir", "direction", "route", "Route") or "")])
  put("src", not delivery and mail_ip or told and address_of(told.ip) or nil)
  put("dst", delivery and address_of(get("destinationIp", "IP")) or nil)
  put("suser", addresses(get("headerFrom", "senderHeader", "fromUserEmailAddress", "senderAddress", "Sender", "senderEnvelope", "sender", "user")))
  put("duser", addresses(get("Rcpt", "Recipient", "recipients", "recipient", "recipientAddress",
    "userEmailAddress")))
  put("fname", get("fileName", "AttNames", "attachments"))
  put("fsize", get("Size", "sizeAttachment"))
  put("fileHash", get("sha256", "fileHash", "sha1", "md5"))
  put("request", get("url", "URL"))
  put("reason", get("RejInfo", "rejectionInfo", "Hld", "holdReason", "Err", "Error", "deliveryErrors", "receiptErrors", "reason",
    "blockReason"))
  put("msg", get("Subject", "subject", "eventInfo"))
  custom(1, "messageId", get("MsgId", "messageId", "msgid"))
  custom(2, "policy", get("policy", "definition", "ttpDefinition", "Definition", "policyDefinition"))
  custom(3, "virus", get("Virus", "virusFound"))
  custom(4, "result", get("scanResult", "result", "details"))
  return postern.line(table.concat(line))
end

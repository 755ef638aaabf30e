-- audit: what administrators and users did. `eventInfo` is prose with labelled pieces, mostly at its end.

local map = postern.map
local field, first, list, meta, given = map.field, map.first, map.list, map.meta, map.given
local common = postern.script "ecs/common"
local text, keyword = common.text, common.keyword

local function is_ip(value) return postern.ip.valid(value:match "^[^,;%s]*") end
local function has_address(value) return value:find "^[^,;]*@" ~= nil end
local function anything() return true end

-- Label → the name of its piece and a test of what stands behind it, so that "How To: ..." in a subject is no label.
local LABELS = {
  date = { "date", function(value) return value:find "^%d%d%d%d%-%d%d%-%d%d" ~= nil end },
  time = { "time", function(value) return value:find "^%d%d?:%d%d" ~= nil end },
  ip = { "ip", is_ip }, ["ip address"] = { "ip", is_ip },
  from = { "from", has_address }, to = { "to", has_address },
  application = { "application", anything }, method = { "method", anything }, ["2fa"] = { "two_factor", anything },
  reason = { "reason", anything }, subject = { "subject", anything },
  file = { "file", anything }, filename = { "file", anything }, ["file name"] = { "file", anything },
  ["file size"] = { "size", anything }, size = { "size", anything },
}

-- The label that ends at the byte before `colon`, two words or one, and where it begins.
local function label_before(prose, colon)
  local begin, words = prose:sub(1, colon - 1):match "()(%w+ %w+)$"
  if words and LABELS[postern.lower(words)] then return LABELS[postern.lower(words)], begin end
  begin, words = prose:sub(1, colon - 1):match "()(%w+)$"
  if words then return LABELS[postern.lower(words)], begin end
end

-- "Logged on, Date: 2026-01-02, IP: 192.0.2.1" → { date = "2026-01-02", ip = "192.0.2.1" }; each piece ends where the
-- next one begins. Of equal labels the last counts: the pieces of Mimecast's own come behind what users wrote.
local function labelled_pieces(prose)
  local marks = {}
  for colon, value in prose:gmatch "():%s*()" do
    local label, begin = label_before(prose:sub(1, colon), colon)
    if label and label[2](prose:sub(value)) then
      marks[#marks + 1] = { name = label[1], begin = begin, value = value }
    end
  end
  local pieces = {}
  for i, mark in ipairs(marks) do
    local stop = marks[i + 1] and marks[i + 1].begin - 1 or #prose
    local value = prose:sub(mark.value, stop):match "^(.-)[%s,;]*$"
    pieces[mark.name] = postern.strip_quotes(value)
  end
  return pieces
end

-- The time is in the zone of the account; without a zone that is known it says nothing.
local function created(date, time)
  if not date or not time then return nil end
  local both = date .. " " .. time
  local zoned = time:find "[%a+-]" ~= nil
  return zoned and (postern.time.parse(both) or postern.time.parse(both, "%Y-%m-%d %H:%M:%S %Z")) or nil
end

-- "Exported file mails_2026.csv" → "mails_2026.csv"
local function file_in_prose(prose)
  local lower = postern.lower(prose)
  if lower:find "export" or lower:find "download" then
    return prose:match "[%w_.-]+%.%a%w?%w?%w?%f[^%w._-]"
  end
end

-- What the prose holds, for the map; `unparsed` if it has no piece that is known.
local function read_event_info(prose)
  if type(prose) ~= "string" then return {} end
  local info = labelled_pieces(prose)
  local nothing = next(info) == nil
  info.created = created(info.date, info.time)
  info.file = info.file or file_in_prose(prose)
  info.extension = info.file and info.file:match "%.(%w+)$"
  info.mentioned = prose:match "<([^<>%s]+@[^<>%s]+)>"
  if nothing and not info.file and prose ~= "" then info.unparsed = "eventInfo" end
  return info
end

-- Kinds of audit by words in the type or category, the first that fits.
local AUDIT_KINDS = {
  { "authentication", { "logged on", "logged off", "logon", "logoff", "login", "log on", "authentication" } },
  { "file", { "export", "download" } },
  { "configuration", { "polic", "setting", "configur", "definition", "connector", "profile", "dictionar" } },
  { "iam", { "user", "account", "role", "group", "password", "permission", "api key", "api application" } },
}
local CHANGES = {
  { "creation", { "new", "created", "added", "create", "add" } },
  { "deletion", { "deleted", "removed", "delete", "remove" } },
  { "change", { "changed", "updated", "edited", "modified", "reset", "enabled", "disabled" } },
}

local function holds_one(text, words)
  for _, word in ipairs(words) do
    if text:find(word, 1, true) then return true end
  end
  return false
end

local function first_that_fits(text, choices, otherwise)
  for _, choice in ipairs(choices) do
    if holds_one(text, choice[2]) then return choice[1] end
  end
  return otherwise
end

-- category, type, outcome
local function classify(audit_type, category)
  local kind_text = postern.lower(audit_type) .. " " .. postern.lower(category):gsub("_", " ")
  local kind = first_that_fits(kind_text, AUDIT_KINDS, "email")
  local lower = postern.lower(audit_type)
  if kind == "authentication" then
    local ended = holds_one(lower, { "logged off", "logoff" })
    local failed = holds_one(lower, { "fail", "denied", "locked", "invalid" })
    return kind, ended and "end" or "start", failed and "failure" or "success"
  elseif kind == "email" then
    return kind, "info"
  elseif kind == "file" then
    return kind, "access"
  end
  return kind, first_that_fits(lower, CHANGES, kind == "configuration" and "change" or "info")
end

local user, from, to = keyword "user", given("from"):email "address", given("to"):email "address"
local audit = map {
  schema = postern.script "ecs/fields",
  common.document("audit_events", field "eventTime"),
  { "event.kind", "event" },
  { "event.category", list(given "category") },
  { "event.type", list(given "type") },
  { "event.outcome", given "outcome" },
  { "event.id", first(keyword "id", meta "id") },
  { "event.created", first(given("created"):time(), meta("received"):time()) },
  { "event.action", field("auditType"):lower():replace(" ", "-") },
  { "event.reason", given "reason" },
  { "user.email", user:email "address" },
  { "user.name", first(user:email "local", user) },
  { "user.domain", user:email "domain" },
  { "client.ip", given "ip" },
  { "email.subject", given "subject" },
  { "email.from.address", list(from) },
  { "email.to.address", list(to) },
  { "file.name", given "file" },
  { "file.extension", given "extension" },
  { "file.size", given("size"):integer() },
  { "related.ip", list(given "ip") },
  { "related.user", list(first(user:email "address", user), from, to, given "mentioned") },
  { "mimecast.eventInfo", text "eventInfo" },
  { "mimecast.application", given "application" },
  { "mimecast.method", given "method" },
  { "mimecast.2FA", given "two_factor" },
  { "mimecast.unparsed", list(given "unparsed") },
}

return function(event)
  local info = read_event_info(event.eventInfo)
  local audit_type, category = event.auditType, event.category
  info.category, info.type, info.outcome = classify(
    type(audit_type) == "string" and audit_type or "", type(category) == "string" and category or "")
  return audit(event, info)
end

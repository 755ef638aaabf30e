-- audit: what administrators and users did. `eventInfo` is prose with labelled pieces, mostly at its end.

local map = postern.map
local field, first, list, concat, meta = map.field, map.first, map.list, map.concat, map.meta
local when, any, none, call = map.when, map.any, map.none, map.call
local common = postern.script "ecs/common"
local kinds = postern.script "ecs/audit_types"
local text, keyword = common.text, common.keyword

-- Of several values the first.
local function one(expression)
  return concat(expression)
end

-- The kind of audit by the table of types; Lua runs only for types that it lacks.
local audit_type, NOTHING = field "auditType", "-"
local function of_kind(what)
  local known = {}
  for name, kind in pairs(kinds.by_type) do known[name] = kind[what] or NOTHING end
  local function by_words(...) return kinds.by_words(...)[what] end
  return first(audit_type:enum(known), call(by_words, audit_type:copy(), field("category"):copy())):except(NOTHING)
end

-- What stands behind a subject or a reason, people wrote; which labels end a subject is known.
local prose = field "eventInfo"
local info = prose:labels({
  date = "date", time = "time",
  ip = { "ip", "ip is", "ips", "client ip", "client ip address", "source ip", "source ip address", "user ip", "ip addresses" },
  remote_ip = { "remote ip", "remote ip is", "remote ip address", "remote address" }, ip_address = { "ip address", "ip address is" },
  application = "application", method = "method", two_factor = "2fa",
  from = "from", to = "to", subject = "subject", reason = "reason",
  file_name = { "file name", "filename" },
  file = { "file", "exported file", "downloaded file", "file exported", "file downloaded", "report downloaded" }, size = { "file size", "size" },
}, { "reason", subject = { "processed", "viewed content", "message id", "viewed" } })

local addresses = list(info:piece("ip"):find "ip", info:piece("remote_ip"):find "ip", info:piece("ip_address"):find "ip")

-- The time is in the zone of the account; without a zone that is known it says nothing.
local created = concat(info:piece "date", " ", info:piece "time"):time "zoned"

-- "<Bob Doe> bob@corp.example", "Bob Doe <bob@corp.example>", or several; names may hold addresses as well.
local function mail_addresses(piece)
  return first(piece:email "address", piece:after_last(">"):find "email", piece:after_last("<"):find "email", piece:find "email")
end
local from, to = mail_addresses(info:piece "from"), mail_addresses(info:piece "to")

-- Sentences about exports and downloads name their file; a piece "file" may be about anything. "x.pst by ann@corp.example" says
-- who did it as well, a path where it lies.
local function bare(piece)
  local name = first(when(piece:after(" by "):contains "@", piece:before " by "), piece)
  local behind_slash = first(name:after_last "/", name)
  return first(behind_slash:after_last "\\", behind_slash):except("null", "N/A", "none", "-")
end
local function ends_as_file(name)
  return concat("x.", name:file_extension()):find "file" -- one of the usual extensions
end
local function file_in(piece)
  local name = bare(piece)
  return first(when(ends_as_file(name), name), piece:find "file")
end
local file_name, behind_dash = info:piece "file_name", info:prose():after_last " - "
local lower = info:prose():lower()
local is_transfer = any(lower:contains "export", lower:contains "download")
local file = one(first(
  when(file_name, first(file_in(file_name), bare(file_name))),
  when(info:piece "file", file_in(info:piece "file")),
  when(is_transfer, first(when(ends_as_file(behind_dash), behind_dash), info:prose():find "file"))))

local size = info:piece("size"):replace(",", ""):lower() -- "6,864 bytes"

local user = keyword "user"
local user_address = one(user:email "address")

return map {
  schema = postern.script "ecs/fields",
  common.document("audit_events", field "eventTime"),
  { "event.kind", "event" },
  { "event.category", list(first(of_kind "category", "email")) },
  { "event.type", list(first(of_kind "type", "info")) },
  { "event.outcome", of_kind "outcome" },
  { "event.id", first(keyword "id", meta "id") },
  { "event.created", first(created, meta("received"):time()) },
  { "event.action", audit_type:lower():replace(" ", "-") },
  { "event.reason", info:piece "reason" },
  { "user.email", user_address },
  { "user.name", one(first(user:email "local", user)) },
  { "user.domain", one(user:email "domain") },
  { "user.full_name", one(user:email "name") },
  { "client.ip", one(addresses) },
  { "email.subject", info:piece "subject" },
  { "email.from.address", list(from) },
  { "email.to.address", list(to) },
  { "file.name", file },
  { "file.extension", file:file_extension() },
  { "file.size", when(info:piece "size", first(size:before " byte", size)) },
  { "related.ip", addresses },
  { "related.user", list(first(user:email "address", user), user:email "local", from, to, prose:find "email") },
  { "mimecast.eventInfo", text "eventInfo" },
  { "mimecast.application", info:piece "application" },
  { "mimecast.method", info:piece "method" },
  { "mimecast.2FA", info:piece "two_factor" },
  { "mimecast.event_info", info:unnamed() },
  { "mimecast.unparsed", list(when(none(info:piece "ip", info:piece "date", info:piece "application", info, info:unnamed(), file),
    when(info:prose(), "eventInfo"))) },
}

-- Mimecast events as the Elastic Common Schema (ECS) 8: the packaged mapping.
--
-- Each source has one map, below; `common` holds what all of them share. What no entry takes stays under `mimecast.`
-- with its own name, values of an unexpected shape too. To change something, copy this file beside your configuration
-- and edit it there; to add something, name a script of your own behind it: transform = { "ecs", "mine" }.
-- The tests are in ecs_test.lua: `postern test`.

local map = postern.map
local field, first, list, object = map.field, map.first, map.list, map.object
local when, all, any, none = map.when, map.all, map.any, map.none
local meta, given, item, const, call = map.meta, map.given, map.item, map.const, map.call

-------------------------------------------------------------------------------------------------------------------
-- Pieces that the maps are made of
-------------------------------------------------------------------------------------------------------------------

-- Entries of every document. `dataset` without "mimecast."; `time` is an expression of the event's own time.
local function common(dataset, time)
  return {
    { "@timestamp", first(time:time(), meta("time"):time(), meta("received"):time()) },
    { "ecs", const { version = "8.17.0" } },
    { "event.module", "mimecast" },
    { "event.dataset", "mimecast." .. dataset },
    { "organization.name", meta "account" },
    { "observer", const { vendor = "Mimecast" } },
    -- { "event.original", map.original() },   -- the event as Mimecast sent it; about doubles the output
    { "mimecast", map.rest() },
  }
end

-- A free text: should it ever come as an object or a list, its JSON text, since one field must keep one type.
local function text(...)
  return field(...):text()
end

-- A name or a code: texts only; what is none stays under `mimecast.`.
local function keyword(...)
  return field(...):trim()
end

-- The addresses in a field: one, a list, or a text with commas between them. "<>" is the null sender, not an address.
local function addresses(...)
  return field(...):except("<>"):email "address"
end

-- Mimecast writes N/A where nothing was done.
local function action(expression)
  return expression:except("N/A", "n/a")
end

-- The direction of a mail. SIEM logs hold names of delivery routes in the same field: those stay where they are.
local DIRECTIONS = { inbound = "inbound", outbound = "outbound", internal = "internal", external = "external" }
local function direction(...)
  return field(...):lower():enum(DIRECTIONS)
end

-- The parts of a URL.
local function url_parts(...)
  local url = field(...)
  return {
    { "url.original", url:text() },
    { "url.scheme", url:url "scheme" },
    { "url.domain", url:url "domain" },
    { "url.port", url:url("port"):integer() },
    { "url.path", url:url "path" },
    { "url.extension", url:url "extension" },
    { "url.query", url:url "query" },
    { "url.fragment", url:url "fragment" },
  }
end

-- event.kind and what else says what sort of record this is.
local function email_event(is_alert)
  return {
    { "event.kind", when(is_alert, "alert", "event") },
    { "event.category", const { "email" } },
    { "event.type", const { "info" } },
  }
end

-------------------------------------------------------------------------------------------------------------------
-- siem: the mail transfer agents' logs, all ten log types
-------------------------------------------------------------------------------------------------------------------

-- `"agenda, v2.pdf", "logo.png",` → { "agenda, v2.pdf", "logo.png" }
local function split_names(names)
  local found, rest = {}, postern.trim(names)
  while rest ~= "" do
    local name, behind
    if postern.starts_with(rest, '"') then
      name, behind = rest:match '^"([^"]*)"%s*,?(.*)$'
    end
    if not name then
      name, behind = rest:match "^([^,]*),?(.*)$"
    end
    name = postern.strip_quotes(name)
    if name ~= "" then found[#found + 1] = name end
    rest = postern.trim(behind)
  end
  return found
end

-- One attachment for each name; the size is that of all together, so it is only one attachment's if there is one.
local function named_attachments(names, size)
  if type(names) ~= "string" then return nil end
  local found = split_names(names)
  local attachments = {}
  for i, name in ipairs(found) do
    attachments[i] = { file = { name = name, size = #found == 1 and size or nil } }
  end
  return attachments[1] and attachments
end

-- Log types as API 1.0 and 2.0 name them → one name.
local LOG_TYPES = {
  receipt = "receipt", process = "process", delivery = "delivery", spam = "spam", av = "avlog", jrnl = "jrnl",
  journal = "jrnl", ttp_url = "url-protect", ttp_ap = "attachment-protect", impersonation = "impersonation-protect",
  iep = "internal-email-protect",
}
local TLS_VERSIONS = { ["TLSv1.3"] = "1.3", ["TLSv1.2"] = "1.2", ["TLSv1.1"] = "1.1", TLSv1 = "1.0", SSLv3 = "3.0" }
local TLS_PROTOCOLS = { ["TLSv1.3"] = "tls", ["TLSv1.2"] = "tls", ["TLSv1.1"] = "tls", TLSv1 = "tls", SSLv3 = "ssl" }

local siem
do
  local log_type = meta "type"
  -- In a delivery record IP is where the mail went, else where it came from. Only events that come without a log
  -- type (a file given to `postern map`) are told by their fields.
  local is_delivery = first(log_type,
    when(any(field "Delivered", field "Attempt", field "Latency", field "UseTls"), "delivery")):equals "delivery"

  local header_from, envelope_from, recipients = addresses "headerFrom", addresses "Sender", addresses("Rcpt", "Recipient")
  local ip, other_ip = field("IP"):ip(), field("SourceIP"):ip()
  local source_ip = when(is_delivery, other_ip, first(ip, other_ip))
  local destination_ip = when(is_delivery, ip)
  local new_domain = keyword "NewDomain" -- a domain in some records, a flag in others
  local source_domain = first(keyword "SenderDomain", when(new_domain:contains ".", new_domain))
  local tls_version = keyword "TlsVer"
  local size = field("Size", "AttSize"):except("0"):integer()
  local delivered = field("Delivered"):boolean()
  local spam_detail = field "SpamProcessingDetail"
  local url = field "url"

  siem = map {
    ignore_case = true,
    common("siem_logs", field "datetime"),
    email_event(any(field("RejType", "fileExt", "url"), field("TaggedMalicious"):boolean())),
    { "event.id", meta "id" },
    { "event.created", meta("received"):time() },
    { "tags", when(none(field "datetime"), const { "no_event_time" }) },
    { "event.action", action(keyword("Act", "Action")) },
    { "event.outcome", delivered:enum({ [true] = "success", [false] = "failure" }, "unknown") },
    { "event.reason", first(text "RejInfo", text "Hld", text "reason") },
    { "error.code", text "RejCode" },
    { "error.type", text "RejType" },
    { "error.message", text("Error", "Err") },
    { "email.local_id", keyword "aCode" },
    { "email.message_id", keyword "MsgId" },
    { "email.subject", text "Subject" },
    { "email.direction", first(field("Dir"):lower(), direction "Route") },
    { "email.from.address", list(header_from, envelope_from) },
    { "email.to.address", list(recipients) },
    { "email.attachments", list(first(
      when(field "AttNames", call(named_attachments, field "AttNames", size)),
      object {
        { "file.name", field("fileName"):unquote() },
        { "file.extension", keyword "fileExt" },
        { "file.mime_type", keyword "fileMime" },
        { "file.size", size },
        { "file.hash.md5", keyword "md5" },
        { "file.hash.sha1", keyword "sha1" },
        { "file.hash.sha256", keyword "sha256" },
      })) },
    { "source.ip", source_ip },
    { "source.domain", source_domain },
    { "destination.ip", destination_ip },
    { "tls.cipher", keyword "Cphr" },
    { "tls.version", first(tls_version:enum(TLS_VERSIONS), tls_version) },
    { "tls.version_protocol", tls_version:enum(TLS_PROTOCOLS) },
    { "tls.established", field("UseTls"):boolean() },
    { "rule.name", text "Definition" },
    { "url.full", url:text() },
    url_parts "url",
    { "related.user", list(header_from, envelope_from, recipients) },
    { "related.ip", list(ip, other_ip) },
    { "related.hosts", list(source_domain, url:url "domain") },
    { "related.hash", list(keyword "sha256", keyword "sha1", keyword "md5") },
    { "mimecast.log_type", first(log_type:enum(LOG_TYPES), log_type:replace(" ", "-")) },
    { "mimecast.headerFrom", when(field("headerFrom"):contains " <", field "headerFrom") },
    { "mimecast.AttSize", when(all(field "AttNames", field("AttCnt"):above(1)), field "AttSize") },
    { "mimecast.TaggedMalicious", field("TaggedMalicious"):boolean() },
    { "mimecast.TaggedExternal", field("TaggedExternal"):boolean() },
    { "mimecast.SenderDomainInternal", field("SenderDomainInternal"):boolean() },
    { "mimecast.SpamProcessingDetail", first(
      when(spam_detail:starts_with "{", spam_detail:json()),
      when(spam_detail:starts_with '"', spam_detail:json():json())) },
    { "mimecast.SpamInfo", text "SpamInfo" },
    { "mimecast.Virus", text "Virus" },
    { "mimecast.ReceiptAck", text "ReceiptAck" },
  }
end

-------------------------------------------------------------------------------------------------------------------
-- ttp-url, ttp-attachment, ttp-impersonation, dlp
-------------------------------------------------------------------------------------------------------------------

local ttp_url
do
  local from, to = addresses "fromUserEmailAddress", addresses "userEmailAddress"
  local source_ip = field("sendingIp"):ip() -- "Internal IP" is none
  ttp_url = map {
    common("ttp_url_logs", field "date"),
    email_event(any(field("scanResult"):lower():equals "malicious", field("action"):lower():equals "block")),
    { "event.id", meta "id" },
    { "event.created", meta("received"):time() },
    { "event.action", action(keyword "userAwarenessAction") },
    url_parts "url",
    { "rule.name", text "ttpDefinition" },
    { "source.ip", source_ip },
    { "email.from.address", list(from) },
    { "email.to.address", list(to) },
    { "email.subject", text "subject" },
    { "email.message_id", keyword "messageId" },
    { "email.direction", direction "route" },
    { "user.email", list(to) },
    { "related.ip", list(source_ip) },
    { "related.user", list(from, to) },
    { "related.hosts", list(field("url"):url "domain") },
  }
end

local ttp_attachment
do
  local from, to = addresses "senderAddress", addresses "recipientAddress"
  local name = field("fileName"):unquote()
  ttp_attachment = map {
    common("ttp_ap_logs", field "date"),
    email_event(field("result"):lower():one_of("malicious", "unsafe")),
    { "event.id", meta "id" },
    { "event.created", meta("received"):time() },
    { "event.action", action(field("actionTriggered"):replace(",", ""):replace(" ", "_")) },
    { "rule.name", text "definition" },
    { "email.from.address", list(from) },
    { "email.to.address", list(to) },
    { "email.subject", text "subject" },
    { "email.message_id", keyword "messageId" },
    { "email.direction", direction "route" },
    { "email.attachments", list(object {
      { "file.name", name },
      { "file.extension", name:after_last "." },
      { "file.mime_type", keyword "fileType" },
      { "file.hash.sha256", keyword "fileHash" },
    }) },
    { "related.user", list(from, to) },
    { "related.hash", list(keyword "fileHash") },
  }
end

local ttp_impersonation
do
  local from, to = addresses "senderAddress", addresses "recipientAddress"
  local source_ip = field("senderIpAddress"):ip()
  local similar_domain = first(keyword "similarDomain", field("impersonationResults"):each(item "similarDomain"))
  ttp_impersonation = map {
    common("ttp_ip_logs", field "eventTime"),
    email_event(field("taggedMalicious"):boolean()),
    { "event.id", first(keyword "id", meta "id") },
    { "event.created", meta("received"):time() },
    { "event.action", action(keyword "action") },
    { "rule.name", text "definition" },
    { "source.ip", source_ip },
    { "source.domain", similar_domain },
    { "email.from.address", list(from) },
    { "email.to.address", list(to) },
    { "email.subject", text "subject" },
    { "email.message_id", keyword "messageId" },
    { "related.ip", list(source_ip) },
    { "related.user", list(from, to) },
    { "related.hosts", list(similar_domain) },
    { "mimecast.taggedExternal", field("taggedExternal"):boolean() },
    { "mimecast.taggedMalicious", field("taggedMalicious"):boolean() },
  }
end

local dlp
do
  local from, to = addresses "senderAddress", addresses "recipientAddress"
  dlp = map {
    common("dlp_logs", field "eventTime"),
    email_event(field("action"):lower():one_of("hold", "bounce", "bouce", "block", "delete", "reject")),
    { "event.id", meta "id" },
    { "event.created", meta("received"):time() },
    { "event.action", action(keyword "action") },
    { "rule.name", text "policy" },
    { "email.from.address", list(from) },
    { "email.to.address", list(to) },
    { "email.subject", text "subject" },
    { "email.message_id", keyword "messageId" },
    { "email.direction", direction "route" },
    { "related.user", list(from, to) },
  }
end

-------------------------------------------------------------------------------------------------------------------
-- audit: what administrators and users did. `eventInfo` is prose with labelled pieces, mostly at its end.
-------------------------------------------------------------------------------------------------------------------

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

local audit
do
  local user, from, to = keyword "user", given("from"):email "address", given("to"):email "address"
  audit = map {
    common("audit_events", field "eventTime"),
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
end

local function map_audit(event)
  local info = read_event_info(event.eventInfo)
  local audit_type, category = event.auditType, event.category
  info.category, info.type, info.outcome = classify(
    type(audit_type) == "string" and audit_type or "", type(category) == "string" and category or "")
  return audit(event, info)
end

-------------------------------------------------------------------------------------------------------------------
-- Which map
-------------------------------------------------------------------------------------------------------------------

local SOURCES = {
  siem = siem,
  audit = map_audit,
  ["ttp-url"] = ttp_url,
  ["ttp-attachment"] = ttp_attachment,
  ["ttp-impersonation"] = ttp_impersonation,
  dlp = dlp,
}

-- Events from elsewhere, and fields that Mimecast has not told anyone about: nothing is lost.
local other = map {
  common("other", field("datetime", "date", "eventTime")),
  email_event(map.const(false)),
  { "event.id", meta "id" },
  { "event.created", meta("received"):time() },
}

-- A file given to `postern map` says nothing about its source: the fields do.
local function source_by_fields(event)
  if event.datetime or event.aCode or event.acc then return siem end
  if event.auditType then return map_audit end
  if event.impersonationResults or event.identifiers then return ttp_impersonation end
  if event.actionTriggered or event.fileHash then return ttp_attachment end
  if event.scanResult or event.ttpDefinition then return ttp_url end
  if event.policy and event.senderAddress then return dlp end
  return other
end

return function(event, ctx)
  local source = ctx.source
  local apply = SOURCES[source] or (source == nil or source == "") and source_by_fields(event) or other
  return apply(event)
end

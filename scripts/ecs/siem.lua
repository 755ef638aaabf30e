-- siem: the mail transfer agents' logs, all ten log types.

local map = postern.map
local field, first, list, object, when, all, any = map.field, map.first, map.list, map.object, map.when, map.all, map.any
local meta, call = map.meta, map.call
local common = postern.script "ecs/common"
local text, keyword, addresses, action = common.text, common.keyword, common.addresses, common.action
local direction, url_parts, email_event = common.direction, common.url_parts, common.email_event
local log_types = postern.script "ecs/log_types"

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

local TLS_VERSIONS = { ["TLSv1.3"] = "1.3", ["TLSv1.2"] = "1.2", ["TLSv1.1"] = "1.1", TLSv1 = "1.0", SSLv3 = "3.0" }
local TLS_PROTOCOLS = { ["TLSv1.3"] = "tls", ["TLSv1.2"] = "tls", ["TLSv1.1"] = "tls", TLSv1 = "tls", SSLv3 = "ssl" }

-- What else files, API 2.0 and other collectors call the log types.
local OTHER_NAMES = {
  journal = "jrnl", antivirus = "av", ttp_url = "ttp-url", ["url protect"] = "ttp-url", ["url-protect"] = "ttp-url",
  ttp_ap = "ttp-attachment", ["attachment protect"] = "ttp-attachment", ["attachment-protect"] = "ttp-attachment",
  ttp_impersonation = "impersonation", ["impersonation protect"] = "impersonation",
  ["impersonation-protect"] = "impersonation", ["internal email protect"] = "iep", ["internal-email-protect"] = "iep",
}

local given_type = first(meta("type"):lower():after "email_", meta("type"):lower())
local log_type = first(given_type:enum(OTHER_NAMES), given_type)
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

return map {
  schema = postern.script "ecs/fields",
  ignore_case = true,
  common.document("siem_logs", field "datetime"),
  email_event(any(field("RejType", "fileExt", "url"), field("TaggedMalicious"):boolean())),
  { "event.id", meta "id" },
  { "event.created", meta("received"):time() },
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
  { "mimecast.log_type", first(log_type:enum(log_types), log_type:replace(" ", "-")) },
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

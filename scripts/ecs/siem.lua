-- siem: the mail transfer agents' logs, all ten log types.

local map = postern.map
local field, first, list, object, when = map.field, map.first, map.list, map.object, map.when
local all, any, none, meta, item = map.all, map.any, map.none, map.meta, map.item
local common = postern.script "ecs/common"
local text, keyword, addresses, action = common.text, common.keyword, common.addresses, common.action
local direction, url_parts, email_event = common.direction, common.url_parts, common.email_event
local log_types = postern.script "ecs/log_types"

local TLS_VERSIONS = { ["TLSv1.3"] = "1.3", ["TLSv1.2"] = "1.2", ["TLSv1.1"] = "1.1", TLSv1 = "1.0", SSLv3 = "3.0" }
local TLS_PROTOCOLS = { ["TLSv1.3"] = "tls", ["TLSv1.2"] = "tls", ["TLSv1.1"] = "tls", TLSv1 = "tls", SSLv3 = "ssl" }

-- What else files, API 2.0 and other collectors call the log types.
local OTHER_NAMES = {
  journal = "jrnl", antivirus = "av", ttp_url = "ttp-url", ["url protect"] = "ttp-url", ["url-protect"] = "ttp-url",
  ttp_ap = "ttp-attachment", ["attachment protect"] = "ttp-attachment", ["attachment-protect"] = "ttp-attachment",
  ttp_impersonation = "impersonation", ["impersonation protect"] = "impersonation",
  ["impersonation-protect"] = "impersonation", ["internal email protect"] = "iep", ["internal-email-protect"] = "iep",
}

-- Each spelling → the canonical name; some have "email_" in front.
local SPELLINGS = {}
for name in pairs(log_types) do SPELLINGS[name], SPELLINGS["email_" .. name] = name, name end
for other, name in pairs(OTHER_NAMES) do SPELLINGS[other], SPELLINGS["email_" .. other] = name, name end

local given_type = meta("type"):lower()
local log_type = first(given_type:enum(SPELLINGS), given_type)
-- In a delivery record IP is where the mail went, else where it came from. Only events that come without a log
-- type (a file given to `postern map`) are told by their fields.
local is_delivery = first(log_type,
  when(any(field "Delivered", field "Attempt", field "Latency", field "UseTls"), "delivery")):equals "delivery"

local header_from, envelope_from, recipients = addresses "headerFrom", addresses "Sender", addresses("Rcpt", "Recipient")
local ip, other_ip = field("IP"):ip(), field("SourceIP"):ip()
local source_ip = when(is_delivery, other_ip, first(ip, other_ip))
local destination_ip = when(is_delivery, ip)
local new_domain = keyword "NewDomain" -- a domain in some records, a flag in others
local source_domain = first(field("SenderDomain"):domain(), when(new_domain:contains ".", new_domain:domain()))
local tls_version = keyword "TlsVer"
local delivered = field("Delivered"):boolean()
local url = common.url "url"

-- Attachments: their names in one field, as a list or as a text with a list in it, and the size of all together, which is an
-- attachment's own where there is one. Virus and attachment logs have one file each, in fields of its own.
local counted, named = field("AttCnt", "numberAttachments"), field("AttNames", "attachments")
local names = first(when(counted:equals(1), named:text():names "one"), named:text():names())
local is_one = all(names:count():equals(1), none(counted:above(1)))
local size_of_all = field("AttSize", "totalSizeAttachments"):except("0"):size()
local attachments = first(
  names:each(object {
    { "file.name", item() },
    { "file.size", when(is_one, size_of_all) },
  }),
  named:each(object {
    { "file.name", first(item "fileName", item "name") },
    { "file.size", first(item "size", item "sizeAttachment"):size() },
  }),
  when(field("fileName", "fileExt", "fileMime", "md5", "sha1", "sha256"), object {
    { "file.name", field("fileName"):unquote() },
    { "file.extension", keyword "fileExt" },
    { "file.mime_type", keyword "fileMime" },
    { "file.size", field("Size", "sizeAttachment"):except("0"):size() },
    { "file.hash.md5", keyword "md5" },
    { "file.hash.sha1", keyword "sha1" },
    { "file.hash.sha256", keyword "sha256" },
  }))

-- Fields that come as a number or a flag here and as its text there (key_value has texts only, API 2.0 mostly): one type in all
-- documents. What cannot be read as one the rest keeps as a text beside it.
local NUMBERS = { "AttCnt", "Attempt", "Hits", "Latency", "MsgSize", "Snt", "SpamLimit", "SpamScore" }
local FLAGS = {
  "CustomerIP", "MimecastIP", "SenderDomainInternal", "TaggedExternal", "TaggedMalicious",
  "InternalName", "CustomName", "NewDomain", "ReplyMismatch", "SimilarInternalDomain", "SimilarCustomExternalDomain",
  "SimilarMimecastExternalDomain", "ThreatDictionary", "CustomThreatDictionary",
  "IPInternalName", "IPNewDomain", "IPReplyMismatch", "IPSimilarDomain", "IPThreadDict",
}
local rest = common.rest:numbers(table.unpack(NUMBERS)):booleans(table.unpack(FLAGS))

-- An object, also where it comes as JSON in a text, or as a text of that. What is none the rest keeps as a text.
local function decoded(name)
  local value = field(name):json():json():json()
  return { "mimecast." .. name, when(all(field(name):contains "{", value:text():starts_with "{"), value) }
end

return map {
  schema = postern.script "ecs/fields",
  ignore_case = true,
  common.document("siem_logs", field "datetime", rest),
  email_event(any(field("RejType", "fileExt"), url, field("TaggedMalicious"):boolean())),
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
  { "email.direction", first(direction "Dir", direction "Route") },
  { "email.from.address", list(header_from, envelope_from) },
  { "email.to.address", list(recipients) },
  { "email.attachments", list(attachments) },
  { "source.ip", source_ip },
  { "source.domain", source_domain },
  { "destination.ip", destination_ip },
  { "tls.cipher", keyword "Cphr" },
  { "tls.version", first(tls_version:enum(TLS_VERSIONS), tls_version) },
  { "tls.version_protocol", tls_version:enum(TLS_PROTOCOLS) },
  { "tls.established", field("UseTls"):boolean() },
  { "rule.name", text "Definition" },
  url_parts "url",
  { "related.user", list(header_from, envelope_from, recipients) },
  { "related.ip", list(ip, other_ip, url:url "ip") },
  { "related.hosts", list(source_domain, url:url "domain") },
  { "related.hash", list(keyword "sha256", keyword "sha1", keyword "md5") },
  { "mimecast.log_type", first(log_type:enum(log_types), log_type:replace(" ", "-")) },
  { "mimecast.AttSize", when(none(is_one), size_of_all) },
  decoded "credentialTheft",
  decoded "SpamProcessingDetail",
  { "mimecast.SpamInfo", text "SpamInfo" },
  { "mimecast.Virus", text "Virus" },
  { "mimecast.ReceiptAck", text "ReceiptAck" },
}

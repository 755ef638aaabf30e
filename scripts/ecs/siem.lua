-- siem: the mail transfer agents' logs, all ten log types, under API 1.0's short names and API 2.0's long ones: where a field
-- has two names, one happening gives the same ECS fields whichever API told of it (siem_pairs_test.lua).

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

-- What the module says counts; a record of API 2.0 says it as well, under one name or another.
local given_type = meta("type"):lower()
local known_type = given_type:enum(SPELLINGS)
local own_type = field("type", "eventType", "Logtype", "mcType"):lower():enum(SPELLINGS)
local log_type = first(when(own_type:equals(known_type), own_type), known_type, given_type, own_type)
-- In a delivery record IP is where the mail went, else where it came from. Only events that come without a log
-- type (a file given to `postern map`) are told by their fields.
local is_delivery = first(log_type,
  when(any(field "Delivered", field "Attempt", field "Latency", field "UseTls"), "delivery")):equals "delivery"

local header_from, envelope_from = addresses("headerFrom", "senderHeader"), addresses("Sender", "senderEnvelope")
local recipients = addresses("Rcpt", "Recipient", "recipients")
local ip, other_ip = field("IP"):ip(), field("SourceIP", "senderIp"):ip()
local source_ip = when(is_delivery, other_ip, first(ip, other_ip))
local destination_ip = first(field("destinationIp"):ip(), when(is_delivery, ip))
local new_domain = keyword "NewDomain" -- a domain in some records, a flag in others
local source_domain = first(field("SenderDomain"):domain(), when(new_domain:contains ".", new_domain:domain()))
local tls_version = keyword("TlsVer", "tlsVersion")
local hostname = field("Hostname"):host():copy() -- of the server that a mail went to
local url = common.url "url"

local act, rejected = keyword("Act", "Action"), field("RejType", "rejectionType")
local outcome = first(field("Delivered"):boolean():enum { [true] = "success", [false] = "failure" },
  when(any(rejected, act:one_of("Rej", "Bnc")), "failure"), "unknown")


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
  when(field("fileName", "fileExt", "fileExtension", "fileMime", "md5", "sha1", "sha256"), object {
    { "file.name", field("fileName"):unquote() },
    { "file.extension", keyword("fileExt", "fileExtension") },
    { "file.mime_type", keyword "fileMime" },
    { "file.size", field("Size", "sizeAttachment"):except("0"):size() },
    { "file.hash.md5", keyword "md5" },
    { "file.hash.sha1", keyword "sha1" },
    { "file.hash.sha256", keyword "sha256" },
  }))

-- Fields that come as a number or a flag here and as its text there (key_value has texts only, API 2.0 mostly): one type in all
-- documents. What cannot be read as one the rest keeps as a text beside it.
local NUMBERS = {
  "AttCnt", "Attempt", "Hits", "Latency", "MsgSize", "Snt", "SpamLimit", "SpamScore",
  "numberAttachments", "totalSizeAttachments", "deliveryAttempts", "itemsDetected", "deliveryTime", "emailSize", "spamDetectionLevel",
}
local FLAGS = {
  "CustomerIP", "MimecastIP", "SenderDomainInternal", "TaggedExternal", "TaggedMalicious",
  "InternalName", "CustomName", "NewDomain", "ReplyMismatch", "SimilarInternalDomain", "SimilarCustomExternalDomain",
  "SimilarMimecastExternalDomain", "ThreatDictionary", "CustomThreatDictionary",
  "IPInternalName", "IPNewDomain", "IPReplyMismatch", "IPSimilarDomain", "IPThreadDict",
  "internalUserName", "customNameMatch", "mimecastThreatDictionary",
}
-- Where a record lay in the vendor's queue says nothing about the mail.
local rest = common.rest_with("analysis"):without("_offset", "_partition")
  :numbers(table.unpack(NUMBERS)):booleans(table.unpack(FLAGS))

return map {
  schema = postern.script "ecs/fields",
  ignore_case = true,
  common.document("siem_logs", field("datetime", "timestamp"), rest),
  email_event(any(rejected, field("fileExt", "fileExtension"), url, field("ScanResultInfo", "scanResults"), field("TaggedMalicious"):boolean())),
  { "event.id", meta "id" },
  { "event.created", meta("received"):time() },
  { "event.action", action(act) },
  { "event.outcome", outcome },
  { "event.reason", first(text("RejInfo", "rejectionInfo"), text("Hld", "holdReason"), text("reason", "blockReason")) },
  { "error.code", text("RejCode", "rejectionCode") },
  { "error.type", text("RejType", "rejectionType") },
  { "error.message", text("Error", "Err", "receiptErrors", "deliveryErrors") },
  { "email.local_id", first(keyword "aCode", common.mail_id "aggregateId") },
  { "email.message_id", keyword("MsgId", "messageId") },
  { "email.subject", text "Subject" },
  { "email.direction", first(direction("Dir", "direction"), direction "Route") },
  { "email.from.address", list(header_from, envelope_from) },
  { "email.to.address", list(recipients) },
  { "email.attachments", list(attachments) },
  { "source.ip", source_ip },
  { "source.domain", source_domain },
  { "destination.ip", destination_ip },
  { "destination.domain", hostname:domain() },
  { "tls.cipher", keyword("Cphr", "tlsCipher") },
  { "tls.version", first(tls_version:enum(TLS_VERSIONS), tls_version) },
  { "tls.version_protocol", tls_version:enum(TLS_PROTOCOLS) },
  { "tls.established", field("UseTls", "tlsUsed"):boolean() },
  { "rule.name", text("Definition", "policyDefinition") },
  url_parts "url",
  { "related.user", list(header_from, envelope_from, recipients) },
  { "related.ip", list(ip, other_ip, destination_ip, url:url "ip") },
  { "related.hosts", list(source_domain, hostname, url:url "domain") },
  { "related.hash", list(keyword "sha256", keyword "sha1", keyword "md5") },
  { "mimecast.log_type", first(log_type:enum(log_types), log_type:replace(" ", "-")) },
  { "mimecast.AttSize", when(none(is_one), size_of_all) },
  { "mimecast.analysis", field("analysis"):json "object" },
  { "mimecast.credentialTheft", field("credentialTheft"):json "object" },
  { "mimecast.SpamProcessingDetail", field("SpamProcessingDetail"):json "object" },
  { "mimecast.SpamInfo", text "SpamInfo" },
  { "mimecast.Virus", text("Virus", "virusFound") },
  { "mimecast.ReceiptAck", text "ReceiptAck" },
}

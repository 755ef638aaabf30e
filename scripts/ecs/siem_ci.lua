-- siem-ci: the logs of Cloud Integrated: mails and what was found in them (entities), how they came (mailflow), clicks that were
-- blocked (urlclick).

local map = postern.map
local field, first, list, object, any, meta, item = map.field, map.first, map.list, map.object, map.any, map.meta, map.item
local common = postern.script "ecs/common"
local text, keyword, addresses, action = common.text, common.keyword, common.addresses, common.action
local direction, url_parts, email_event = common.direction, common.url_parts, common.email_event

local header_from, envelope_from = addresses "senderHeader", addresses("senderEnvelope", "sender")
local to = addresses("recipients", "recipient")
local source_ip = field("senderIp", "sourceIp"):ip()
local url = common.url "url"
local file_name, hash = first(item "fileName", item "name", item()), item("sha256"):hash "sha256"
local attachments = field("attachments"):each(object { { "file.name", file_name }, { "file.hash.sha256", hash } })
local hashes = field("attachments"):each(hash)
local rest = common.rest_with("attachments", "policiesApplied", "authResults"):without("_offset", "_partition"):booleans "historicalMail"

return map {
  schema = postern.script "ecs/fields",
  ignore_case = true,
  common.document("cloud_integrated_logs", field("timestamp"), rest),
  email_event(any(field("tags"):count():above(0), url)),
  { "event.id", meta "id" },
  { "event.created", meta("received"):time() },
  { "event.action", action(keyword "action") },
  { "email.local_id", common.mail_id "aggregateId" },
  { "email.message_id", keyword "messageId" },
  { "email.subject", text "subject" },
  { "email.direction", direction("direction", "route") },
  { "email.from.address", list(header_from, envelope_from) },
  { "email.to.address", list(to) },
  { "email.attachments", list(attachments) },
  { "source.ip", source_ip },
  url_parts "url",
  { "related.user", list(header_from, envelope_from, to) },
  { "related.ip", list(source_ip, url:url "ip") },
  { "related.hosts", list(url:url "domain") },
  { "related.hash", list(hashes) },
}

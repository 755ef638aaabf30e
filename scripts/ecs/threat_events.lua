-- threat-events: threats that were found in mails and links. Nobody outside Mimecast has shown a record: each field is looked for under
-- the names that Mimecast gives it elsewhere, and what none of them is stays as it came.

local map = postern.map
local field, first, list, meta = map.field, map.first, map.list, map.meta
local common = postern.script "ecs/common"
local text, keyword, mailboxes, action = common.text, common.keyword, common.mailboxes, common.action
local direction, url_parts = common.direction, common.url_parts

local header_from = mailboxes("senderHeader", "headerFrom", "fromHeader")
local envelope_from = mailboxes("senderEnvelope", "sender", "senderAddress", "from")
local to = mailboxes("recipients", "recipient", "recipientAddress", "to")
local source_ip = field("senderIp", "senderIP", "sourceIp"):ip()
local url = common.url "url"
local sha256 = field("sha256", "fileHash"):hash "sha256"
local is_bad = field("analysis"):lower():one_of("malware", "malicious", "phishing", "suspicious")

return map {
  schema = postern.script "ecs/fields",
  common.document("threat_events", field("timestamp", "eventTime", "date", "created", "createdAt"),
    common.rest_with("sender", "from", "to", "recipient")),
  common.email_event(is_bad),
  { "event.id", first(keyword "id", meta "id") },
  { "event.created", meta("received"):time() },
  { "event.action", action(keyword "status") },
  { "source.ip", source_ip },
  { "email.message_id", keyword "messageId" },
  { "email.subject", text "subject" },
  { "email.direction", direction("direction", "route") },
  { "email.from.address", list(header_from, envelope_from) },
  { "email.to.address", list(to) },
  url_parts "url",
  { "related.user", list(header_from, envelope_from, to) },
  { "related.ip", list(source_ip, url:url "ip") },
  { "related.hosts", list(url:url "domain") },
  { "related.hash", list(sha256) },
}

-- ttp-attachment: attachments that were examined.

local map = postern.map
local field, list, object, meta = map.field, map.list, map.object, map.meta
local common = postern.script "ecs/common"
local text, keyword, addresses, action = common.text, common.keyword, common.addresses, common.action
local direction, email_event = common.direction, common.email_event

local from, to = addresses "senderAddress", addresses "recipientAddress"
local name = field("fileName"):unquote()

return map {
  common.document("ttp_ap_logs", field "date"),
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

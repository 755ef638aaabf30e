-- dlp: mails in which a policy found what should not leave, or come in.

local map = postern.map
local field, list, meta = map.field, map.list, map.meta
local common = postern.script "ecs/common"
local text, keyword, addresses, action = common.text, common.keyword, common.addresses, common.action
local direction, email_event = common.direction, common.email_event

local from, to = addresses "senderAddress", addresses "recipientAddress"

return map {
  schema = postern.script "ecs/fields",
  common.document("dlp_logs", field "eventTime"),
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

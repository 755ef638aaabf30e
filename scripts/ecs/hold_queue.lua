-- hold-queue: mails that wait to be released. Two types of event: a mail appeared in the queue, or it left it.

local map = postern.map
local field, first, list, when, meta = map.field, map.first, map.list, map.when, map.meta
local common = postern.script "ecs/common"
local text, keyword, mailboxes = common.text, common.keyword, common.mailboxes
local direction, email_event = common.direction, common.email_event

local header_from, envelope_from, to = mailboxes "fromHeader", mailboxes "from", mailboxes "to"
local left = meta("type"):equals "hold-queue-left"
local rest = common.rest_with("from", "fromHeader", "to"):numbers "size":booleans "hasAttachments"

return map {
  schema = postern.script "ecs/fields",
  -- The record says when the mail came, which is not when it left.
  common.document("hold_queue", when(left, first(meta "time", meta "received"), field "dateReceived"), rest),
  email_event(map.const(false)),
  { "event.id", meta "id" }, -- the record's own is that of the mail, which leaves under the same
  { "event.created", meta("received"):time() },
  { "event.action", when(left, "left-hold-queue", "held") },
  { "event.reason", text "reason" },
  { "rule.name", text "policyInfo" },
  { "email.local_id", keyword "id" },
  { "email.subject", text "subject" },
  { "email.direction", direction "route" },
  { "email.from.address", list(header_from, envelope_from) },
  { "email.to.address", list(to) },
  { "related.user", list(header_from, envelope_from, to) },
}

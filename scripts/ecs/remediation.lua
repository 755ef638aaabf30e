-- remediation: incidents in which mails were taken out of mailboxes. A record comes again whenever its incident changes.

local map = postern.map
local field, list, meta = map.field, map.list, map.meta
local common = postern.script "ecs/common"
local text, keyword, mailboxes = common.text, common.keyword, common.mailboxes
local email_event = common.email_event

local from, to = mailboxes "searchCriteria.from", mailboxes "searchCriteria.to"
local rest = common.rest_with("searchCriteria"):numbers("identified", "successful", "failed", "restored")

return map {
  schema = postern.script "ecs/fields",
  common.document("remediation_incidents", field("modified", "create"), rest),
  email_event(map.const(false)),
  { "event.id", meta "id" }, -- the record's own is that of the incident
  { "event.created", meta("received"):time() },
  { "event.action", keyword "type" },
  { "event.reason", text "reason" },
  { "email.message_id", keyword "searchCriteria.messageId" },
  { "email.from.address", list(from) },
  { "email.to.address", list(to) },
  { "related.user", list(from, to) },
  { "related.hash", list(field("searchCriteria.fileHash"):hash()) },
}

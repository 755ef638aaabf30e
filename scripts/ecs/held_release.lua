-- held-release: mails that were held, and then released or rejected.

local map = postern.map
local field, first, list, when, meta, item = map.field, map.first, map.list, map.when, map.meta, map.item
local common = postern.script "ecs/common"
local text, keyword, mailboxes, action = common.text, common.keyword, common.mailboxes, common.action
local email_event = common.email_event

local header_from, envelope_from, to, operator = mailboxes "fromHdr", mailboxes "fromEnv", mailboxes "to", mailboxes "operator"
local function names(field_name) return field(field_name):each(item "displayableName") end
local from, from_name = first(header_from, envelope_from), first(names "fromHdr", names "fromEnv")

-- The one of the account's own users.
local direction = common.direction "route"
local function own(recipient, sender)
  return when(direction:equals "inbound", recipient, when(direction:equals "outbound", sender))
end

local everybody = list(header_from, envelope_from, to, operator)
local rest = common.rest_with("fromEnv", "fromHdr", "to", "operator"):numbers("size", "spamScore"):booleans "attachments"

return map {
  schema = postern.script "ecs/fields",
  common.document("message_release_logs", field "released", rest),
  email_event(map.const(false)),
  { "event.id", first(keyword("id"):copy(), meta "id") },
  { "event.created", meta("received"):time() },
  { "event.action", action(keyword "status") },
  { "event.reason", text "rejectReason" },
  { "event.risk_score", field("spamScore"):number():copy() },
  { "rule.name", text("policy"):copy() },
  { "email.local_id", keyword("id"):copy() },
  { "email.subject", text "subject" },
  { "email.direction", direction },
  { "email.from.address", list(header_from, envelope_from) },
  { "email.to.address", list(to) },
  { "user.email", own(to, from) },
  { "user.full_name", own(names "to", from_name) },
  { "related.user", list(everybody, everybody:email "local", names "fromHdr", names "fromEnv", names "to", names "operator") },
  { "related.hosts", list(everybody:email("domain"):domain()) },
}

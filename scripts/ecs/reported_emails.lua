-- reported-emails: mails that users reported, and what the analysis found. A record comes again with each further report.

local map = postern.map
local field, list, meta = map.field, map.list, map.meta
local common = postern.script "ecs/common"
local text, keyword, mailboxes = common.text, common.keyword, common.mailboxes

local from, to = mailboxes "message.senderHeaders", mailboxes "message.recipients"
local is_bad = field("threatAnalysis.classification"):lower():one_of("malicious", "malware", "phishing", "suspicious")

return map {
  schema = postern.script "ecs/fields",
  common.document("reported_emails", field("message.lastReportedDate", "lastReportedDate"), common.rest_with("message", "threatAnalysis")),
  common.email_event(is_bad),
  { "event.id", meta "id" },
  { "event.created", meta("received"):time() },
  { "event.action", "reported" },
  { "event.reason", text "threatAnalysis.details" },
  { "email.local_id", keyword "message.messageAggregateId" },
  { "email.message_id", keyword "message.messageId" },
  { "email.subject", text "message.subject" },
  { "email.origination_timestamp", field("message.sentDate"):time() },
  { "email.from.address", list(from) },
  { "email.to.address", list(to) },
  { "related.user", list(from, to) },
}

-- rejections: mails that the gateway did not take. Mimecast documents no record of it: each field is looked for under the names that
-- Mimecast gives it elsewhere, and what none of them is stays as it came.

local map = postern.map
local field, first, list, meta = map.field, map.first, map.list, map.meta
local common = postern.script "ecs/common"
local text, keyword, mailboxes = common.text, common.keyword, common.mailboxes
local direction, email_event = common.direction, common.email_event

local header_from = mailboxes("fromHeader", "fromHdr", "senderHeader", "headerFrom")
local envelope_from = mailboxes("from", "fromEnv", "senderAddress", "sender", "senderEnvelope")
local to = mailboxes("to", "recipients", "recipient", "recipientAddress")
local remote_ip = field("remoteIp", "remoteIP", "senderIp", "senderIP", "sourceIp"):ip()
local rest = common.rest_with("from", "fromEnv", "fromHdr", "fromHeader", "to")

return map {
  schema = postern.script "ecs/fields",
  common.document("rejection_logs",
    field("rejected", "rejectTime", "dateReceived", "received", "eventTime", "created", "createTime", "date", "timestamp"), rest),
  email_event(field("type", "rejectionType")),
  { "event.id", first(keyword "id", meta "id") },
  { "event.created", meta("received"):time() },
  { "event.outcome", "failure" },
  { "event.reason", text("info", "rejectionInfo", "reason") },
  { "error.code", text("code", "rejectionCode") },
  { "error.type", text("type", "rejectionType") },
  { "source.ip", remote_ip },
  { "email.subject", text "subject" },
  { "email.message_id", keyword "messageId" },
  { "email.direction", direction("route", "direction") },
  { "email.from.address", list(header_from, envelope_from) },
  { "email.to.address", list(to) },
  { "related.user", list(header_from, envelope_from, to) },
  { "related.ip", list(remote_ip) },
}

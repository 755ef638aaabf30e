-- A flat table: one object of plain columns for each event, the same names for all six logs, for a database or a spreadsheet.
local map = postern.map
local field, first, list, when = map.field, map.first, map.list, map.when

local UNWANTED = 50 -- refused mail with a spam score from here on is nothing that anybody will look for

local function joined(value)
  return map.join(";", value) -- no list in a column
end

local time = field("datetime", "timestamp", "date", "eventTime"):format "ms"
local sender = field("senderEnvelope", "Sender", "fromUserEmailAddress", "senderAddress"):email("address"):lower()
local author = field("senderHeader", "headerFrom")
local recipients = list(field("recipients", "Rcpt", "Recipient", "recipientAddress", "userEmailAddress"):email("address"):lower())
local domain = first(sender:email "domain", author:email("domain"):lower(), field("senderDomain"):lower())
local url = field("url"):except "N/A"
local ip = first(field("SourceIP", "IP", "senderIp", "sendingIp", "senderIpAddress"):ip(), field("eventInfo"):find("ip"))
local delivery = map.any(map.meta("type"):equals "delivery", field "Delivered")
local action = field("action", "Act", "actionTriggered"):lower()
-- API 2.0 may put the time behind the id of a mail.
local mail_id = first(field "aCode", field("aggregateId"):match "^(.+)_%d%d%d%d%d%d%d%d%d%d$", field "aggregateId")

-- One value of one type in each column, whatever Mimecast sends.
local columns = {
  time_ms = "long", recipient_count = "long", attachments = "size", size = "size", latency_ms = "size", hits = "size",
  spam_score = "float", delivered = "boolean", malicious = "boolean", source_ip = "ip", destination_ip = "ip",
}
for name in ([[time_from account source type id mail_id message_id direction sender sender_domain team header_from header_name recipients
    subject action result reason policy virus category file sha256 url url_domain user audit_type audit_text]]):gmatch "%S+" do
  columns[name] = "keyword"
end

local flat = map {
  ignore_case = true,
  schema = columns,
  { "time_ms",        first(time, map.meta "time", map.meta "received") },
  { "time_from",      when(time, "event", "postern") },
  { "account",        map.meta "account" },
  { "source",         map.meta "source" },
  { "type",           map.meta "type" },
  { "id",             map.meta "id" },
  { "mail_id",        mail_id },
  { "message_id",     field("MsgId", "messageId") },
  { "direction",      field("Dir", "direction", "route"):lower():enum {
                        inbound = "inbound", outbound = "outbound", internal = "internal" } },
  { "sender",         sender },
  { "sender_domain",  domain },
  { "team",           domain:lookup("teams.csv", "team") },
  { "header_from",    joined(author:email("address"):lower()) },
  { "header_name",    joined(author:email "name") },
  { "recipients",     joined(recipients) },
  { "recipient_count", recipients:count() },
  { "subject",        field "subject" },
  { "action",         first(action:enum { acc = "accepted", rej = "rejected", hld = "held", bnc = "bounced", ign = "ignored",
                                          sdbx = "sandboxed" }, action) },
  { "result",         field("scanResult", "result"):lower() },
  { "reason",         field("RejInfo", "rejectionInfo", "Hld", "holdReason", "reason", "blockReason", "Err", "deliveryErrors") },
  { "policy",         field("policy", "definition", "ttpDefinition", "policyDefinition") },
  { "delivered",      field("Delivered"):boolean() },
  { "source_ip",      when(map.none(delivery), ip) },
  { "destination_ip", when(delivery, field("destinationIp", "IP"):ip()) },
  { "spam_score",     field("spamScore"):number() },
  { "size",           field("MsgSize", "emailSize"):size() },
  { "attachments",    field("AttCnt", "numberAttachments"):size() },
  { "latency_ms",     field("Latency", "deliveryTime"):size() },
  { "hits",           field("hits", "itemsDetected"):size() },
  { "virus",          field("Virus", "virusFound") },
  { "category",       field("category", "urlCategory") },
  { "malicious",      field("taggedMalicious"):boolean() },
  { "file",           joined(first(field("fileName"), field("AttNames", "attachments"):names())) },
  { "sha256",         field("sha256", "fileHash"):hash("sha256"):lower() },
  { "url",            url },
  { "url_domain",     url:url "registered_domain" },
  { "user",           field("user"):lower() },
  { "audit_type",     field "auditType" },
  { "audit_text",     field "eventInfo" },
}

return function(event)
  local score = tonumber(event.SpamScore or event.spamScore)
  if (event.Act or event.action) == "Rej" and score and score >= UNWANTED then
    return nil, "refused spam"
  end
  return flat(event)
end

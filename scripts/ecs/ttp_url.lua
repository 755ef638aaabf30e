-- ttp-url: clicks on links, and what was found behind them.

local map = postern.map
local field, list, any, meta = map.field, map.list, map.any, map.meta
local common = postern.script "ecs/common"
local text, keyword, addresses, action = common.text, common.keyword, common.addresses, common.action
local direction, url_parts, email_event = common.direction, common.url_parts, common.email_event

local from, to = addresses "fromUserEmailAddress", addresses "userEmailAddress"
local url = common.url "url"
local source_ip = field("sendingIp"):ip() -- "Internal IP" is none

return map {
  schema = postern.script "ecs/fields",
  common.document("ttp_url_logs", field "date"),
  email_event(any(field("scanResult"):lower():equals "malicious", field("action"):lower():equals "block")),
  { "event.id", meta "id" },
  { "event.created", meta("received"):time() },
  { "event.action", action(keyword "userAwarenessAction") },
  url_parts "url",
  { "rule.name", text "ttpDefinition" },
  { "source.ip", source_ip },
  { "email.from.address", list(from) },
  { "email.to.address", list(to) },
  { "email.subject", text "subject" },
  { "email.message_id", keyword "messageId" },
  { "email.direction", direction "route" },
  { "user.email", to },
  { "related.ip", list(source_ip, url:url "ip") },
  { "related.user", list(from, to) },
  { "related.hosts", list(url:url "domain") },
}

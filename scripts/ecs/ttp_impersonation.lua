-- ttp-impersonation: mails whose sender may be a false one.

local map = postern.map
local field, first, list, meta, item = map.field, map.first, map.list, map.meta, map.item
local common = postern.script "ecs/common"
local text, keyword, addresses, action = common.text, common.keyword, common.addresses, common.action
local email_event = common.email_event

local from, to = addresses "senderAddress", addresses "recipientAddress"
local source_ip = field("senderIpAddress"):ip()
local similar_domains = list(field("similarDomain"):domain(), field("impersonationResults"):each(item("similarDomain"):domain()))
-- The one that the source is said to be; all of them are among related.hosts.
local similar_domain = first(field("similarDomain"):domain(), field("impersonationResults[1].similarDomain"):domain())

local rest = common.rest:numbers("hits"):booleans("taggedExternal", "taggedMalicious")

return map {
  schema = postern.script "ecs/fields",
  common.document("ttp_ip_logs", field "eventTime", rest),
  email_event(field("taggedMalicious"):boolean()),
  { "event.id", first(keyword "id", meta "id") },
  { "event.created", meta("received"):time() },
  { "event.action", action(keyword "action") },
  { "rule.name", text "definition" },
  { "source.ip", source_ip },
  { "source.domain", similar_domain },
  { "email.from.address", list(from) },
  { "email.to.address", list(to) },
  { "email.subject", text "subject" },
  { "email.message_id", keyword "messageId" },
  { "related.ip", list(source_ip) },
  { "related.user", list(from, to) },
  { "related.hosts", similar_domains },
}

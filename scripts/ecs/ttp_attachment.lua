-- ttp-attachment: attachments that were examined.

local map = postern.map
local field, list, object, concat, meta = map.field, map.list, map.object, map.concat, map.meta
local common = postern.script "ecs/common"
local text, keyword, addresses, action = common.text, common.keyword, common.addresses, common.action
local direction, email_event = common.direction, common.email_event

local from, to = addresses "senderAddress", addresses "recipientAddress"
local name = concat(field("fileName"):unquote()) -- of several the first: the extension is to be its own
local hash = field("fileHash"):hash() -- SHA-256 by the reference; others are told by their length

return map {
  schema = postern.script "ecs/fields",
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
    { "file.extension", name:file_extension() },
    { "file.mime_type", keyword "fileType" },
    { "file.hash.md5", hash:hash "md5" },
    { "file.hash.sha1", hash:hash "sha1" },
    { "file.hash.sha256", hash:hash "sha256" },
    { "file.hash.sha512", hash:hash "sha512" },
  }) },
  { "related.user", list(from, to) },
  { "related.hash", list(hash) },
}

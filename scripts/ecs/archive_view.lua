-- archive-view: who read which mail in the archive.

local map = postern.map
local field, first, list, meta, const = map.field, map.first, map.list, map.meta, map.const
local common = postern.script "ecs/common"
local text, keyword, mailboxes = common.text, common.keyword, common.mailboxes

local viewer = keyword("viewer"):except "<>"
local from, to = mailboxes "from", mailboxes "to"

return map {
  schema = postern.script "ecs/fields",
  common.document("archive_view_logs", field "viewed", common.rest:booleans "contentViewed"),
  { "event.kind", "event" },
  { "event.category", const { "api" } },
  { "event.type", const { "access" } },
  { "event.id", meta "id" },
  { "event.created", meta("received"):time() },
  common.user(viewer),
  { "email.subject", text "subject" },
  { "email.origination_timestamp", field("messageDate"):time() },
  { "email.from.address", list(from) },
  { "email.to.address", list(to) },
  { "related.user", list(first(viewer:email "address", viewer), viewer:email "local", from, to) },
}

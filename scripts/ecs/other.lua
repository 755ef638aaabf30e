-- Events from elsewhere, and fields that Mimecast has not told anyone about: nothing is lost.

local map = postern.map
local field, first, meta, const = map.field, map.first, map.meta, map.const
local common = postern.script "ecs/common"
local email_event = common.email_event

return map {
  schema = postern.script "ecs/fields",
  common.document("other", first(field("datetime"):time(), field("date"):time(), field("eventTime"):time()), map.rest()),
  email_event(const(false)),
  { "event.id", meta "id" },
  { "event.created", meta("received"):time() },
}

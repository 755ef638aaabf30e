-- Events from elsewhere, and fields that Mimecast has not told anyone about: nothing is lost.

local map = postern.map
local field, meta, const = map.field, map.meta, map.const
local common = postern.script "ecs/common"
local email_event = common.email_event

return map {
  common.document("other", field("datetime", "date", "eventTime")),
  email_event(const(false)),
  { "event.id", meta "id" },
  { "event.created", meta("received"):time() },
}

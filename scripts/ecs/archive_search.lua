-- archive-search: who searched the archive for what.

local map = postern.map
local field, first, list, meta, const = map.field, map.first, map.list, map.meta, map.const
local common = postern.script "ecs/common"
local text, keyword = common.text, common.keyword

local searcher = keyword("emailAddr"):except "<>" -- a search of the system's own

return map {
  schema = postern.script "ecs/fields",
  common.document("archive_search_logs", field "createTime", common.rest:booleans "isAdmin"),
  { "event.kind", "event" },
  { "event.category", const { "api" } },
  { "event.type", const { "admin" } },
  { "event.id", meta "id" },
  { "event.created", meta("received"):time() },
  common.user(searcher),
  { "related.user", list(first(searcher:email "address", searcher), searcher:email "local") },
  { "mimecast.search_details.description", text "description" },
  { "mimecast.search_details.path", text "searchPath" },
  { "mimecast.search_details.reason", text "searchReason" },
  { "mimecast.search_details.source", text "source" },
  { "mimecast.search_details.text", text "searchText" },
}

-- What the maps of several sources share: `local common = postern.script "ecs/common"`.

local map = postern.map
local field, first, list, when, none = map.field, map.first, map.list, map.when, map.none
local meta, const, item = map.meta, map.const, map.item

local optional_entries = postern.script "ecs/optional"
local common = {}

-- What no entry takes. One field keeps one type, or a store would refuse the document: these are objects, no other one is.
function common.rest_with(...)
  return map.rest():objects("SpamProcessingDetail", "advancedPhishingResult", "credentialTheft", "impersonationResults", "tagMap", ...)
end
local rest = common.rest_with()
common.rest = rest

-- Entries of every document. `dataset` without "mimecast.", a text or an expression; `time` is an expression of the event's own time;
-- `other_rest` for sources of which more is known, or nothing; `tags` of the event's own, if it has some. An event in which no time
-- can be read says so: its @timestamp may be when it was received.
function common.document(dataset, time, other_rest, tags)
  local own_time = time:time()
  dataset = type(dataset) == "string" and "mimecast." .. dataset or map.concat("mimecast.", dataset)
  local no_time = when(none(own_time), const { "no_event_time" })
  return {
    { "@timestamp", first(own_time, meta("time"):time(), meta("received"):time()) },
    { "tags", tags and list(no_time, tags) or no_time },
    { "ecs", const { version = "8.17.0" } },
    { "event.module", "mimecast" },
    { "event.dataset", dataset },
    { "organization.id", field("acc", "accountId", "accountCode"):trim():copy() }, -- Mimecast's code of the account
    { "organization.name", meta "account" },
    { "observer", const { vendor = "Mimecast" } },
    optional_entries(dataset),
    { "mimecast", other_rest or rest },
  }
end

-- A free text: should it ever come as an object or a list, its JSON text, since one field must keep one type.
local function text(...)
  return field(...):text()
end
common.text = text

-- A name or a code: texts only; what is none stays under `mimecast.`.
function common.keyword(...)
  return field(...):trim()
end

-- The addresses in a field: one, a list, or a text with commas between them. "<>" is the null sender, not an address.
function common.addresses(...)
  return field(...):except("<>"):email "address"
end

-- The addresses in a field that holds {"emailAddress":...,"displayableName":...}, a list of such, or what `addresses` reads.
function common.mailboxes(...)
  return field(...):each(first(item "emailAddress", item "address", item())):except("<>"):email "address"
end

-- What names a person or an account: `text` is an expression of `Ann Lee <ann@example.com>`, an address or a name alone.
function common.user(text)
  return {
    { "user.email", text:email "address" },
    { "user.name", first(text:email "local", text) },
    { "user.domain", text:email "domain" },
    { "user.full_name", text:email "name" },
  }
end

-- API 2.0 may put the time behind the id that the events of one mail share: `k3vX_1767225600`. Without it the id is that of API 1.0; the
-- whole then stays under its own name as well.
function common.mail_id(name)
  return first(field(name):copy():match "^%s*(.+)_%d%d%d%d%d%d%d%d%d%d%s*$", common.keyword(name))
end

-- Mimecast writes N/A where nothing was done.
function common.action(expression)
  return expression:except("N/A", "n/a")
end

-- The direction of a mail. SIEM logs hold names of delivery routes in the same field: those stay where they are.
local DIRECTIONS = { inbound = "inbound", outbound = "outbound", internal = "internal", external = "external" }
function common.direction(...)
  return field(...):lower():enum(DIRECTIONS)
end

function common.url(...)
  return field(...):except("N/A", "n/a")
end

-- The parts of a URL. What is no whole URL ("host.example/path", "N/A") is in url.original, but not in url.full.
function common.url_parts(...)
  local url = common.url(...)
  return {
    { "url.original", text(...) },
    { "url.full", url:url "full" },
    { "url.scheme", url:url "scheme" },
    { "url.domain", url:url "domain" },
    { "url.registered_domain", url:url "registered_domain" },
    { "url.top_level_domain", url:url "top_level_domain" },
    { "url.subdomain", url:url "subdomain" },
    { "url.port", url:url "port" },
    { "url.path", url:url "path" },
    { "url.extension", url:url "extension" },
    { "url.query", url:url "query" },
    { "url.fragment", url:url "fragment" },
  }
end

-- event.kind and what else says what sort of record this is.
function common.email_event(is_alert)
  return {
    { "event.kind", when(is_alert, "alert", "event") },
    { "event.category", const { "email" } },
    { "event.type", const { "info" } },
  }
end

return common

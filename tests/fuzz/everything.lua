-- A map with a little of everything that maps can do; for lua_bridge_fuzz.c and map_program_fuzz.c.
local map = postern.map
local field, list, object, item = map.field, map.list, map.object, map.item

local info = field("a", "b"):labels({ ip = { "ip", "remote ip is" }, subject = "subject" }, { "subject" })

return map {
  ignore_case = true,
  { "time", field("a"):time() }, { "seconds", field("b"):time "s" },
  { "lower", field("a", "b"):lower() }, { "upper", field("c"):upper() }, { "trim", field("d"):trim() },
  { "unquote", field("a"):unquote() }, { "replace", field("a"):replace("a", "bb"):replace("bb", "") },
  { "before", field("a"):before "a" }, { "after", field("b"):after_last "b" }, { "split", field("c"):split "," },
  { "names", list(field("a"):names(), field("b"):names "one", field("l"):text():names()) }, { "count", field("l"):count() },
  { "text", list(field("a"):text(), field("b"):text(), field("c"):text()) },
  { "json", list(field("a"):json(), field("b"):json():json(), field("c"):json "object", field("a"):json "object") },
  { "email", list(field("a"):email "address", field("b"):email "name") },
  { "url.port", field("a"):url "port" }, { "url.domain", field("b"):url "domain" }, { "url.path", field("c"):url "path" },
  { "integer", field("a"):integer() }, { "number", field("b"):number() }, { "boolean", field("c"):boolean() },
  { "ip", field("d"):ip() }, { "enum", field("a"):enum({ a = 1, [true] = { "x" } }, "other") },
  { "except", field("a"):except("a", 1) }, { "concat", map.concat(field "a", "-", field "b.c") },
  { "when", map.when(map.all(field "a", map.none(field("b"):above(5))), field "c.d", field("d"):copy()) },
  { "each", list(field("l"):each(object { { "x.y", item "x" }, { "z", item() } })) },
  { "call", field("c"):call(function(value) return value end) },
  { "original", map.original() },
  { "info.ip", info:piece "ip" }, { "info.others", info:unnamed() }, { "info.prose", info:prose() }, { "info.all", info },
  { "found", list(field("a"):find "ip", field("b"):find "email", field("c"):find "file") },
  { "rest", map.rest():without "e" },
}

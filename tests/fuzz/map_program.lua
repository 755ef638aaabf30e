-- For map_program_fuzz.c: what the shape of an event may decide, one expression in several places, types of a schema.
local map = postern.map
local field, first, list, object, when, item, meta = map.field, map.first, map.list, map.object, map.when, map.item, map.meta
local all, any, none, const, concat, join = map.all, map.any, map.none, map.const, map.concat, map.join

local everything = postern.script "everything"
local text, number = field("a", "b"):trim(), field("n", "m"):size()
local kind = meta("type"):lower():enum { receipt = "mail", av = "virus" }
local known = first(kind, field("k"):lower():enum({ x = "mail" }, "other"))
local is_mail, has = known:equals "mail", any(field "a", field("b"):contains "b", field("ip"):ip())
local when_both = when(all(is_mail, has), text, first(field("c"):upper(), "nothing"))
local pieces = field("p"):labels({ ip = { "ip" }, who = { "who", "user" } }, {})

local decided = map {
  schema = {
    a = "keyword", b = "text[]", n = "long", f = "float", m = "size", when = "date", d = "domain", h = "host", ip = "ip[]", mail = "email[]",
    x = "extension", hash = "sha256", flag = "boolean", any = "any", ["o.a"] = "keyword", ["o.n"] = "long", l = "object[]", ["l.a"] = "keyword", ["l.i"] = "ip",
    rest = "any", ["kind.a"] = "keyword", ["kind.b"] = "keyword[]", ["kind.c"] = "keyword", ["kind.d"] = "long",
  },
  { "a", when_both }, { "b", list(text, field("b"):text(), when_both) }, { "n", number }, { "f", field("f"):number() },
  { "m", first(field("m"):copy():size(), number) }, { "when", first(field("t"):time(), meta("received"):time()) },
  { "d", field("d"):except("none"):domain() }, { "h", field("h"):host() }, { "ip", list(field("ip"):ip(), field("e", "ip"):ip()) },
  { "mail", list(field("e"):except("<>"):email "address", field("a"):email "address") }, { "x", field("x"):file_extension() },
  { "hash", field("s"):hash "sha256" }, { "flag", field("flag"):boolean() }, { "any", field "any" },
  { "o", field "o" }, { "l", list(field("l"):each(object { { "a", item "a" }, { "i", when(has, item("i"):ip()) } })) },
  { "kind.a", known }, { "kind.b", list(kind, meta "source", pieces:piece "who", join(",", text, field "c")) },
  { "kind.c", concat(text, "-", first(kind, "?")) }, { "kind.d", field("l"):count() },
  { "rest", map.rest():objects("o", "l"):numbers("n", "q"):booleans("flag", "w"):without "z" },
}

local beside = map {
  ignore_case = true,
  { "kind", known }, { "a", when(none(has), "empty", text) }, { "nested.deep.b", field("b", "o.b", "l[1].a"):upper() },
  { "nested.deep.c", when(field("n"):above(5), const { 1, 2 }, field("n"):below(2)) }, { "none.at.all", field "absent" },
  { "pieces", pieces }, { "flag", field("flag"):boolean() }, map.rest(),
}

return function(event)
  return { decided(event), beside(event), everything(event) }
end

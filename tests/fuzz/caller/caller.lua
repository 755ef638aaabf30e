-- The random caller, as seen from inside: what a script or a configuration can reach is found by walking, called with
-- random arguments, and used in every way that Lua knows; what comes back is walked and used again.
--
-- caller.c puts in front of it `local seed, calls, verbose`, what to do while it is loaded, and `local names`, all words that
-- stand in the sources: so methods are found that nothing lists.
local in_script = type(postern) == "table"
local try = in_script and pcall or function(f, ...) return true, f(...) end -- a configuration has no pcall
local set_metatable = in_script and setmetatable or function(t) return t end
local get_metatable = in_script and getmetatable or function() end
local unpack, pack, match = table.unpack, table.pack, string.match

local state = 1
local function random(n)
  state = state * 6364136223846793005 + 1442695040888963407
  return (state >> 33) % n + 1
end
local function chance(n) return random(n) == 1 end
local function pick(list) return list[random(#list)] end

---- What is known: functions, and values that calls gave. Both keep their size; the newest push out others.

local functions, values, title = {}, {}, {}
local first_functions -- those that were there before anything was called
local ours = {} -- values whose metatables are in C: they must not get lost among the others
local expressions = {} -- those of them that maps are made of

local function add_to(list, most, value)
  list[#list < most and #list + 1 or random(most)] = value
end

local function add(value, name)
  if value == nil then return end
  if type(value) == "string" and match(value, ": 0x%x%x%x%x") then print("FINDING: an address in " .. name) end
  if type(value) == "function" then
    if title[value] then return end
    title[value] = name
    add_to(functions, 500, value)
  else
    if type(value) == "userdata" then add_to(ours, 60, value) end
    if get_metatable(value) == "map expression" then add_to(expressions, 60, value) end
    add_to(values, 150, value)
  end
  return true
end

local function walk(value, name, depth)
  if not add(value, name) or depth > 4 or type(value) ~= "table" then return end
  for key, inner in pairs(value) do
    if key ~= "_G" then walk(inner, name .. "." .. tostring(key), depth + 1) end
  end
  walk(get_metatable(value), name .. ":metatable", depth + 1)
end

local function index(a, b) return a[b] end

-- Methods and fields that pairs does not show.
local function harvest(value, name)
  add(value, name)
  for _, key in ipairs(names) do
    local ok, got = try(index, value, key)
    if ok then add(got, name .. "." .. key) end
  end
end

---- Random values

local edges = {
  0, 1, -1, 2, 3, 255, 1 << 31, -(1 << 31), (1 << 31) - 1, 1 << 32, 1 << 53, 1 << 59, -(1 << 59) + 2, 1 << 60, 1 << 61,
  1 << 62, math.maxinteger, math.mininteger, math.maxinteger - 1, 0x4141414141414141,
}
local floats = { 0.5, -0.0, 1e308, -1e308, 2 ^ 53, 2 ^ 63, -2 ^ 63, 1 / 0, -1 / 0, 0 / 0, 1e-320, 3.0, 1767225600.25 }
local texts = {
  "", "x", "k", "v", "a.b", "a", "b", "list", "deep", "sent", " spaced ", "'quoted'", "\0", "a\0b", "\xff\xfe", "é", ("long "):rep(20),
  "%", "%%", "[", "[^]", "(", ")", "%b", "%bxy", "%f[%a]", "%1", "(.-)%1", ".-", ".*", "^a*$", "[a-", "[%a_-]+", "()", "%0", "%9",
  "%d", "%s", "%5.3s", "%99.99f", "%-+ #0d", "%c", "%a", "%i", "%x", "%p", "%q", "%999d", "%.14g", "%Y-%m-%dT%H:%M:%S", "%f", "%z",
  "{}", "[]", "null", "1", "-0", "1e400", "123456789012345678901234567890", '{"a":[1,{"b":"\\u0000"}],"a":2}', "[[[[[]]]]]", '{"a"',
  "10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "::1", "0.0.0.0/0", "::/129", "a@b.c", '"A, B" <a@b.c>, c@d.e', "<>", "http://u:p@h:1/p.x?q#f",
  "2026-01-02T03:04:05Z", "Fri, 02 Jan 2026 03:04:05 GMT", "iso", "http", "epoch", "epoch_ms", "date", "address", "domain", "port", "ms",
  "teams.csv", "hosts.json", "../x.csv", "piece", "circle", "caller", "broken", "a=1,b=\"2\"", "count", "error", "info", "#", "n", "__index", "__len", "__mode", "__gc",
}
local metamethods = {
  "__index", "__newindex", "__len", "__call", "__eq", "__lt", "__le", "__concat", "__close", "__pairs", "__name", "__tostring", "__unm",
  "__add", "__idiv", "__band", "__bnot", "__metatable", "__mode", "__gc",
}

local value
local simple_kinds = 14

local function text()
  local way = random(8)
  if way <= 4 then return pick(texts) end
  if way == 5 then return pick(names) end
  if way == 6 then return pick(texts) .. pick(texts) end
  if way == 7 then return ("x"):rep(random(600)) end
  return string.char(random(256) - 1, random(256) - 1, random(256) - 1)
end

local function list(depth, make)
  local made = {}
  for i = 1, random(6) - 1 do made[i] = make(depth + 1) end
  return made
end

-- A raw length that is no list's: 2^k for a random k, or the largest integer.
local function endless(fill)
  local t, last, dense = {}, pick { 30 + random(32), 59, 60, 61, 61 }, pick { 9, 150 }
  for i = 1, dense do t[i] = fill end
  for i = 3, last do t[1 << i], t[(1 << i) + 1] = fill, fill end
  if chance(3) then t[math.maxinteger] = fill end
  return t
end

-- Functions that do what a C function that calls them may not expect.
local function callback(depth)
  local way, given, f = random(8), value(depth + 1), pick(functions)
  if way == 1 then return function() return given end end
  if way == 2 then return function() error(given) end end
  if way == 3 then return function(...) return ... end end
  if way == 4 then return function(...) return f(...) end end
  if way == 5 then return function() return f(given) end end
  if way == 6 then return function() return pick(edges) end end
  if way == 7 then return function(t) if type(t) == "table" then for i = 1, 20 do t[i] = nil t[i * 7] = given end end end end
  return function() return unpack({}, 1, 40) end
end

local function liar(depth)
  local meta, of = {}, value(depth + 1)
  for _ = 1, random(8) do meta[pick(metamethods)] = chance(3) and value(depth + 1) or callback(depth) end
  local ok, made = try(set_metatable, type(of) == "table" and of or {}, meta)
  if chance(4) then meta.__mode, meta.__gc = "kv", callback(depth) end
  return ok and made or meta
end

local function good_entry() return { "f" .. random(99), pick(expressions) } end
local function entry(depth) return { text(), chance(2) and pick(ours) or value(depth) } end
local function network() return pick { "10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "0.0.0.0/0", "192.168.1.0/24" } end
-- A list of which __len says something else, mostly what wraps round when it is multiplied.
local function liar_about_length(depth)
  local power = 1 << pick { random(63), 58 + random(5) }
  local length = pick { pick(edges), power, -power, random(9) - power, random(9) + power }
  local of = pick { entry, network, text, value }
  return set_metatable(list(depth, of), { __len = function() return length end })
end
local function nest(depth)
  local made = {}
  for _ = 1, random(300) do made = { made } end
  return made
end
local function knot()
  local made = {}
  made[1], made.a, made[made] = made, made, 1
  return made
end

local function edge() return pick(edges) end
local function small() return random(20) - 5 end
local function float() return pick(floats) end
local function known() return pick(values) end
local function of_ours() return pick(ours) end
local function known_function() return pick(functions) end
local function values_list(depth) return list(depth, value) end
local function entries(depth) return list(depth, entry) end
local function good_entries(depth) return list(depth, #expressions > 0 and good_entry or entry) end
local function networks(depth) return list(depth, network) end
local function fields(depth) return { [text()] = value(depth), a = text(), b = random(9) } end
local function mixed(depth) return { [text()] = value(depth), [random(9)] = value(depth), [pick(edges)] = value(depth) } end
local function an_endless() return endless(pick { "x", "10.0.0.0/8", 1, true }) end

local kinds = {
  function() return pick { true, false } end,
  function() return nil end,
  edge, edge, small, float, text, text, text, known, known, of_ours, of_ours, known_function,
  -- from here on values that hold others
  callback, values_list, entries, good_entries, networks, mixed, fields, an_endless, liar, liar, liar_about_length, liar_about_length, nest, knot,
}

-- By the word in a message about a bad argument.
local by_type = {
  number = { edge, small, float }, string = { text, small }, text = { text }, event = { of_ours }, expression = { of_ours, text, function() return pick(expressions) end },
  constant = { text, edge, float, an_endless, values_list, fields }, ["function"] = { callback, known_function },
  table = { values_list, entries, good_entries, good_entries, networks, mixed, fields, an_endless, liar, liar_about_length,
    liar_about_length, liar_about_length, nest, knot },
}

function value(depth)
  return kinds[random(depth < 2 and #kinds or simple_kinds)](depth)
end

---- What is done with them

local loops = 20
local uses = {
  index = index,
  new_index = function(a, b, c) a[b] = c end,
  call = function(a, b, c) return a(b, c) end,
  method = function(a, b, c) return a[b](a, c, b) end,
  concat = function(a, b) return a .. b end,
  less = function(a, b) return a < b end,
  less_or_equal = function(a, b) return a <= b end,
  equal = function(a, b) return a == b, a == pick(ours) end,
  length = function(a) return #a end,
  minus = function(a) return -a end,
  add = function(a, b) return a + b end,
  divide = function(a, b) return a // b end,
  bits = function(a, b) return ~a & b end,
  show = function(a) return tostring(a) end,
  close = function(a) local x <close> = a return x end,
  in_pairs = function(a) local n = 0 for k, v in pairs(a) do add(v, "a field") n = n + 1 if n > loops then break end end end,
  in_ipairs = function(a) local n = 0 for i, v in ipairs(a) do add(v, "an item") n = n + 1 if n > loops then break end end end,
  iterate = function(a, b, c) local n = 0 for k, v in a, b, c do add(v, "a step") n = n + 1 if n > loops then break end end end,
  change_in_pairs = function(a, b) local n = 0 for k in pairs(a) do a[k] = b n = n + 1 if n > loops then break end end end,
  metatable = function(a) walk(get_metatable(a), "metatable", 0) end,
  set_metatable = function(a, b) return set_metatable(a, b) end,
  global = function(a) no_such_global = a end,
  unknown_global = function(a) return _ENV[a] end,
  library = function(a) string.upper = a end,
  format = function(a, b) return string.format(text(), a, b) end,
}
local use_names = {}
for name in pairs(uses) do use_names[#use_names + 1] = name end

local function show(v)
  local kind = type(v)
  if kind == "string" then return string.format("%d bytes %s", #v, (v:sub(1, 40):gsub("[^ -~]", "?"))) end
  if kind == "function" then return title[v] or "a callback" end
  if kind == "number" or kind == "boolean" or kind == "nil" then return tostring(v) end
  return kind
end

local function say(name, arguments)
  local shown = {}
  for i = 1, arguments.n < 9 and arguments.n or 9 do shown[i] = show(arguments[i]) end
  print("call: " .. name .. "(" .. table.concat(shown, ", ") .. ") with " .. arguments.n)
end

-- The arguments of one call; now and then very many. What a function took without an error is tried again with other
-- values of these kinds, and what its messages ask for is given to it: so its inside is reached, not only its checks.
local liked, wanted = {}, {}

local function learn(f, of, ok, message)
  if ok then
    liked[f] = liked[f] or {}
    if of.n < 9 then add_to(liked[f], 12, of) end
  elseif type(message) == "string" then
    local at, what = match(message, "bad argument #(%d+).-%((%a+) expected")
    if not at then at, what = match(message, "argument (%d+) of .- must be an? (%a+)") end
    if not by_type[what] then return end
    wanted[f] = wanted[f] or {}
    wanted[f][tonumber(at) + (match(message, "^map") and random(2) - 1 or 0)] = by_type[what]
  end
end

local function arguments_for(f)
  local again, asked = liked[f] and chance(3) and pick(liked[f]) or {}, wanted[f] or {}
  local made, of = { n = again.n or chance(60) and 250 or random(5) - 1 }, {}
  if made.n < #asked then made.n = #asked end
  for i = 1, made.n do
    local kind = again[i]
    if not kind and asked[i] then kind = pick(asked[i]) end
    if not kind or chance(8) then kind = pick(kinds) end
    of[i], made[i] = kind, kind(0)
  end
  of.n = made.n
  return made, of
end

local function act(is_verbose)
  local name, f
  if chance(4) then
    name = pick(use_names)
    f = uses[name]
  else
    f = pick(chance(2) and first_functions or functions)
    name = title[f]
  end
  local arguments, of = arguments_for(f)
  if uses[name] then
    if chance(2) then arguments[1], arguments.n = pick(ours), arguments.n > 1 and arguments.n or 2 end
  end
  if is_verbose then say(name, arguments) end
  local results = pack(try(f, unpack(arguments, 1, arguments.n)))
  learn(f, of, results[1], results[2])
  if type(arguments[1]) == "table" and chance(3) then -- it may be what the result is made of
    arguments[1][random(2)] = chance(2) and results[2] or { "g" .. random(99), results[2] }
  end
  for i = 2, results.n < 6 and results.n or 6 do walk(results[i], "result of " .. name, 3) end
end

-- Does `count` of them, and counts them for caller.c.
local function acts(count, is_verbose)
  for i = 1, count do
    try(act, is_verbose) -- making arguments and walking what came back may fail as well
    if not in_script then print("called: 1") elseif i % 20 == 0 then print("called: 20") end
  end
end

---- A configuration: the first error ends it

if not in_script then
  state = seed
  for _, name in ipairs { "assert", "error", "ipairs", "next", "pairs", "print", "select", "tonumber", "tostring", "type" } do
    add(_ENV[name], name)
  end
  walk(string, "string", 0) walk(table, "table", 0) walk(math, "math", 0) walk(utf8, "utf8", 0)
  for _, name in ipairs { "account", "source", "sink", "pipeline", "http", "journal", "limits", "env", "file", "vault" } do
    add(_ENV[name], name)
  end
  -- By names that are not in the text: as a script this file would be refused for them.
  local function global(name) return _ENV[name] end
  local env, file, account, no_such_name = global "env", global "file", global "account", global "no_such_name"
  add(env "A", "reference") add(file "B", "reference")
  add(no_such_name, "unknown") add(tostring(no_such_name), "unknown")
  for _ in pairs(no_such_name) do end
  no_such_name.field, no_such_setting = no_such_name.field, 1
  for i = 1, 9 do add(account("a" .. i), "account \"a\"") end
  first_functions = pack(unpack(functions))
  acts(calls, verbose)
  _ENV.state = { [text()] = value(0), value(0) }
  _ENV.modules = value(0)
  return
end

---- A script

local by_lookup = { postern.lookup "teams.csv", postern.lookup "hosts.json" }
local by_labels = { postern.labels { a = "a", b = { "b", "remote b is" } } }
local samples = {
  postern.map.field "a", postern.map.rest(), postern.cidr { "10.0.0.0/8" }, postern.number "1", postern.list { 1 },
  postern.map { { "x", postern.map.field "a" }, postern.map.rest() }, postern.null, "",
  postern.map.field("a"):labels { a = "a", b = { "b", "remote b is" } },
}
for _, name in ipairs { "string", "table", "math", "utf8", "postern", "_G" } do walk(_G[name], name, 0) end
walk(by_lookup, "lookup", 0)
walk(by_labels, "labels", 0)
for i, sample in ipairs(samples) do harvest(sample, "sample " .. i) end
-- What is called but is no function.
for i = 1, 4 do add(function(...) return postern.map(...) end, "postern.map") end
for i = 1, 2 do add(function(...) return samples[6](...) end, "a map") end
for i = 1, 2 do add(function(...) return postern.choose(...) end, "postern.choose") end
local choice = postern.choose {
  by = "source", { "siem", samples[6] }, { "audit", postern.choose.drop "no" },
  other = postern.choose { field = "a", { "", postern.choose.keep }, other = function(event) return event end },
}
for i = 1, 2 do add(function(...) return choice(...) end, "a choice") end
local base_values = values
first_functions = pack(unpack(functions))
state = seed
acts(calls, verbose) -- while there is no event

return function(event, ctx)
  state = math.type(event.seed) == "integer" and event.seed or state -- the second script gets what the first one made
  if event.fresh == true then functions, values = pack(unpack(first_functions)), pack(unpack(base_values)) end
  add(event, "event") add(event.deep, "event.deep") add(event.list, "event.list")
  if event.fresh == true then harvest(ctx, "ctx") else add(ctx, "ctx") end
  add(postern.line "CEF:0|", "line") add(("a b"):gmatch "%a", "gmatch's iterator") add(pairs(event), "pairs' iterator")
  for _, sample in ipairs(samples) do add(sample, "sample") end
  if event.fresh == true then -- each value of ours in each way once
    for _, name in ipairs(use_names) do
      for _, it in ipairs(ours) do
        local arguments = { it, pick(ours), value(1), n = 3 }
        if event.verbose == true then say(name, arguments) end
        try(uses[name], unpack(arguments, 1, 3))
      end
    end
  end
  acts(event.calls == 150 and 150 or 20, event.verbose == true)
  if chance(3) then return event end
  return value(0), text()
end

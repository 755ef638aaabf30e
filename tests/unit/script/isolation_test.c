/* Nothing flows from event to event, or from script to script: libraries and globals are read-only, each
 * script has its own environment. */
#include "script_fixture.h"

struct refusal {
    const char *code, *message;
};

/* Each runs for an event; `local` and the name show what to write. */
static const struct refusal at_an_event[] = {
    {"sender = e.a", "\"sender\" is no local variable"},
    {"sender = e.a", "write \"local sender\""},
    {"made_at_load = 2", "\"made_at_load\" is no local variable"},
    {"made_at_load = nil", "\"made_at_load\" is no local variable"},
    {"function helper() end", "\"helper\" is no local variable"},
    {"_G.sender = e.a", "\"sender\" is no local variable"},
    {"_ENV.sender = e.a", "\"sender\" is no local variable"},
    {"_G[5] = e.a", "\"number\" is no local variable"},
    {"_G = {}", "\"_G\" is no local variable"},
    {"string = nil", "\"string\" is no local variable"},
    {"rawset(_G, 'sender', e.a)", "the table is read-only"},
    {"table.insert(_G, e.a)", "is no local variable"},
    {"table.move({ 1, 2 }, 1, 2, 1, _G)", "is no local variable"},
    {"setmetatable(_G, nil)", "cannot change a protected metatable"},
    {"setmetatable(_ENV, {})", "cannot change a protected metatable"},
    {"getmetatable(_G).__index.x = 1", "a nil value"},
    {"string.upper = string.lower", "string.upper cannot be set"},
    {"string.mine = string.lower", "string.mine cannot be set"},
    {"string.upper = nil", "string.upper cannot be set"},
    {"math.pi = 3", "math.pi cannot be set"},
    {"table.concat = nil", "table.concat cannot be set"},
    {"utf8.charpattern = '.'", "utf8.charpattern cannot be set"},
    {"postern.lower = nil", "postern.lower cannot be set"},
    {"postern.map.field = nil", "postern.map.field cannot be set"},
    {"postern.map = nil", "postern.map cannot be set"},
    {"rawset(string, 'upper', nil)", "the table is read-only"},
    {"rawset(postern.map, 'field', 1)", "the table is read-only"},
    {"setmetatable(string, nil)", "cannot change a protected metatable"},
    {"getmetatable(postern.map).__index.field = 1", "a nil value"},
    {"getmetatable('').__index.upper = nil", "a nil value"},
    {"table.insert(postern, 1)", "postern.number cannot be set"},
    {"table.sort(setmetatable({}, { __index = _G })) local _, t = pairs(string) t.upper = 5 "
     "assert(('a'):upper() == 'A' and string.upper('b') == 'B') error 'as it was'",
     "as it was"},
    {"e.x.y = 1 ctx.account = 'other'", "ctx is read-only"},
};

/* The script runs `code` for an event with a field `bad`; every other event shows what it finds in the
 * libraries and globals. */
static const char probe[] =
    "made_at_load = 1\n"
    "local function probe(e)\n"
    "  for name, value in pairs(_G) do if name == 'sender' then e.sender = value end end\n"
    "  e.made = made_at_load\n"
    "  e.upper = string.upper 'x' e.method = ('x'):upper() e.lower = postern.lower 'X'\n"
    "  e.pi = math.pi > 3.14 e.map = postern.map { { 'a', postern.map.field 'a' } }({ a = 1 })\n"
    "  return e\n"
    "end\n"
    "return function(e, ctx) if not e.bad then return probe(e) end %s end";

static void test_what_cannot_be_set(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof at_an_event / sizeof *at_an_event; i++) {
        char text[2048];
        snprintf(text, sizeof text, probe, at_an_event[i].code);
        struct scripts scripts;
        scripts_open(&scripts, text);
        expect_failure(&scripts, "{\"bad\":1,\"a\":\"of customer A\",\"x\":{}}", at_an_event[i].message);
        expect_line(
            &scripts, "{}",
            "{\"made\":1,\"upper\":\"X\",\"method\":\"X\",\"lower\":\"x\",\"pi\":true,\"map\":{\"a\":1}}");
        scripts_close(&scripts);
    }
}

/* While a script loads, the libraries are read-only as well; globals are its own. */
static void test_what_cannot_be_set_at_load(void **state)
{
    (void)state;
    static const struct refusal rows[] = {
        {"string.upper = function() return 'poisoned' end", "1.lua:1: string.upper cannot be set"},
        {"postern.lower = nil", "1.lua:1: postern.lower cannot be set"},
        {"postern.map.field = nil", "1.lua:1: postern.map.field cannot be set"},
        {"rawset(postern, 'lower', nil)", "the table is read-only"},
        {"setmetatable(_G, { __index = error })", "cannot change a protected metatable"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scripts scripts;
        scripts_begin(&scripts);
        assert_int_equal(scripts_load(&scripts, patiently(), &rows[i].code, 1), POSTERN_E_CONFIG);
        if (!strstr(scripts.error.message, rows[i].message)) fail_msg("%s", scripts.error.message);
        scripts_close(&scripts);
    }
}

static void test_globals_belong_to_one_script(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "shared = 'of the first' string = { upper = function() return 'mine' end }\n"
        "function helper(e) e.first = shared .. string.upper 'x' return e end\n"
        "return function(e) return helper(e) end",
        "local function find(name) for key in pairs(_G) do if key == name then return key end end return nil "
        "end\n"
        "local at_load = _G.shared\n"
        "return function(e) e.second = tostring(find 'shared') .. tostring(at_load) .. tostring(find "
        "'helper') .. "
        "string.upper 'x'\n"
        "  e.seen = rawget(_G, 'shared') == nil return e end"};
    struct scripts scripts;
    scripts_begin(&scripts);
    assert_int_equal(scripts_load(&scripts, patiently(), texts, 2), POSTERN_OK);
    for (int i = 0; i < 2; i++)
        expect_line(&scripts, "{}",
                    "{\"first\":\"of the firstmine\",\"second\":\"nilnilnilX\",\"seen\":true}");
    scripts_close(&scripts);
}

static void test_views_read_like_tables(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts,
                 "mine = 5\n"
                 "local function names(t) local n = {} for k in pairs(t) do n[#n + 1] = tostring(k) end "
                 "return table.concat(n, ' ') end\n"
                 "local at_load = names(_G)\n"
                 "return function(e)\n"
                 "  e.same = names(_G) == at_load\n"
                 "  e.mine = names(_G):find('mine', 1, true) ~= nil\n"
                 "  e.names = names(utf8) e.type = type(string) e.g = _G._G == _G\n"
                 "  local own = {} rawset(own, 'k', 'v') e.own = own.k\n"
                 "  return e end");
    expect_line(&scripts, "{}",
                "{\"same\":true,\"mine\":true,\"names\":\"char charpattern codepoint codes len offset\","
                "\"type\":\"table\",\"g\":true,\"own\":\"v\"}");
    scripts_close(&scripts);
}

/* Without an id the numbers come from the event's text. */
static void test_random_numbers_without_an_id(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, "return function(e) return { drawn = math.random(1000000000) } end");
    char drawn[3][64];
    static const char *const events[3] = {"{\"a\":1}", "{\"a\":2}", "{\"a\":1}"};
    for (size_t i = 0; i < 3; i++) {
        struct script_event event = scripts_event(events[i]);
        event.id = (postern_text){0};
        script_run(scripts.runner, &event, &scripts.result);
        assert_int_equal(scripts.result.verdict, SCRIPT_KEPT);
        assert_true(text_to_string(scripts.result.outputs[0].text, drawn[i], sizeof drawn[i]));
    }
    assert_string_equal(drawn[0], drawn[2]);
    assert_string_not_equal(drawn[0], drawn[1]);
    scripts_close(&scripts);
}

/* What a script hoards costs the events behind it nothing: the state is made anew, and what earlier events of
 * the page became stays. An event that needs too much by itself is not tried for ever. */
static void test_hoarded_memory_is_forgotten(void **state)
{
    (void)state;
    struct sandbox_limits limits = patient_limits();
    limits.memory_bytes = 4 << 20;
    static const char *const text = "local hoard = {}\n"
                                    "return function(e)\n"
                                    "  local size = e.big and 8000000 or 300000\n"
                                    "  hoard[#hoard + 1] = ('x'):rep(size) .. #hoard\n"
                                    "  return { n = e.n }\n"
                                    "end";
    struct scripts scripts;
    scripts_begin(&scripts);
    assert_int_equal(scripts_load(&scripts, &limits, &text, 1), POSTERN_OK);
    postern_text lines[100];
    for (int n = 0; n < 100; n++) {
        char json[32];
        snprintf(json, sizeof json, "{\"n\":%d}", n);
        struct script_event event = scripts_event(json);
        script_run(scripts.runner, &event, &scripts.result);
        if (scripts.result.verdict != SCRIPT_KEPT) fail_msg("%d: %s", n, scripts.result.error.message);
        lines[n] = scripts.result.outputs[0].text;
        expect_failure(&scripts, "{\"big\":true}", "used more than 4.0 MiB of memory");
    }
    for (int n = 0; n < 100; n++) {
        char json[32];
        snprintf(json, sizeof json, "{\"n\":%d}", n);
        assert_true(text_is(lines[n], json));
    }
    scripts_close(&scripts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_cannot_be_set),
        cmocka_unit_test(test_what_cannot_be_set_at_load),
        cmocka_unit_test(test_globals_belong_to_one_script),
        cmocka_unit_test(test_views_read_like_tables),
        cmocka_unit_test(test_random_numbers_without_an_id),
        cmocka_unit_test(test_hoarded_memory_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

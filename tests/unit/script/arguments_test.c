/* What scripts may hold of ours, called with what it does not expect: bare, with values that lie, after the
 * event, again inside itself. */
#include "script_fixture.h"

struct row {
    const char *name, *source, *expected; /* what `source` returns, or a part of the error */
};

#define LIAR(length) "setmetatable({'10.0.0.0/8'}, {__len = function() return " length " end})"
/* A table whose raw length is 2^61: 2049 elements without a hole, then two at each power of two. */
#define LONG_TABLE                                                                                           \
    "local t = {} for i = 1, 2049 do t[i] = 'x' end for i = 11, 61 do t[1 << i] = 'x' t[(1 << i) + 1] = "    \
    "'x' end "

static const struct row rows[] = {
    /* Lengths. */
    {"cidr of a negative length", "postern.cidr(" LIAR("math.mininteger") ")", "a plain list expected"},
    {"cidr whose bytes wrap round", "postern.cidr(" LIAR("-(1 << 59) + 2") ")", "a plain list expected"},
    {"cidr of a huge length", "postern.cidr(" LIAR("1 << 60") ")", "a plain list expected"},
    {"cidr of a raw length that lies", LONG_TABLE "postern.cidr(t)", "too many networks"},
    {"constants of a raw length that lies", LONG_TABLE "postern.map { {'a', postern.map.const(t)} }",
     "the script used more than"},
    {"an enum's constants", LONG_TABLE "postern.map { {'a', postern.map.field 'x':enum({a = t})} }",
     "the script used more than"},
    {"a list of entries", LONG_TABLE "postern.map(t)", "an entry is { \"target\", expression }"},
    {"a list with holes in JSON", LONG_TABLE "postern.json.encode(t)", "a list with holes"},
    /* Metatables that are ours. */
    {"postern.map's", "return getmetatable(postern.map)", "protected"},
    {"a map's", "return getmetatable(postern.map { {'a', 'b'} })", "map"},
    {"an expression's", "return getmetatable(postern.map.rest())", "map expression"},
    {"an event's", "return getmetatable(event)", "event"},
    {"a line's", "return getmetatable(postern.line 'x')", "line"},
    {"a number's", "return getmetatable(postern.number '1')", "number"},
    {"a list's", "return getmetatable(postern.list())", "list"},
    {"ctx's", "return getmetatable(ctx)", "ctx"},
    {"networks'", "return tostring(getmetatable(postern.cidr {}))", "false"},
    {"null's", "return tostring(getmetatable(postern.null))", "nil"},
    {"postern.list leaves a protected one", "postern.list(setmetatable({}, {__metatable = 1}))", "protected"},
    {"postern.list leaves postern.map's", "postern.list(postern.map)", "protected"},
    {"a list may be marked twice", "return postern.json.encode(postern.list(postern.list()))", "[]"},
    /* Values that hold themselves. */
    {"an object in its own entries",
     "local t = {} local o = postern.map.object(t) t[1] = {'a', o} postern.map { {'x', o} }",
     "nested too deeply"},
    {"entries in their own list", "local t = {} t[1] = {t} postern.map(t)", "nested too deeply"},
    {"a table in JSON", "local t = {} t.t = t postern.json.encode(t)", "contains itself"},
    {"a long chain of objects",
     "local o = postern.map.object { {'a', 'b'} } for i = 1, 1000 do o = postern.map.object { {'a', o} } end "
     "postern.map { {'x', o} }",
     "nested too deeply"},
    /* The stack of C: each map in itself at the bottom of expressions as deep as they may be. */
    {"a map in itself",
     "local m local e = postern.map.call(function() return tostring(m {a = 'x'}) end, postern.map.field 'a') "
     "for i = 1, 62 do e = postern.map.when(postern.map.field 'a', e, 'y') end m = postern.map { {'x', e} } "
     "m(event)",
     "C stack overflow"},
    {"a map in itself, as objects",
     "local m local e = postern.map.call(function() return tostring(m {a = 'x'}) end, postern.map.field 'a') "
     "for i = 1, 31 do e = postern.map.first(postern.map.object { {'a.b.c.d.e.f.g.h', e} }) end "
     "m = postern.map { {'x', e} } m(event)",
     "C stack overflow"},
    {"a pattern in itself",
     "local function again() return (('a'):rep(199):gsub(('a?'):rep(190), again)) end again()",
     "C stack overflow"},
    {"a tostring in itself",
     "local t t = setmetatable({}, {__tostring = function() return ('%s'):format(t) end}) tostring(t)",
     "C stack overflow"},
    {"a sort in itself",
     "local function less() table.sort({1, 2, 3}, less) return true end table.sort({1, 2, 3}, less)",
     "C stack overflow"},
    /* Addresses are nobody's business. */
    {"cidr names the type", "postern.cidr {{}}", "2001:db8::/32: table"},
    {"cidr names no address", "return (select(2, pcall(postern.cidr, {{}})):gsub('.*32: ', ''))", "table"},
    {"a method's name",
     "return (select(2, pcall(function() return postern.map.field 'a'[print] end)):gsub('.*method ', ''))",
     "\"function\""},
    /* Functions that are called in another way than meant. */
    {"a method without anything", "postern.map.field('a').lower()", "needs arguments"},
    {"a method on something else", "postern.map.field('a').lower({})", "must be an expression"},
    {"contains on something else", "postern.cidr({}).contains(event, '1')", "postern.cidr expected"},
    {"contains on nothing", "postern.cidr({}).contains()", "postern.cidr expected"},
    {"an event's iterator called freely",
     "local f = pairs(event) return tostring(f(postern.null, {}, 0x4141)) .. tostring(f())", "anil"},
    {"a lookup without arguments", "postern.lookup()", "text expected, got no value"},
    {"ctx.log without arguments", "ctx.log()", "string expected, got no value"},
    {"ctx.note without arguments", "ctx.note()", "string expected, got no value"},
    {"a map on nothing", "postern.map({ {'a', 'b'} })()", "event expected, got nil"},
    {"a map on null", "postern.map({ {'a', 'b'} })(postern.null)", "a map works on an object"},
    {"a map on itself", "local m = postern.map({ {'a', 'b'} }) m(m)", "cannot be written as JSON"},
    {"postern.map on nothing", "postern.map()", "table expected"},
};

static void test_arguments(void **state)
{
    (void)state;
    int failures = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scripts scripts;
        char source[1024];
        snprintf(source, sizeof source,
                 "local function try(event, ctx) %s end\n"
                 "return function(event, ctx) return nil, tostring((try(event, ctx))) end",
                 rows[i].source);
        scripts_open(&scripts, source);
        scripts_run(&scripts, "{\"a\":1}");
        const struct script_result *result = &scripts.result;
        bool failed = result->verdict == SCRIPT_FAILED;
        bool fits = failed ? strstr(result->error.message, rows[i].expected) != NULL
                           : text_is(result->reason, rows[i].expected);
        if (!fits) {
            print_error("%s: got \"%.*s\", expected \"%s\"\n", rows[i].name,
                        failed ? (int)strlen(result->error.message) : (int)result->reason.size,
                        failed ? result->error.message : result->reason.data, rows[i].expected);
            failures++;
        }
        scripts_close(&scripts);
    }
    assert_int_equal(failures, 0);
}

/* What a script kept of an event that is over. */
static void test_stale_values(void **state)
{
    (void)state;
    static const char *const uses[] = {
        "kept.event.a",
        "kept.walk()",
        "kept.items()",
        "kept.list[1]",
        "#kept.list",
        "tostring(kept.line)",
        "postern.raw(kept.event)",
        "postern.copy(kept.list)",
        "postern.table(kept.event)",
        "kept.map(kept.event)",
        "postern.json.encode(kept.line)",
        "pairs(kept.event)",
        "postern.move(kept.event, 'a', 'b')",
        "table.insert(kept.list, 1)",
    };
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        struct scripts scripts;
        char source[1024];
        snprintf(
            source, sizeof source,
            "local kept\n"
            "return function(event)\n"
            "  if kept then return { it = %s } end\n"
            "  kept = { event = event, list = event.l, walk = (pairs(event)), items = (pairs(event.l)),\n"
            "           line = postern.line 'x', map = postern.map { { 'a', postern.map.field 'a' } } }\n"
            "end",
            uses[i]);
        scripts_open(&scripts, source);
        scripts_run(&scripts, "{\"a\":1,\"l\":[1,{\"b\":2}]}");
        if (scripts.result.verdict != SCRIPT_DROPPED) fail_msg("%s", scripts.result.error.message);
        scripts_run(&scripts, "{}");
        if (scripts.result.verdict != SCRIPT_FAILED || !strstr(scripts.result.error.message, "is over"))
            fail_msg("%s: \"%s\"", uses[i], scripts.result.error.message);
        scripts_close(&scripts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_stale_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a script sees of an event, and what becomes of what it does to it. */
#include "script_fixture.h"

/* Each row: the body of function(event, ctx), the event, the line that comes out. */
struct row {
    const char *body, *event, *line;
};

static void run_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char script[4096];
        snprintf(script, sizeof script, "return function(event, ctx)\n%s\nend", rows[i].body);
        struct scripts scripts;
        scripts_open(&scripts, script);
        expect_line(&scripts, rows[i].event, rows[i].line);
        expect_line(&scripts, rows[i].event, rows[i].line); /* nothing is left from the first */
        scripts_close(&scripts);
    }
}
#define RUN_ROWS(rows) run_rows(rows, sizeof(rows) / sizeof *(rows))

static void test_untouched_values_keep_their_text(void **state)
{
    (void)state;
    static const struct row rows[] = {
        /* not touched at all: the text as it is, blanks and all */
        {"return event", "{ \"a\" : 1.0 , \"b\":[ ] }", "{ \"a\" : 1.0 , \"b\":[ ] }"},
        /* line breaks between the parts go, inside strings they are escaped and stay */
        {"return event", "{\n  \"a\": \"x\\ny\",\r\n\t\"b\": 2\n}\n", "{\"a\": \"x\\ny\",\"b\": 2}"},
        /* around the document too */
        {"return event", "  {\"a\":1}  ", "{\"a\":1}"},
        /* one added: all others byte by byte, but for what strict readers refuse */
        {"event.z = 1 return event",
         "{\"n\":null,\"e\":[],\"o\":{},\"f\":1.0,\"x\":1e5,\"m\":-0,\"big\":12345678901234567890,\"u\":"
         "\"\\u00e9\\/\","
         "\"k\\u0065y\":1,\"bad\":\"\xff\xfe\",\"d\":1,\"d\":2}",
         "{\"n\":null,\"e\":[],\"o\":{},\"f\":1.0,\"x\":1e5,\"m\":-0,\"big\":12345678901234567890,\"u\":"
         "\"\\u00e9\\/\","
         "\"k\\u0065y\":1,\"bad\":\"\xef\xbf\xbd\xef\xbf\xbd\",\"d\":1,\"d_2\":2,\"z\":1}"},
        /* an object in it is edited: its brothers keep their text */
        {"event.o.p.x = 1 return event",
         "{\"a\":1.0,\"o\":{\"q\":[1.0 ,2],\"p\":{\"y\": 5e0}},\"b\":\"\\u0041\"}",
         "{\"a\":1.0,\"o\":{\"q\":[1.0 ,2],\"p\":{\"y\": 5e0,\"x\":1}},\"b\":\"\\u0041\"}"},
        /* moving keeps every digit */
        {"postern.move(event, 'a', 'b') return event", "{\"a\":12345678901234567890,\"c\":1}",
         "{\"c\":1,\"b\":12345678901234567890}"},
        {"postern.move(event, 'no', 'b') return event", "{\"a\":1}", "{\"a\":1}"},
        {"postern.move(event, 'a', 'a') return event", "{\"a\":1.0}", "{\"a\":1.0}"},
    };
    RUN_ROWS(rows);
}

static void test_reading(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"return { r = event.a.b.c }", "{\"a\":{\"b\":{\"c\":\"x\\\"\\u20ac\"}}}",
         "{\"r\":\"x\\\"\xe2\x82\xac\"}"},
        {"return { r = event.a == nil and event.n == nil and postern.has(event, 'n') and not "
         "postern.has(event, 'a') }",
         "{\"n\":null}", "{\"r\":true}"},
        {"return { i = event.i, j = event.j, f = event.f, t = math.type(event.f) }",
         "{\"i\":9223372036854775807,\"j\":-9223372036854775808,\"f\":1.0}",
         "{\"f\":1.0,\"i\":9223372036854775807,\"j\":-9223372036854775808,\"t\":\"float\"}"},
        {"return { r = postern.raw(event, 'b'), n = postern.raw(event, 'none') }",
         "{\"b\":123456789012345678901}", "{\"r\":\"123456789012345678901\"}"},
        {"event.x = 1 return { r = postern.raw(event) }", "{\"b\":1.0}",
         "{\"r\":\"{\\\"b\\\":1.0,\\\"x\\\":1}\"}"},
        {"return { r = event.l[2], n = #event.l, o = tostring(event.l[9]) }", "{\"l\":[1,\"two\",3]}",
         "{\"n\":3,\"o\":\"nil\",\"r\":\"two\"}"},
        /* null in a list: no hole, so that walks do not end there */
        {"local s = '' for i, v in ipairs(event.l) do s = s .. i .. (postern.is_null(v) and 'n' or v) end "
         "return { r = s }",
         "{\"l\":[1,null,3]}", "{\"r\":\"112n33\"}"},
        /* reading backwards and forwards in a list */
        {"local l = event.l return { r = { l[3], l[1], l[2], l[3] } }", "{\"l\":[[1],[2],[3]]}",
         "{\"r\":[[3],[1],[2],[3]]}"},
        /* the first of duplicate keys */
        {"return { r = event.d }", "{\"d\":1,\"d\":2}", "{\"r\":1}"},
        /* a key is found by its meaning */
        {"return { r = event.key }", "{\"k\\u0065y\":1}", "{\"r\":1}"},
        {"return { r = event[''] }", "{\"\":7}", "{\"r\":7}"},
        {"return { a = postern.type(event), b = postern.type(event.l), c = postern.type(event.s), "
         "d = postern.type(event.n), e = postern.type(postern.null), f = postern.type(1), g = "
         "postern.type(true), "
         "h = postern.type({}), i = postern.type({1}), j = postern.type(postern.list()) }",
         "{\"l\":[],\"s\":\"\",\"n\":null}",
         "{\"a\":\"object\",\"b\":\"list\",\"c\":\"text\",\"d\":\"nothing\",\"e\":\"null\",\"f\":\"number\","
         "\"g\":\"boolean\","
         "\"h\":\"object\",\"i\":\"list\",\"j\":\"list\"}"},
        {"return { r = event.a == event.a, s = event.a == event.b, t = event.a ~= event }",
         "{\"a\":{},\"b\":{}}", "{\"r\":true,\"s\":false,\"t\":true}"},
        {"local s = 0 for _, v in ipairs(event.l) do s = s + v.n end return { r = s }",
         "{\"l\":[{\"n\":1},{\"n\":2}]}", "{\"r\":3}"},
        {"return { r = table.concat({ table.unpack(postern.table(event.l)) }, ',') }", "{\"l\":[1,2]}",
         "{\"r\":\"1,2\"}"},
    };
    RUN_ROWS(rows);
}

static void test_changing(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"event.b = 'B' return event", "{\"a\":1,\"b\":2,\"c\":3}", "{\"a\":1,\"b\":\"B\",\"c\":3}"},
        {"event.b = nil return event", "{\"a\":1,\"b\":2,\"c\":3}", "{\"a\":1,\"c\":3}"},
        {"event.a = nil event.b = nil return event", "{\"a\":1,\"b\":2}", "{}"},
        {"event.a = nil event.a = 5 return event", "{\"a\":1,\"b\":2}", "{\"a\":5,\"b\":2}"},
        {"event.a = postern.null return event", "{\"a\":1}", "{\"a\":null}"},
        {"event.n = 1 event.n = nil return event", "{\"a\":1}", "{\"a\":1}"},
        {"event.n = 1 event.n = nil event.m = 2 event.n = 3 return event", "{\"a\":1}",
         "{\"a\":1,\"n\":3,\"m\":2}"},
        {"event[''] = 1 event['q\"k\\n'] = 2 return event", "{}", "{\"\":1,\"q\\\"k\\n\":2}"},
        /* of duplicate keys one is left */
        {"event.d = 9 return event", "{\"d\":1,\"x\":0,\"d\":2}", "{\"d\":9,\"x\":0}"},
        {"event.d = nil return { r = tostring(event.d), e = event }", "{\"d\":1,\"d\":2}",
         "{\"e\":{},\"r\":\"nil\"}"},
        /* integers, floats, booleans, lists, objects in a fixed order */
        {"event.v = { 1, 1.5, 2.0, true, math.mininteger, 'x' } return event", "{}",
         "{\"v\":[1,1.5,2.0,true,-9223372036854775808,\"x\"]}"},
        {"event.v = { b = 1, a = { z = {}, y = postern.list() }, C = 2 } return event", "{}",
         "{\"v\":{\"C\":2,\"a\":{\"y\":[],\"z\":{}},\"b\":1}}"},
        {"event.v = postern.list { 1 } event.w = postern.number('123456789012345678901.50') return event",
         "{}", "{\"v\":[1],\"w\":123456789012345678901.50}"},
        /* what is built is held by reference until the event is written */
        {"local t = {} event.a = t event.b = t t.x = 1 return event", "{}",
         "{\"a\":{\"x\":1},\"b\":{\"x\":1}}"},
        {"event.l = {} table.insert(event.l, 5) return event", "{}", "{\"l\":[5]}"},
        /* a part of the event in a second place, edited there */
        {"event.b = event.a event.b.x = 2 return event", "{\"a\":{\"x\":1.0}}",
         "{\"a\":{\"x\":2},\"b\":{\"x\":2}}"},
        {"event.b = event.a event.a = nil return event", "{\"a\":{\"x\":1.0}}", "{\"b\":{\"x\":1.0}}"},
        {"return { inside = { event.a, event } }", "{\"a\":[1.0]}", "{\"inside\":[[1.0],{\"a\":[1.0]}]}"},
        /* lists */
        {"local l = event.l l[1] = 'x' l[#l + 1] = 'y' return event", "{\"l\":[1,2.0]}",
         "{\"l\":[\"x\",2.0,\"y\"]}"},
        {"local l = event.l l[#l] = nil return event", "{\"l\":[1,2]}", "{\"l\":[1]}"},
        {"table.insert(event.l, 1, 0) table.remove(event.l, 2) table.sort(event.l) return event",
         "{\"l\":[7,5,6]}", "{\"l\":[0,5,6]}"},
        {"event.l[2].x = nil return event", "{\"l\":[1,{\"x\":1,\"y\":2},[]]}", "{\"l\":[1,{\"y\":2},[]]}"},
        {"event.l[1] = postern.null return event", "{\"l\":[1]}", "{\"l\":[null]}"},
        /* wrong bytes are replaced */
        {"event.t = 'a\\xffz' return event", "{}", "{\"t\":\"a\xef\xbf\xbdz\"}"},
    };
    RUN_ROWS(rows);
}

static void test_walking(void **state)
{
    (void)state;
    static const struct row rows[] = {
        /* the source's order, added ones last, nulls shown, duplicates shown, removed ones not */
        {"event.z = 1 event.b = nil local s = '' for k, v in pairs(event) do s = s .. k .. '=' .. "
         "(postern.is_null(v) and 'null' or tostring(v)) .. ' ' end return { r = s }",
         "{\"c\":1,\"b\":2,\"a\":null,\"c\":3}", "{\"r\":\"c=1 a=null c=3 z=1 \"}"},
        /* deleting all while walking */
        {"for k in pairs(event) do event[k] = nil end return event", "{\"a\":1,\"b\":2,\"c\":3}", "{}"},
        /* renaming while walking: what is added is not walked over, so it ends */
        {"for k, v in pairs(event) do event[k] = nil event['x_' .. k] = v end return event",
         "{\"a\":1,\"b\":2}", "{\"x_a\":1,\"x_b\":2}"},
        {"event.q = 1 for k, v in pairs(event) do event[k .. k] = v end return event", "{\"a\":1}",
         "{\"a\":1,\"q\":1,\"aa\":1,\"qq\":1}"},
        /* removing one that is still to come */
        {"local s = '' for k in pairs(event) do s = s .. k event.c = nil end return { r = s }",
         "{\"a\":1,\"b\":1,\"c\":1}", "{\"r\":\"ab\"}"},
        {"local s = '' for k, v in pairs(event.l) do s = s .. k .. tostring(v == postern.null) end return { "
         "r = s }",
         "{\"l\":[1,null]}", "{\"r\":\"1false2true\"}"},
        {"local n = 0 for _ in pairs(event.o) do n = n + 1 end return { r = n }", "{\"o\":{}}", "{\"r\":0}"},
        {"local s = '' for k in pairs(event) do s = s .. k end return { r = s }", "{\"k\\u0065y\":1}",
         "{\"r\":\"key\"}"},
    };
    RUN_ROWS(rows);
}

static void test_copies(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"local t = postern.table(event) t.a.x = 5 t.n = nil return t",
         "{\"a\":{\"x\":1},\"l\":[],\"n\":null}", "{\"a\":{\"x\":5},\"l\":[]}"},
        {"event.a.y = 2 event.b = { 1 } local t = postern.table(event) return t", "{\"a\":{\"x\":1.0}}",
         "{\"a\":{\"x\":1.0,\"y\":2},\"b\":[1]}"},
        {"local c = postern.copy(event) c.a = 2 event.b = 3 return event", "{\"a\":1}", "{\"a\":1,\"b\":3}"},
        {"event.b = 3 local c = postern.copy(event) event.b = 4 c.o.x = 1 return c",
         "{\"a\":1,\"o\":{\"x\":0}}", "{\"a\":1,\"o\":{\"x\":1},\"b\":3}"},
        {"event.l[1] = 0 local c = postern.copy(event) event.l[1] = 9 return c", "{\"l\":[1,2]}",
         "{\"l\":[0,2]}"},
        {"local c = postern.copy(event) c.a.x = 7 event.other = c.a return event", "{\"a\":{\"x\":1}}",
         "{\"a\":{\"x\":1},\"other\":{\"x\":7}}"},
    };
    RUN_ROWS(rows);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *body, *event, *message;
    } rows[] = {
        {"event.a = 0/0 return event", "{}", "event.a: JSON has no NaN"},
        {"event.a = { x = { 1, { y = 1/0 } } } return event", "{}", "event.a.x[2].y: JSON has no infinite"},
        {"event.a = function() end", "{}", "a function cannot be put into an event"},
        {"event.a = { f = print } return event", "{}", "event.a.f: a function cannot be written"},
        {"local t = {} t.t = { t } event.a = t return event", "{}", "event.a.t[1]: it contains itself"},
        {"event.a.b = event return event", "{\"a\":{}}", "event.a.b: it contains itself"},
        {"event.a = { 1, x = 2 } return event", "{}", "either a list or has named fields"},
        {"event.a = { 1, nil, 3 } return event", "{}", "event.a: "},
        {"event.a = { [1.5] = 2 } return event", "{}", "event.a: "},
        {"event.a = { [true] = 2 } return event", "{}", "name of a field must be a text"},
        {"event[1] = 2", "{}", "the name of a field must be a text, not a number"},
        {"event.l.x = 2", "{\"l\":[]}", "this is a list"},
        {"event.l[3] = 2", "{\"l\":[1]}", "list index 3"},
        {"event.l[0] = 2", "{\"l\":[1]}", "list index 0"},
        {"event.l[1] = nil", "{\"l\":[1,2]}", "table.remove"},
        {"return #event", "{}", "an event has no length"},
        {"setmetatable(event, {})", "{}", ""},
        {"getmetatable(event).__index = nil", "{}", ""},
        {"rawset(event, 'a', 1)", "{}", "table expected"},
        {"next(event)", "{}", "table expected"},
        {"postern.number('12x')", "{}", "not a JSON number"},
        {"postern.move(5, 'a', 'b')", "{}", "event expected"},
        {"local t = {} for i = 1, 200 do t = { t } end event.a = t return event", "{}", "nested too deeply"},
        {"local s = event.text .. event.missing", "{\"text\":\"x\"}", "attempt to concatenate a nil"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char script[1024];
        snprintf(script, sizeof script, "return function(event, ctx)\n%s\nend", rows[i].body);
        struct scripts scripts;
        scripts_open(&scripts, script);
        expect_failure(&scripts, rows[i].event, rows[i].message);
        scripts_close(&scripts);
    }
}

static void test_a_kept_event_is_dead(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, "local kept, part, walk, line\n"
                           "local m = postern.map { { 'a', 1 } }\n"
                           "return function(event)\n"
                           "  if not kept then\n"
                           "    kept, part, walk, line = event, event.a, pairs(event), m(event)\n"
                           "    return event\n"
                           "  end\n"
                           "  local how = event.how\n"
                           "  if how == 'read' then return { kept.a } end\n"
                           "  if how == 'write' then kept.a = 1 end\n"
                           "  if how == 'part' then return { part.x } end\n"
                           "  if how == 'walk' then walk() end\n"
                           "  if how == 'return' then return kept end\n"
                           "  if how == 'put' then event.a = part return event end\n"
                           "  if how == 'line' then return line end\n"
                           "  return { kept == event, tostring(kept == kept) }\n"
                           "end");
    expect_line(&scripts, "{\"a\":{\"x\":1}}", "{\"a\":{\"x\":1}}");
    static const char *const ways[] = {"read", "write", "part", "walk", "return", "put"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char event[64];
        snprintf(event, sizeof event, "{\"how\":\"%s\"}", ways[i]);
        expect_failure(&scripts, event, "this event is over");
    }
    expect_failure(&scripts, "{\"how\":\"line\"}", "an event that is over");
    scripts_close(&scripts);
}

static void test_replaced_bytes_are_counted(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, "return function(event) event.a = 'x\\xff\\xfe' return event end");
    expect_line(&scripts, "{}", "{\"a\":\"x\xef\xbf\xbd\xef\xbf\xbd\"}");
    assert_int_equal(scripts.result.replaced_bytes, 2);
    scripts_close(&scripts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_untouched_values_keep_their_text),
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_changing),
        cmocka_unit_test(test_walking),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_a_kept_event_is_dead),
        cmocka_unit_test(test_replaced_bytes_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

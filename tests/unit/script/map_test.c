/* postern.map: each expression and method, targets, the rest. */
#include "map_fixture.h"

/* Each row: the entries of a map, the event, the document. */
struct row {
    const char *entries, *event, *document;
};

static void run_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char script[4096];
        snprintf(script, sizeof script, PREAMBLE "return map {\n%s\n}", rows[i].entries);
        struct scripts scripts;
        scripts_open(&scripts, script);
        expect_line(&scripts, rows[i].event, rows[i].document);
        expect_line(&scripts, rows[i].event, rows[i].document);
        scripts_close(&scripts);
    }
}
#define RUN_ROWS(rows) run_rows(rows, sizeof(rows) / sizeof *(rows))

static void test_sources(void **state)
{
    (void)state;
    static const struct row rows[] = {
        /* values keep their text */
        {"{ 'a', field 'x' }, { 'b', field 'y' }", "{\"x\":1.0,\"y\":{\"z\": [ ]}}",
         "{\"a\":1.0,\"b\":{\"z\": [ ]}}"},
        {"{ 'a', field 'x' }", "{\"x\":\"\\u00e9\\\"\\\\ \xff\"}",
         "{\"a\":\"\\u00e9\\\"\\\\ \xef\xbf\xbd\"}"},
        /* missing, null and "" are nothing; [], {}, false, 0 are something */
        {"{ 'a', field 'x' }, { 'b', field 'y' }, { 'c', field 'z' }", "{\"x\":null,\"y\":\"\"}", "{}"},
        {"{ 'a', field 'x' }, { 'b', field 'y' }, { 'c', field 'z' }, { 'd', field 'w' }",
         "{\"x\":[],\"y\":{},\"z\":false,\"w\":0}", "{\"a\":[],\"b\":{},\"c\":false,\"d\":0}"},
        /* alternatives */
        {"{ 'a', field('x', 'y', 'z') }", "{\"z\":3,\"y\":2,\"x\":\"\"}", "{\"a\":2}"},
        /* paths */
        {"{ 'a', field 'x.y.z' }, { 'b', field 'x.y.q' }, { 'c', field 'x.k.z' }, { 'd', field 'w.z' }",
         "{\"x\":{\"y\":{\"z\":5,\"q\":\"\"},\"k\":[1]},\"w\":1}", "{\"a\":5}"},
        {"{ 'a', field 'key' }", "{\"k\\u0065y\":1}", "{\"a\":1}"},
        /* constants */
        {"{ 'a', 'text \"q\" \xc3\xa9' }, { 'b', 5 }, { 'c', 1.5 }, { 'd', true }, { 'e', const { 'x', 2 } "
         "}, "
         "{ 'f', const { k = { 1 } } }, { 'g', const { 'one' } }",
         "{}",
         "{\"a\":\"text \\\"q\\\" "
         "\xc3\xa9\",\"b\":5,\"c\":1.5,\"d\":true,\"e\":[\"x\",2],\"f\":{\"k\":[1]},\"g\":[\"one\"]}"},
        {"{ 'a', meta 'account' }, { 'b', meta 'source' }, { 'c', meta 'stream' }, { 'd', meta 'type' }, { "
         "'e', meta 'id' }, "
         "{ 'f', meta 'pipeline' }, { 'g', meta 'received' }, { 'h', meta('time'):time() }",
         "{}",
         "{\"a\":\"acme\",\"b\":\"siem\",\"c\":\"siem-receipt\",\"d\":\"receipt\",\"e\":"
         "\"00112233445566778899aabbccddeeff\","
         "\"f\":\"default\",\"g\":1767323045678,\"h\":\"2026-01-02T03:00:00.000Z\"}"},
        {"{ 'a', map.original() }", "{\"x\" : 1.0}", "{\"a\":\"{\\\"x\\\" : 1.0}\"}"},
        /* whatever the case */
        {"ignore_case = true, { 'a', field 'Sender' }, { 'b', field 'X.Y' }, { 'c', field 'SENDER' }, rest()",
         "{\"sENDER\":1,\"x\":{\"y\":2},\"sender\":3}",
         "{\"a\":1,\"b\":2,\"c\":1,\"x\":{\"y\":2},\"sender\":3}"},
    };
    RUN_ROWS(rows);
}

static void test_targets(void **state)
{
    (void)state;
    static const struct row rows[] = {
        /* objects are joined, in the order of their first naming */
        {"{ 'a.b', 1 }, { 'c', 2 }, { 'a.d.e', 3 }, { 'a.f', 4 }, { 'a.d.g', 5 }", "{}",
         "{\"a\":{\"b\":1,\"d\":{\"e\":3,\"g\":5},\"f\":4},\"c\":2}"},
        /* empty ones are left out */
        {"{ 'a.b.c', field 'no' }, { 'd', 1 }, { 'e.f', field 'no' }", "{}", "{\"d\":1}"},
        {"{ '@time-\"x', 1 }", "{}", "{\"@time-\\\"x\":1}"},
        /* lists of entries in the list of entries */
        {"{ { 'a', 1 }, { { 'b', 2 }, rest() } }, { 'c', 3 }", "{\"x\":1}",
         "{\"a\":1,\"b\":2,\"c\":3,\"x\":1}"},
        {"{ {}, { 'a', 1 } }", "{}", "{\"a\":1}"},
    };
    RUN_ROWS(rows);
}

static void test_rest(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"{ 'a', field 'x' }, { 'm', rest() }",
         "{\"p\":1.0, \"x\":2,\"q\":\"\\u0041\",\"n\":null,\"e\":\"\",\"l\":[]}",
         "{\"a\":2,\"m\":{\"p\":1.0,\"q\":\"\\u0041\",\"l\":[]}}"},
        {"{ 'a', field 'x' }, { 'm', rest() }", "{\"x\":2}", "{\"a\":2}"},
        /* whatever comes behind it in the declaration is taken too, and the object with the rest stands last
         */
        {"{ 'm', rest() }, { 'a', field 'x' }", "{\"x\":2,\"y\":3}", "{\"a\":2,\"m\":{\"y\":3}}"},
        {"{ 'm.k', 1 }, { 'm', rest() }, { 'm.l', 2 }, { 'z', 9 }", "{\"y\":3}",
         "{\"z\":9,\"m\":{\"k\":1,\"l\":2,\"y\":3}}"},
        {"{ 'm', rest():without('_offset', 'x') }", "{\"_offset\":1,\"y\":2,\"x\":3}", "{\"m\":{\"y\":2}}"},
        /* asking and reading inside do not take, copy neither */
        {"{ 'a', when(field 'x', 1) }, { 'b', field 'y.z' }, { 'c', field('w'):copy() }, rest()",
         "{\"x\":1,\"y\":{\"z\":2},\"w\":3}", "{\"a\":1,\"b\":2,\"c\":3,\"x\":1,\"y\":{\"z\":2},\"w\":3}"},
        /* what cannot be read stays, also if only a part of it cannot */
        {"{ 'a', field('x'):ip() }, rest()", "{\"x\":\"unknown\"}", "{\"x\":\"unknown\"}"},
        {"{ 'a', list(field('x'):ip()) }, rest()", "{\"x\":[\"192.0.2.1\",\"?\"]}",
         "{\"a\":[\"192.0.2.1\"],\"x\":[\"192.0.2.1\",\"?\"]}"},
        {"{ 'a', list(field('x'):email 'address') }, rest()", "{\"x\":\"a@b.c, ?\"}",
         "{\"a\":[\"a@b.c\"],\"x\":\"a@b.c, ?\"}"},
        {"{ 'a', field('x'):lower():ip() }, rest()", "{\"x\":{}}", "{\"x\":{}}"},
        /* an unknown word stays to be seen, though the default is written */
        {"{ 'a', field('x'):enum({ k = 'known' }, 'other') }, rest()", "{\"x\":\"u\"}",
         "{\"a\":\"other\",\"x\":\"u\"}"},
        {"{ 'a', field('x'):enum({ k = 'known' }, 'other') }, rest()", "{\"x\":\"k\"}", "{\"a\":\"known\"}"},
        {"{ 'a', field('x'):except('N/A') }, rest()", "{\"x\":\"N/A\"}", "{\"x\":\"N/A\"}"},
        /* of alternatives only the one that was used */
        {"{ 'a', field('x', 'y') }, rest()", "{\"x\":1,\"y\":2}", "{\"a\":1,\"y\":2}"},
        /* all that went into one value */
        {"{ 'a', concat(field 'x', '-', field 'y') }, rest()", "{\"x\":\"1\",\"y\":2}", "{\"a\":\"1-2\"}"},
        {"{ 'a', list(field 'x', field 'y') }, rest()", "{\"x\":1,\"y\":1}", "{\"a\":[1]}"},
        {"{ 'a', object { { 'p', field 'x' }, { 'q', field 'y' } } }, rest()", "{\"x\":1,\"y\":2}",
         "{\"a\":{\"p\":1,\"q\":2}}"},
        {"{ 'a', call(function(x, y) return x + y end, field 'x', field 'y') }, rest()", "{\"x\":1,\"y\":2}",
         "{\"a\":3}"},
        {"{ 'a', call(function(x) end, field 'x') }, rest()", "{\"x\":1}", "{\"x\":1}"},
        /* the first of duplicate keys is taken, the others are not lost */
        {"{ 'a', field 'x' }, rest()", "{\"x\":1,\"x\":2}", "{\"a\":1,\"x\":2}"},
        /* what a map inside takes is not taken here */
        {"(function() local inner = map { { 'l', list(field 'x', field 'y') }, rest() }\n"
         "return { { 'a', list(list(field 'x', field 'y'), call(function() inner { x = 1, y = 1 } return 1 "
         "end, "
         "const 'c')) } } end)(), rest()",
         "{\"x\":1,\"y\":1}", "{\"a\":[1]}"},
        /* used twice, worked out once */
        {"(function() local x = field('x'):lower() return { { 'a', x }, { 'b', list(x, x) } } end)(), rest()",
         "{\"x\":\"A\"}", "{\"a\":\"a\",\"b\":[\"a\"]}"},
    };
    RUN_ROWS(rows);
}

static const struct row put_together[] = {
    {"{ 'a', first(field 'x', field('y'):ip(), 'default') }", "{\"y\":\"z\"}", "{\"a\":\"default\"}"},
    {"{ 'a', field('x'):default('d') }, { 'b', field('y'):default('d') }", "{\"y\":1}",
     "{\"a\":\"d\",\"b\":1}"},
    /* a list: flat, without duplicates, empty ones are nothing */
    {"{ 'a', list(field 'x', field 'y', 'c', field 'z') }",
     "{\"x\":[\"a\",\"b\",null,\"\"],\"y\":\"\\u0061\",\"z\":[]}", "{\"a\":[\"a\",\"b\",\"c\"]}"},
    {"{ 'a', list(field 'x') }, { 'b', list(field 'y') }", "{\"x\":[],\"y\":1}", "{\"b\":[1]}"},
    {"{ 'a', list(field 'x') }", "{\"x\":[1,1.0,\"1\",true,\"true\",{\"a\":1},{\"a\":1},[2],[2]]}",
     "{\"a\":[1,1.0,\"1\",true,\"true\",{\"a\":1},[2]]}"},
    {"{ 'a', list(field('x'):split(',')) }",
     "{\"x\":\"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,3,1,25,28\"}",
     "{\"a\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\",\"12\",\"13\",\"14\","
     "\"15\",\"16\","
     "\"17\",\"18\",\"19\",\"20\",\"21\",\"22\",\"23\",\"24\",\"25\",\"26\",\"27\",\"28\"]}"},
    {"{ 'a', list(field 'x'):lower() }, { 'b', when(const(true), list(field 'x')) }", "{\"x\":\"A\"}",
     "{\"a\":[\"a\"],\"b\":[\"A\"]}"},
    {"{ 'a', concat('m.', meta 'stream', '\"', field 'n') }, { 'b', concat('x', field 'no') }, { 'c', "
     "concat('x', field 'o') }",
     "{\"n\":1.50,\"o\":{}}", "{\"a\":\"m.siem-receipt\\\"1.50\"}"},
    {"{ 'a', when(field 'x', 'yes', 'no') }, { 'b', when(field 'y', 'yes', 'no') }, { 'c', when(field "
     "'z', 1) }",
     "{\"x\":false,\"y\":0}", "{\"a\":\"no\",\"b\":\"yes\"}"},
    {"{ 'a', object { { 'p.q', field 'x' }, { 'p.r', field 'y' } } }, { 'b', list(object { { 'p', field "
     "'no' } }) }",
     "{\"x\":1}", "{\"a\":{\"p\":{\"q\":1}}}"},
    /* each: an object for every element; items with paths */
    {"{ 'a', list(field('x'):each(object { { 'n.m', item 'name' }, { 's', item('size.is'):integer() } "
     "})) }",
     "{\"x\":[{\"name\":\"p\",\"size\":{\"is\":\"5\"}},{\"name\":\"q\"},7,null]}",
     "{\"a\":[{\"n\":{\"m\":\"p\"},\"s\":5},{\"n\":{\"m\":\"q\"}}]}"},
    {"{ 'a', field('x'):split(','):each(object { { 'n', item():unquote() } }) }", "{\"x\":\"\\\"p\\\",q\"}",
     "{\"a\":[{\"n\":\"p\"},{\"n\":\"q\"}]}"},
    {"{ 'a', field('x'):each(item():each(item 'k')) }", "{\"x\":[[{\"k\":1},{\"k\":2}],{\"k\":3}]}",
     "{\"a\":[1,2,3]}"},
    {"{ 'a', item() }", "{\"x\":1}", "{}"}, /* outside an each there is no item */
    /* the same each in two places has its own items */
    {"(function() local e = field('x'):each(object { { 'k', item() } }) return { { 'a', e }, { 'b', e } "
     "} end)()",
     "{\"x\":[1,2]}", "{\"a\":[{\"k\":1},{\"k\":2}],\"b\":[{\"k\":1},{\"k\":2}]}"},
    /* calls: nil, texts, numbers, lists, objects; not called if nothing is there */
    {"{ 'a', field('x'):call(function(v) return v:upper() end) }, { 'b', field('no'):call(function() "
     "error 'called' end) }",
     "{\"x\":\"a\\\"\"}", "{\"a\":\"A\\\"\"}"},
    {"{ 'a', call(function(x, y) return { tostring(x), type(y) } end, field 'no', field 'x') }",
     "{\"x\":[1]}", "{\"a\":[\"nil\",\"table\"]}"},
    {"{ 'a', call(function(v) return { k = v.p, l = v.l } end, field 'x') }",
     "{\"x\":{\"p\":1.0,\"l\":[null]}}", "{\"a\":{\"k\":1.0,\"l\":[null]}}"},
    {"{ 'a', call(function(a, b) return #a .. b end, field('x'):split(' '), list(field 'y')) }",
     "{\"x\":\"1 2 3\",\"y\":5}", "{\"a\":\"35\"}"},
    {"{ 'a', call(function(v) return { { x = v }, { x = 2 } } end, field 'x'):each(item 'x') }", "{\"x\":1}",
     "{\"a\":[1,2]}"},
    {"{ 'a', call(function(v) return '' end, field 'x') }, { 'b', call(function() return postern.null "
     "end, field 'x') }",
     "{\"x\":1}", "{}"},
};

static void test_putting_together(void **state)
{
    (void)state;
    RUN_ROWS(put_together);
}

static void test_texts(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"{ 'a', field('x'):lower() }, { 'b', field('x'):upper() }", "{\"x\":\"Gr\\u00dc\xc3\x9f[`{@Z\"}",
         "{\"a\":\"gr\xc3\x9c\xc3\x9f[`{@z\",\"b\":\"GR\xc3\x9c\xc3\x9f[`{@Z\"}"},
        {"{ 'a', field('x'):trim() }, { 'b', field('y'):trim() }", "{\"x\":\" \\t a b\\n\",\"y\":\"  \"}",
         "{\"a\":\"a b\"}"},
        {"{ 'a', field('x'):unquote() }",
         "{\"x\":[\"\\\"q\\\"\",\"'s'\",\"\\\"open\",\"\\\"\",\"\\\"\\\"\"]}",
         "{\"a\":[\"q\",\"s\",\"\\\"open\",\"\\\"\"]}"},
        {"{ 'a', field('x'):replace(', ', '_') }, { 'b', field('x'):replace('zz', '') }, { 'c', "
         "field('x'):replace('a', '\"') }",
         "{\"x\":\"a, b, c\"}", "{\"a\":\"a_b_c\",\"b\":\"a, b, c\",\"c\":\"\\\", b, c\"}"},
        {"{ 'a', field('x'):before('-') }, { 'b', field('x'):after('-') }, { 'c', field('x'):after_last('-') "
         "}, "
         "{ 'd', field('x'):before('?') }, { 'e', field('x'):after('?') }, { 'f', field('x'):after('c') }",
         "{\"x\":\"a-b-c\"}", "{\"a\":\"a\",\"b\":\"b-c\",\"c\":\"c\"}"},
        {"{ 'a', field('x'):split(';') }, { 'b', field('y'):split(';') }, { 'c', field('z'):split(';') }",
         "{\"x\":\" p ;;q;\",\"y\":\"one\",\"z\":\";;\"}", "{\"a\":[\"p\",\"q\"],\"b\":\"one\"}"},
        {"{ 'a', field('t'):text() }, { 'b', field('n'):text() }, { 'c', field('o'):text() }, { 'd', "
         "field('l'):text() }, "
         "{ 'e', field('f'):text() }",
         "{\"t\":\"\\u0041\",\"n\":1.0,\"o\":{\"k\":\"v\"},\"l\":[1],\"f\":false}",
         "{\"a\":\"\\u0041\",\"b\":\"1.0\",\"c\":\"{\\\"k\\\":\\\"v\\\"}\",\"d\":\"[1]\",\"e\":\"false\"}"},
        {"{ 'a', field('x'):json() }, { 'b', field('y'):json() }, { 'c', field('z'):json():each(item 'k') }, "
         "rest()",
         "{\"x\":\"{\\\"a\\\":\\n [1.0]}\",\"y\":{\"is\":1},\"z\":\"[{\\\"k\\\":1},{\\\"k\\\":2}]\",\"w\":3}",
         "{\"a\":{\"a\":[1.0]},\"b\":{\"is\":1},\"c\":[1,2],\"z\":\"[{\\\"k\\\":1},{\\\"k\\\":2}]\",\"w\":"
         "3}"},
        {"{ 'a', field('x'):json() }, rest()", "{\"x\":\"{broken\"}", "{\"x\":\"{broken\"}"},
        {"{ 'a', field('x'):json() }, rest()", "{\"x\":\"[\\\"\\n\\\"]\"}", "{\"x\":\"[\\\"\\n\\\"]\"}"},
        {"{ 'a', list(field('x'):email 'address') }, { 'l', field('x'):email 'local' }, { 'd', "
         "list(field('x'):email 'domain') }, "
         "{ 'n', field('x'):email 'name' }",
         "{\"x\":[\"Ada L <ada@Example.com>, bob@example.com\",\"<>\",\"<eve@example.com>\"]}",
         "{\"a\":[\"ada@Example.com\",\"bob@example.com\",\"eve@example.com\"],\"l\":[\"ada\",\"bob\","
         "\"eve\"],"
         "\"d\":[\"Example.com\",\"example.com\"],\"n\":\"Ada L\"}"},
        {"{ 's', field('x'):url 'scheme' }, { 'd', field('x'):url 'domain' }, { 'p', field('x'):url 'port' "
         "}, "
         "{ 'q', field('x'):url 'query' }, { 'a', field('x'):url 'path' }, { 'e', field('x'):url 'extension' "
         "}, "
         "{ 'f', field('x'):url 'fragment' }, { 'u', field('x'):url 'username' }",
         "{\"x\":\"https://me@host.example:8443/a/b.html?x=1#top\"}",
         "{\"s\":\"https\",\"d\":\"host.example\",\"p\":8443,\"q\":\"x=1\",\"a\":\"/a/"
         "b.html\",\"e\":\"html\",\"f\":\"top\",\"u\":\"me\"}"},
        {"{ 'f', field('x'):url 'full' }, { 'd', field('x'):url 'domain' }, { 'r', field('x'):url "
         "'registered_domain' }, { 't', field('x'):url 'top_level_domain' }, { 's', field('x'):url "
         "'subdomain' }",
         "{\"x\":\" https:\\/\\/WWW.East.Example.co.uk:99999\\/ \"}",
         "{\"f\":\"https://WWW.East.Example.co.uk:99999/"
         "\",\"d\":\"WWW.East.Example.co.uk\",\"r\":\"example.co."
         "uk\",\"t\":\"co.uk\",\"s\":\"www.east\"}"},
        {"{ 'i', list(field('x'):url 'ip') }",
         "{\"x\":[\"http://[2001:db8::1]:80/\",\"192.0.2.1/x\",\"http://a.example/\"]}",
         "{\"i\":[\"2001:db8::1\",\"192.0.2.1\"]}"},
        {"{ 'r', field('x'):url 'registered_domain' }, { 'f', field('x'):url 'full' }, { 'd', field('y'):url "
         "'domain' }, { 'e', field('y'):url 'extension' }, { 'z', field('z'):url 'full' }, rest()",
         "{\"x\":[\"mail.example.com\",\"192.0.2.1\",\"a.co.uk\",\"N/"
         "A\"],\"y\":\"mailto:a@b.com\",\"z\":\"mailto:a@b.com\"}",
         "{\"r\":[\"example.com\",\"a.co.uk\"],\"z\":\"mailto:a@b.com\",\"x\":[\"mail.example.com\",\"192.0."
         "2.1\","
         "\"a.co.uk\",\"N/A\"],\"y\":\"mailto:a@b.com\"}"},
        {"{ 'p', field('x'):url 'port' }, { 'q', field('x'):url 'query' }",
         "{\"x\":\"https://host.example/\"}", "{}"},
        {"{ 'p', field('x'):url 'port' }, { 'd', field('x'):url 'domain' }, { 'a', field('x'):url 'path' }",
         "{\"x\":\"https://host.example:99999/a\"}", "{\"d\":\"host.example\",\"a\":\"/a\"}"},
        {"{ 'p', field('x'):url 'port' }, rest()", "{\"x\":\"https://host.example:8x/\"}",
         "{\"x\":\"https://host.example:8x/\"}"},
        {"{ 'd', field('x'):url 'domain' }, rest()", "{\"x\":\"https://a..b/\"}",
         "{\"x\":\"https://a..b/\"}"},
        {"{ 'd', field('x'):url 'domain' }", "{\"x\":\"https://[2001:db8::1]/\"}",
         "{\"d\":\"[2001:db8::1]\"}"},
    };
    RUN_ROWS(rows);
}

static void test_conversions(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"{ 'a', field('x'):integer() }",
         "{\"x\":[5,\"7\",\" -3 \",3.0,\"4.0\",12345678901234567890,\"1e2\",0]}",
         "{\"a\":[5,7,-3,3,4,12345678901234567890,100,0]}"},
        {"{ 'a', field('x'):integer() }, rest()", "{\"x\":\"5 apples\"}", "{\"x\":\"5 apples\"}"},
        {"{ 'a', field('x'):integer() }, rest()", "{\"x\":1.5}", "{\"x\":1.5}"},
        {"{ 'a', field('x'):integer() }, rest()", "{\"x\":1e300}", "{\"x\":1e300}"},
        {"{ 'a', field('x'):number() }", "{\"x\":[1.50,\"2.50\",\"-1e5\"]}", "{\"a\":[1.50,2.50,-1e5]}"},
        {"{ 'a', field('x'):number() }, rest()", "{\"x\":\"0x10\"}", "{\"x\":\"0x10\"}"},
        {"{ 'a', field('x'):boolean() }",
         "{\"x\":[true,\"Yes\",\"TRUE\",1,\"on\",false,\"no\",\"False\",0,\" 0 \"]}",
         "{\"a\":[true,true,true,true,true,false,false,false,false,false]}"},
        {"{ 'a', field('x'):boolean() }, rest()", "{\"x\":\"maybe\"}", "{\"x\":\"maybe\"}"},
        {"{ 'a', field('x'):time() }",
         "{\"x\":[\"2022-05-23T12:20:44-0400\",\"2022-05-23 12:20:44.5\",1653322844000,\"1653322844000\"]}",
         "{\"a\":[\"2022-05-23T16:20:44.000Z\",\"2022-05-23T12:20:44.500Z\",\"2022-05-23T16:20:44.000Z\","
         "\"2022-05-23T16:20:44.000Z\"]}"},
        {"{ 'a', field('x'):time 's' }", "{\"x\":1653322844}", "{\"a\":\"2022-05-23T16:20:44.000Z\"}"},
        {"{ 'a', field('x'):time() }", "{\"x\":\"2026-11-26 06:00:00 GMT-04:00\"}",
         "{\"a\":\"2026-11-26T10:00:00.000Z\"}"},
        {"{ 'a', field('x'):time() }", "{\"x\":1764151200}", "{\"a\":\"2025-11-26T10:00:00.000Z\"}"},
        {"{ 'a', field('x'):time() }", "{\"x\":\"1764151200000\"}", "{\"a\":\"2025-11-26T10:00:00.000Z\"}"},
        {"{ 'a', field('x'):time() }, rest()", "{\"x\":\"2026-11-26\"}", "{\"x\":\"2026-11-26\"}"},
        {"{ 'a', field('x'):time() }, rest()", "{\"x\":20261126}", "{\"x\":20261126}"},
        {"{ 'a', field('x'):time 'ms' }", "{\"x\":1764151200}", "{\"a\":\"1970-01-21T10:02:31.200Z\"}"},
        {"{ 'a', field('x'):time 'zoned' }, rest()", "{\"x\":\"2026-11-26 10:00:00\"}",
         "{\"x\":\"2026-11-26 10:00:00\"}"},
        {"{ 'a', field('x'):time 'zoned' }", "{\"x\":\"2026-11-26 23:00:00 NZDT\"}",
         "{\"a\":\"2026-11-26T10:00:00.000Z\"}"},
        {"{ 'a', field('x'):time 'zoned' }, rest()", "{\"x\":1764151200}", "{\"x\":1764151200}"},
        {"{ 'a', field('x'):time() }, rest()", "{\"x\":\"yesterday\"}", "{\"x\":\"yesterday\"}"},
        {"{ 'a', field('x'):time() }, rest()", "{\"x\":99999999999999999}", "{\"x\":99999999999999999}"},
        {"{ 'a', list(field('x'):ip()) }", "{\"x\":[\"192.0.2.1\",\" 2001:db8::1\",\"2001:DB8::A\"]}",
         "{\"a\":[\"192.0.2.1\",\"2001:db8::1\",\"2001:DB8::A\"]}"},
        {"{ 'a', field('x'):enum { Acc = 'success', ['2'] = 2, [3] = true, [true] = { 'p', 'q' } } }",
         "{\"x\":[\"Acc\",2,\"3\",true,\"\\u0041cc\"]}",
         "{\"a\":[\"success\",2,true,\"p\",\"q\",\"success\"]}"},
        {"{ 'a', field('x'):enum({ k = 1 }, 'none') }, { 'b', field('y'):enum { k = { 'l' } } }",
         "{\"y\":\"k\"}", "{\"a\":\"none\",\"b\":[\"l\"]}"},
        {"{ 'a', field('x'):enum({ k = 1 }, 'none') }", "{\"x\":{}}", "{\"a\":\"none\"}"},
        {"{ 'a', field('x'):except('N/A', 0) }, { 'b', field('y'):except(0) }, { 'c', field('z'):except('a') "
         "}",
         "{\"x\":\"N/A\",\"y\":0,\"z\":[\"a\",\"b\"]}", "{\"c\":\"b\"}"},
    };
    RUN_ROWS(rows);
}

static void test_conditions(void **state)
{
    (void)state;
    /* each condition must hold for the first event and not for the second */
    static const struct {
        const char *condition, *holds, *fails;
    } rows[] = {
        {"field 'x'", "{\"x\":\"no\"}", "{\"x\":\"\"}"},
        {"field 'x'", "{\"x\":true}", "{\"x\":false}"},
        {"field 'x'", "{\"x\":{}}", "{}"},
        {"field('x'):boolean()", "{\"x\":\"yes\"}", "{\"x\":\"no\"}"},
        {"field('x'):exists()", "{\"x\":false}", "{\"x\":null}"},
        {"field('x'):equals 'a\"'", "{\"x\":\"a\\\"\"}", "{\"x\":\"A\\\"\"}"},
        {"field('x'):equals(5)", "{\"x\":5}", "{\"x\":6}"},
        {"field('x'):equals(5)", "{\"x\":\"5\"}", "{\"x\":[]}"},
        {"field('x'):equals(true)", "{\"x\":true}", "{\"x\":false}"},
        {"field('x'):lower():equals 'malicious'", "{\"x\":\"Malicious\"}", "{\"x\":5}"},
        {"field('x'):one_of('a', 'b')", "{\"x\":\"b\"}", "{\"x\":\"c\"}"},
        {"field('x'):equals 'b'", "{\"x\":[\"a\",\"b\"]}", "{\"x\":[\"a\"]}"},
        {"field('x'):contains '.'", "{\"x\":\"a.b\"}", "{\"x\":\"ab\"}"},
        {"field('x'):starts_with 'ab'", "{\"x\":\"abc\"}", "{\"x\":\"a\"}"},
        {"field('x'):above(1.5)", "{\"x\":2}", "{\"x\":1.5}"},
        {"field('x'):above(1)", "{\"x\":\" 2 \"}", "{\"x\":\"two\"}"},
        {"field('x'):below(0)", "{\"x\":-1}", "{\"x\":0}"},
        {"map.all(field 'x', field 'y')", "{\"x\":1,\"y\":1}", "{\"x\":1}"},
        {"map.any(field 'x', field 'y')", "{\"y\":1}", "{\"z\":1}"},
        {"map.none(field 'x', field 'y')", "{}", "{\"y\":1}"},
        {"map.all(map.none(field 'x'), map.any(field('y'):equals 'a', field('y'):equals 'b'))",
         "{\"y\":\"b\"}", "{\"x\":1,\"y\":\"b\"}"},
        {"meta('stream'):starts_with 'siem'", "{}", NULL},
        {"const(true)", "{}", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char script[1024];
        snprintf(script, sizeof script,
                 PREAMBLE "return map { { 'r', when(%s, 'holds', 'fails') }, { 's', map.all(%s) } }",
                 rows[i].condition, rows[i].condition);
        struct scripts scripts;
        scripts_open(&scripts, script);
        expect_line(&scripts, rows[i].holds, "{\"r\":\"holds\",\"s\":true}");
        if (rows[i].fails) expect_line(&scripts, rows[i].fails, "{\"r\":\"fails\",\"s\":false}");
        scripts_close(&scripts);
    }
}

static void test_wrong_types_are_counted(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, PREAMBLE "return map { { 'a', field('x'):lower() }, { 'b', field('y'):ip() }, "
                                    "{ 'c', list(field('z'):integer()) }, { 'd', field('w'):time() } }");
    expect_line(&scripts, "{\"x\":5,\"y\":\"?\",\"z\":[1,\"a\",{}],\"w\":null}", "{\"c\":[1]}");
    assert_int_equal(scripts.result.wrong_types, 4);
    expect_line(&scripts, "{\"x\":\"A\",\"w\":\"\"}", "{\"a\":\"a\"}");
    assert_int_equal(scripts.result.wrong_types, 0);
    scripts_close(&scripts);
}

static void test_called_from_a_script(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(
        &scripts, PREAMBLE
        "local inner = map { { 'n', field 'x' } }\n"
        "local m = map { { 'a', field 'x' }, { 'g', given('one'):lower() }, { 'h', list(given 'two') }, { "
        "'i', field 'l.k' },\n"
        "  { 'j', field('deep'):call(function(v) return tostring(inner { x = v }) end) } }\n"
        "return function(e)\n"
        "  if e.how == 'plain' then return m(e) end\n"
        "  if e.how == 'given' then return m(e, { one = 'ONE', two = { 2, 'zwei', { 3 } }, unknown = 1 }) "
        "end\n"
        "  if e.how == 'edited' then e.x = { 7 } e.l.k = 1.5 return m(e) end\n"
        "  if e.how == 'table' then return m { x = 'table' } end\n"
        "  if e.how == 'text' then return m('{\"x\":\\n\"text\"}') end\n"
        "  if e.how == 'line' then return m(m(e)) end\n"
        "  if e.how == 'part' then return m(e.l) end\n"
        "  if e.how == 'copy' then local c = postern.copy(e) c.x = 'copy' return { m(e), m(c) } end\n"
        "  if e.how == 'string' then return { s = tostring(m(e)), line = m(e) } end\n"
        "  if e.how == 'broken' then return m 'no json' end\n"
        "  if e.how == 'list' then return m(e.list) end\n"
        "  if e.how == 'nothing' then return m() end\n"
        "  if e.how == 'caught' then pcall(m, 'no json') pcall(m) return m(e) end\n"
        "end");
    expect_line(&scripts, "{\"how\":\"plain\",\"x\":1.0}", "{\"a\":1.0}");
    expect_line(&scripts, "{\"how\":\"given\",\"x\":1.0}", "{\"a\":1.0,\"g\":\"one\",\"h\":[2,\"zwei\",3]}");
    expect_line(&scripts, "{\"how\":\"edited\",\"x\":1,\"l\":{}}", "{\"a\":[7],\"i\":1.5}");
    expect_line(&scripts, "{\"how\":\"table\"}", "{\"a\":\"table\"}");
    expect_line(&scripts, "{\"how\":\"text\"}", "{\"a\":\"text\"}");
    expect_line(&scripts, "{\"how\":\"line\",\"x\":1}", "{}");
    expect_line(&scripts, "{\"how\":\"part\",\"l\":{\"x\":\"inside\"}}", "{\"a\":\"inside\"}");
    expect_line(&scripts, "{\"how\":\"string\",\"x\":1}", "{\"line\":{\"a\":1},\"s\":\"{\\\"a\\\":1}\"}");
    expect_line(&scripts, "{\"how\":\"plain\",\"deep\":1}", "{\"j\":\"{\\\"n\\\":1}\"}");
    expect_line(&scripts, "{\"how\":\"caught\",\"x\":1}", "{\"a\":1}");
    expect_failure(&scripts, "{\"how\":\"broken\"}", "not valid JSON at byte 0");
    expect_failure(&scripts, "{\"how\":\"list\",\"list\":[]}", "not on a list");
    expect_failure(&scripts, "{\"how\":\"nothing\"}", "event expected");
    scripts_run(&scripts, "{\"how\":\"copy\",\"x\":1}");
    assert_int_equal(scripts.result.output_count, 2);
    assert_true(text_is(scripts.result.outputs[1].text, "{\"a\":\"copy\"}"));
    scripts_close(&scripts);
}

static void test_a_failing_function_fails_the_event(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts,
                 PREAMBLE "return map { { 'a.b', field('x'):call(function(v)\n  return v.k.l\nend) } }");
    expect_failure(&scripts, "{\"x\":{}}", "1.lua:6: ");
    expect_failure(&scripts, "{\"x\":5}", "1.lua:6: ");
    expect_line(&scripts, "{\"x\":{\"k\":{\"l\":1}}}", "{\"a\":{\"b\":1}}");
    scripts_close(&scripts);
}

/* Expressions that double at every step are worked out once each: no explosion of time or memory. */
static void test_shared_expressions_stay_small(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, PREAMBLE "local e = field('x'):lower()\n"
                                    "for i = 1, 40 do e = list(e, e) end\n"
                                    "return map { { 'a', e } }");
    expect_line(&scripts, "{\"x\":\"A\"}", "{\"a\":[\"a\"]}");
    scripts_close(&scripts);
}

static void test_a_large_event(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, PREAMBLE
                 "return map { { 'n', list(field('l'):each(item 'n')):call(function(l) return #l end) }, "
                 "{ 'last', field 'k9999' }, { 'm', rest() } }");
    struct buffer json = {.limit = 1 << 22};
    buffer_append_string(&json, "{\"l\":[");
    for (int i = 0; i < 5000; i++)
        buffer_printf(&json, "%s{\"n\":%d}", i ? "," : "", i);
    buffer_append_string(&json, "]");
    for (int i = 0; i < 10000; i++)
        buffer_printf(&json, ",\"k%d\":%d", i, i);
    buffer_append_string(&json, "}");
    struct script_event event = scripts_event("");
    event.json = buffer_text(&json);
    script_run(scripts.runner, &event, &scripts.result);
    if (scripts.result.verdict != SCRIPT_KEPT) fail_msg("%s", scripts.result.error.message);
    assert_true(text_starts_with(scripts.result.outputs[0].text,
                                 "{\"n\":5000,\"last\":9999,\"m\":{\"l\":[{\"n\":0}"));
    assert_true(text_ends_with(scripts.result.outputs[0].text, "\"k9998\":9998}}"));
    buffer_free(&json);
    scripts_close(&scripts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_rest),
        cmocka_unit_test(test_putting_together),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_conversions),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_wrong_types_are_counted),
        cmocka_unit_test(test_called_from_a_script),
        cmocka_unit_test(test_a_failing_function_fails_the_event),
        cmocka_unit_test(test_shared_expressions_stay_small),
        cmocka_unit_test(test_a_large_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

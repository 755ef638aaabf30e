/* The types of fields in maps: what each lets through, as a method and by a schema, and what becomes of the
 * rest. */
#include "map_fixture.h"

/* Texts stand between quotes here, so that numbers and lists can stand beside them; NULL ends a list. */
static const struct {
    const char *type, *method;
    const char *good[16], *bad[24];
} types[] = {
    {"keyword",
     NULL,
     {"\"a b\"", "\"\\u0000\"", "\"\\\"\"", NULL},
     {"{}", "{\"a\":1}", "[[1]]", "[{}]", NULL}},
    {"text", NULL, {"\"a\\nb\"", NULL}, {"{\"a\":\"b\"}", "[[\"a\"]]", NULL}},
    {"boolean", ":boolean()", {"true", "false", NULL}, {"\"maybe\"", "2", "{}", "\"\\u0000\"", NULL}},
    {"long",
     NULL,
     {"0", "-5", "9223372036854775807", "-9223372036854775808", NULL},
     {"9223372036854775808", "-9223372036854775809", "99999999999999999999", "1.5", "1e300", "\"12 apples\"",
      "\"\\u0000\"", "\" \"", "true", "{}", "[[5]]", "\"0x10\"", "\"-\"", NULL}},
    {"size",
     ":size()",
     {"0", "1", "9223372036854775807", NULL},
     {"-1", "\"-1\"", "9223372036854775808", "99999999999999999999", "1.5", "\"1 KiB\"", "true", "{}", NULL}},
    {"port",
     ":port()",
     {"0", "443", "65535", NULL},
     {"65536", "99999", "-1", "\"99999\"", "\"http\"", "443.5", "\"443/tcp\"", "false", "[{}]", NULL}},
    {"float",
     NULL,
     {"0.5", "-1e5", "12", "3.4e38", NULL},
     {"3.5e38", "-1e300", "1e999", "\"NaN\"", "\"Infinity\"", "\"0x1p3\"", "\"1,5\"", "{}", NULL}},
    {"date",
     NULL,
     {"\"2026-11-26T09:00:00.000Z\"", NULL},
     {"\"yesterday\"", "\"2026-13-01T00:00:00Z\"", "\"26/11/2026\"", "true", "{}", "1e300", NULL}},
    {"ip",
     ":ip()",
     {"\"192.0.2.7\"", "\"2001:db8::1\"", "\"::ffff:192.0.2.1\"", NULL},
     {"\"192.0.2.7, Browser: Firefox\"", "\"192.0.2.7:443\"", "\"[2001:db8::1]\"", "\"fe80::1%eth0\"",
      "\"192.0.2\"", "\"300.0.2.1\"", "\"unknown\"", "\"192.0.2.7\\u0000\"", "3221225991", "{}",
      "\"192.0.2.07\"", NULL}},
    {"domain",
     ":domain()",
     {"\"example.com\"",
      "\"b\xc3\xbc"
      "cher.example\"",
      NULL},
     {"\"Ann Lee <ann@example.com>\"", "\"ann@example.com\"", "\"192.0.2.1\"", "\"2001:db8::1\"", "\"a b\"",
      "\"a..b\"", "5", "\"exa\\u0000mple.com\"", "\"\\ud800.example\"", "\"\\udc00\"", "\"exa\xff.com\"",
      "\"a\\\"b\"", "true", "{}", NULL}},
    {"host",
     ":host()",
     {"\"example.com\"", "\"192.0.2.1\"", "\"2001:db8::1\"", "\"[2001:db8::1]\"", NULL},
     {"\"example.com:443\"", "\"[192.0.2.1]\"", "\"a b\"", "\"\\ud800\"", "5", "{}", NULL}},
    {"email",
     NULL,
     {"\"ann@example.com\"", "\"\\\"a b\\\"@example.com\"", "\"ann@[192.0.2.1]\"", NULL},
     {"\"Ann Lee <ann@example.com>\"", "\"<ann@example.com>\"", "\"ann@example.com, bob@example.com\"",
      "\"<>\"", "\"ann\"", "\"ann@\"", "\"@example.com\"", "\"ann@exam ple.com\"", "\"ann@@example.com\"",
      "\"ann\\u0000@example.com\"", "5", NULL}},
    {"extension",
     ":extension()",
     {"\"pdf\"", "\"7z\"", NULL},
     {"\"2 final\"", "\"tar.gz\"", "\"2026\"", "\"a/b\"", "\"abcdefghijklmnopq\"", "\".\"", "5",
      "\"p\\u0000f\"", "{}", NULL}},
    {"md5",
     ":hash 'md5'",
     {"\"d41d8cd98f00b204e9800998ecf8427e\"", "\"D41D8CD98F00B204E9800998ECF8427E\"", NULL},
     {"\"d41d8cd98f00b204e9800998ecf8427\"", "\"x41d8cd98f00b204e9800998ecf8427e\"", "5", "\"\"", "{}",
      "\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"", "\"d41d8cd98f00b204e9800998ecf8427\\u0000\"", NULL}},
    {"sha1",
     ":hash 'sha1'",
     {"\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"", NULL},
     {"\"d41d8cd98f00b204e9800998ecf8427e\"", "\"none\"", NULL}},
    {"sha256",
     ":hash 'sha256'",
     {"\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"", NULL},
     {"\"d41d8cd98f00b204e9800998ecf8427e\"",
      "\"e3b0c44298fc1c14 9afbf4c8996fb92427ae41e4649b934ca495991b7852b85\"", NULL}},
    {"sha512",
     ":hash 'sha512'",
     {"\"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b9"
      "31bd47417a81a53"
      "8327af927da3e\"",
      NULL},
     {"\"d41d8cd98f00b204e9800998ecf8427e\"", NULL}},
    {"hash",
     ":hash()",
     {"\"d41d8cd98f00b204e9800998ecf8427e\"", "\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"", NULL},
     {"\"d41d8cd98f00b204e9800998ecf8427\"", "\"deadbeef\"", "5", NULL}},
    {"object", NULL, {"{\"a\":1}", "{\"a\":[1]}", NULL}, {"5", "\"{}\"", "[[1]]", "true", NULL}},
};

/* The one line that comes of an event. */
static const char *line_of(struct scripts *scripts, const char *event)
{
    static char line[1 << 16];
    scripts_run(scripts, event);
    if (scripts->result.verdict == SCRIPT_FAILED)
        fail_msg("%.200s: %s", event, scripts->result.error.message);
    assert_int_equal(scripts->result.output_count, 1);
    assert_true(text_to_string(scripts->result.outputs[0].text, line, sizeof line));
    return line;
}

static void expect_map(const char *declaration, const char *event, const char *expected)
{
    char script[4096];
    snprintf(script, sizeof script, PREAMBLE "return map { %s }", declaration);
    struct scripts scripts;
    scripts_open(&scripts, script);
    const char *line = line_of(&scripts, event);
    if (strcmp(line, expected) != 0)
        fail_msg("%s\nof %s\ngave %s\nnot  %s", declaration, event, line, expected);
    scripts_close(&scripts);
}

static void each_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char schema[512], method[512], event[1024], expected[1024];
        snprintf(schema, sizeof schema,
                 "schema = { a = '%s', m = 'any' }, { 'a', field 'x' }, { 'm', rest() }", types[i].type);
        snprintf(method, sizeof method, "{ 'a', field('x')%s }, { 'm', rest() }",
                 types[i].method ? types[i].method : "");
        for (const char *const *good = types[i].good; *good; good++) {
            snprintf(event, sizeof event, "{\"x\":%s}", *good);
            snprintf(expected, sizeof expected, "{\"a\":%s}", *good);
            expect_map(schema, event, expected);
            if (types[i].method) expect_map(method, event, expected);
        }
        for (const char *const *bad = types[i].bad; *bad; bad++) {
            snprintf(event, sizeof event, "{\"x\":%s}", *bad);
            struct scripts mended; /* what stays is delivered as strict JSON, as ever */
            scripts_open(&mended, PREAMBLE "return map { { 'm', rest() } }");
            strcpy(expected, line_of(&mended, event));
            scripts_close(&mended);
            expect_map(schema, event, expected);
            if (types[i].method) expect_map(method, event, expected);
        }
    }
}

static void huge_texts(void **state)
{
    (void)state;
    static char event[(10 << 20) + 64], script[512];
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].type, "keyword") == 0 || strcmp(types[i].type, "text") == 0) continue;
        for (const char *digit = "a1.-@"; *digit; digit++) {
            strcpy(event, "{\"x\":\"");
            memset(event + 6, *digit, 10 << 20);
            strcpy(event + 6 + (10 << 20), "\"}");
            snprintf(script, sizeof script,
                     PREAMBLE "return map { schema = { a = '%s' }, { 'a', field 'x' } }", types[i].type);
            struct scripts scripts;
            scripts_open(&scripts, script);
            assert_string_equal(line_of(&scripts, event), "{}");
            scripts_close(&scripts);
        }
    }
}

static const struct {
    const char *declaration, *event, *expected;
} rows[] = {
    /* the same value, written as the type wants it */
    {"schema = { a = 'long', b = 'port', c = 'boolean', d = 'date', e = 'keyword', f = 'extension', g = 'ip' "
     "},"
     "{ 'a', field 'a' }, { 'b', field 'b' }, { 'c', field 'c' }, { 'd', field 'd' }, { 'e', field 'e' }, { "
     "'f', field 'f' },"
     "{ 'g', field 'g' }",
     "{\"a\":\" 25 "
     "\",\"b\":443.0,\"c\":\"Yes\",\"d\":\"2026-11-26T10:00:00+0100\",\"e\":12345678901234567890,\"f\":\"."
     "PDF\","
     "\"g\":\" 192.0.2.1\"}",
     "{\"a\":25,\"b\":443,\"c\":true,\"d\":\"2026-11-26T09:00:00.000Z\",\"e\":\"12345678901234567890\",\"f\":"
     "\"PDF\","
     "\"g\":\"192.0.2.1\"}"},
    /* lists: always, or never */
    {"schema = { a = 'keyword[]', b = 'keyword' }, { 'a', field 'x' }, { 'b', list(field 'x') }",
     "{\"x\":\"1\"}", "{\"a\":[\"1\"],\"b\":\"1\"}"},
    {"schema = { a = 'keyword[]', m = 'any' }, { 'a', field 'x' }, { 'm', rest() }",
     "{\"x\":[\"1\",null,2,{\"k\":1}]}", "{\"a\":[\"1\",\"2\"],\"m\":{\"x\":[\"1\",null,2,{\"k\":1}]}}"},
    {"schema = { b = 'keyword', m = 'any' }, { 'b', field 'x' }, { 'm', rest() }", "{\"x\":[\"1\",\"2\"]}",
     "{\"b\":\"1\",\"m\":{\"x\":[\"1\",\"2\"]}}"},
    {"schema = { b = 'keyword', m = 'any' }, { 'b', field 'x' }, { 'm', rest() }", "{\"x\":[\"1\",\"1\"]}",
     "{\"b\":\"1\"}"},
    {"schema = { b = 'ip', m = 'any' }, { 'b', field 'x' }, { 'm', rest() }", "{\"x\":[\"?\",\"192.0.2.1\"]}",
     "{\"b\":\"192.0.2.1\",\"m\":{\"x\":[\"?\",\"192.0.2.1\"]}}"},
    {"schema = { b = 'keyword', m = 'any' }, { 'b', list(field 'x', field 'y') }, { 'm', rest() }",
     "{\"x\":[\"1\",\"2\"],\"y\":\"1\"}", "{\"b\":\"1\",\"m\":{\"x\":[\"1\",\"2\"],\"y\":\"1\"}}"},
    {"schema = { b = 'ip[]', m = 'any' }, { 'b', list(field 'x', field 'y') }, { 'm', rest() }",
     "{\"x\":[\"192.0.2.1\",\"?\"],\"y\":\"192.0.2.1\"}",
     "{\"b\":[\"192.0.2.1\"],\"m\":{\"x\":[\"192.0.2.1\",\"?\"],\"y\":\"192.0.2.1\"}}"},
    {"schema = { b = 'keyword', m = 'any' }, { 'b', field('x'):lower() }, { 'm', rest() }",
     "{\"x\":[\"ABC\",\"ABC\"]}", "{\"b\":\"abc\"}"},
    {"schema = { b = 'email', m = 'any' }, { 'b', field('x'):email 'address' }, { 'm', rest() }",
     "{\"x\":[\"a@b.c\",\"a@b.c\"]}", "{\"b\":\"a@b.c\"}"},
    /* whatever the value comes from */
    {"schema = { a = 'ip' }, { 'a', call(function() return 'no ip' end, field 'x') }", "{\"x\":1}", "{}"},
    {"schema = { a = 'ip[]', m = 'any' }, { 'a', call(function() return { '::1', 'no ip' } end, field 'x') "
     "}, { 'm', rest() }",
     "{\"x\":1}", "{\"a\":[\"::1\"],\"m\":{\"x\":1}}"},
    {"schema = { a = 'ip' }, { 'a', field('x'):each(item 'k') }", "{\"x\":[{\"k\":\"?\"},{\"k\":\"::1\"}]}",
     "{\"a\":\"::1\"}"},
    {"schema = { a = 'ip' }, { 'a', first(field('x'):ip(), field 'x') }", "{\"x\":\"?\"}", "{}"},
    {"schema = { a = 'ip' }, { 'a', when(field 'x', field 'x', '::1') }", "{\"x\":\"?\"}", "{}"},
    {"schema = { a = 'keyword' }, { 'a', field('x'):json() }", "{\"x\":\"{\\\"a\\\":1}\"}", "{}"},
    {"schema = { a = 'keyword' }, { 'a', meta 'received' }", "{}", "{\"a\":\"1767323045678\"}"},
    {"schema = { a = 'domain' }, { 'a', field('x'):url 'domain' }", "{\"x\":\"https://192.0.2.1/\"}", "{}"},
    /* objects: those of the map, and those of others */
    {"schema = { ['a.b'] = 'port', ['a.c.d'] = 'ip[]' }, { 'a', object { { 'b', field 'x' }, { 'c.d', field "
     "'y' } } }",
     "{\"x\":70000,\"y\":\"::1\"}", "{\"a\":{\"c\":{\"d\":[\"::1\"]}}}"},
    {"schema = { a = 'object[]', ['a.b'] = 'port' }, { 'a', object { { 'b', field 'x' } } }", "{\"x\":7}",
     "{\"a\":[{\"b\":7}]}"},
    {"schema = { a = 'object[]', ['a.b'] = 'port', c = 'object', ['c.b'] = 'ip', m = 'any' },"
     "{ 'a', list(field('x'):each(object { { 'b', item 'v' } })) }, { 'm', rest() }",
     "{\"x\":[{\"v\":7},{\"v\":\"?\"}]}", "{\"a\":[{\"b\":7}],\"m\":{\"x\":[{\"v\":7},{\"v\":\"?\"}]}}"},
    {"schema = { a = 'object[]', ['a.f.n'] = 'keyword', ['a.f.s'] = 'size', ['a.l'] = 'ip[]', ['a.z'] = "
     "'any', m = 'any' },"
     "{ 'a', field 'x' }, { 'm', rest() }",
     "{\"x\":[{\"f\":{\"n\":5,\"s\":\"7\"},\"l\":\"::1\",\"z\":{\"q\":[1.0]},\"e\":null}]}",
     "{\"a\":[{\"f\":{\"n\":\"5\",\"s\":7},\"l\":[\"::1\"],\"z\":{\"q\":[1.0]}}]}"},
    {"schema = { a = 'object[]', ['a.f.n'] = 'keyword', ['a.f.s'] = 'size', m = 'any' }, { 'a', field 'x' }, "
     "{ 'm', rest() }",
     "{\"x\":[{\"f\":{\"n\":\"5\",\"s\":-7,\"s\":7}},{\"f\":1},{\"g\":1},5,{\"f\":{\"\\u006e\":[\"p\",\"q\"]}"
     "}]}",
     "{\"a\":[{\"f\":{\"n\":\"5\"}},{\"f\":{\"n\":\"p\"}}],\"m\":{\"x\":[{\"f\":{\"n\":\"5\",\"s\":-7,\"s_"
     "2\":7}},{\"f\":1},"
     "{\"g\":1},5,{\"f\":{\"\\u006e\":[\"p\",\"q\"]}}]}}"},
    /* a member that the schema has not, and one that comes twice, keep the field in the rest */
    {"schema = { a = 'object', ['a.b'] = 'keyword', m = 'any' }, { 'a', field 'x' }, { 'm', rest() }",
     "{\"x\":{\"b\":\"1\",\"c\":1}}", "{\"a\":{\"b\":\"1\"},\"m\":{\"x\":{\"b\":\"1\",\"c\":1}}}"},
    {"schema = { a = 'object', ['a.b'] = 'keyword', m = 'any' }, { 'a', field 'x' }, { 'm', rest() }",
     "{\"x\":{\"b\":\"1\",\"b\":\"2\"}}", "{\"a\":{\"b\":\"1\"},\"m\":{\"x\":{\"b\":\"1\",\"b_2\":\"2\"}}}"},
    {"schema = { a = 'object', ['a.b'] = 'ip' }, { 'a', call(function() return { b = '?', c = 1 } end, field "
     "'x') }",
     "{\"x\":1}", "{}"},
    {"schema = { ['ecs.version'] = 'keyword' }, { 'ecs', const { version = '8' } }", "{}",
     "{\"ecs\":{\"version\":\"8\"}}"},
    {"schema = { l = 'object', m = 'any' }, { 'l.a.b', field 'x' }, { 'm.n', field 'x' }", "{\"x\":[1]}",
     "{\"l\":{\"a\":{\"b\":[1]}},\"m\":{\"n\":[1]}}"},
    /* an object in two places has the types of each */
    {"schema = { ['a.k'] = 'ip', ['b.k'] = 'port' }, "
     "(function() local o = object { { 'k', field 'x' } } return { { 'a', o }, { 'b', o } } end)()",
     "{\"x\":\"::1\"}", "{\"a\":{\"k\":\"::1\"}}"},
    /* an object that a condition or a function asks about lies nowhere */
    {"schema = { a = 'keyword' }, { 'a', when(object { { 'zzz', field 'x' } }, 'yes') }", "{\"x\":1}",
     "{\"a\":\"yes\"}"},
    /* several tables: the first that knows a target counts */
    {"schema = { { a = 'ip' }, { a = 'keyword', b = 'keyword' } }, { 'a', field 'x' }, { 'b', field 'x' }",
     "{\"x\":\"?\"}", "{\"b\":\"?\"}"},
    /* the name beside an address stays in the rest, unless it is in the document as well */
    {"{ 'a', list(field('x'):email 'address') }, { 'd', field('x'):email 'domain' }, rest()",
     "{\"x\":[\"b@b.c\",\"Ann Lee <a@b.c>\"]}",
     "{\"a\":[\"b@b.c\",\"a@b.c\"],\"d\":[\"b.c\",\"b.c\"],\"x\":[\"b@b.c\",\"Ann Lee <a@b.c>\"]}"},
    {"{ 'a', field('x'):email 'address' }, { 'n', field('x'):email 'name' }, rest()",
     "{\"x\":\"Ann Lee <a@b.c>\"}", "{\"a\":\"a@b.c\",\"n\":\"Ann Lee\"}"},
    {"{ 'a', field('x'):email 'address' }, rest()", "{\"x\":\" <a@b.c>\"}", "{\"a\":\"a@b.c\"}"},
    /* extensions of names */
    {"{ 'a', field('x'):file_extension() }, { 'm', rest() }", "{\"x\":\"Report v1.2 final\"}",
     "{\"m\":{\"x\":\"Report v1.2 final\"}}"},
    {"{ 'a', field('x'):file_extension() }", "{\"x\":[\"a.tar.gz\",\"b\",\"c.\\u0070df\"]}",
     "{\"a\":[\"gz\",\"pdf\"]}"},
};

static void each_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_map(rows[i].declaration, rows[i].event, rows[i].expected);
}

/* Of two values that differ a method makes equal ones: a field that holds one value shows one of them, so the
 * list stays in the rest. Where both were the same to begin with nothing is lost. */
static const struct {
    const char *type, *method, *first, *second, *made;
} equal_made[] = {
    {"keyword", "lower()", "ABC", "abc", "\"abc\""},
    {"keyword", "upper()", "abc", "Abc", "\"ABC\""},
    {"keyword", "trim()", " abc", "abc ", "\"abc\""},
    {"keyword", "unquote()", "'abc'", "abc", "\"abc\""},
    {"keyword", "replace('-', '')", "a-b", "ab", "\"ab\""},
    {"keyword", "before '/'", "abc/1", "abc/2", "\"abc\""},
    {"keyword", "after '/'", "1/abc", "2/abc", "\"abc\""},
    {"keyword", "after_last '/'", "1/abc", "2/3/abc", "\"abc\""},
    {"keyword", "sub(1, 2)", "abc", "abd", "\"ab\""},
    {"keyword", "match '%d+'", "a1", "b1", "\"1\""},
    {"keyword", "split ','", "a,", ",a", "\"a\""},
    {"keyword", "names()", "a,", "a", "\"a\""},
    {"long", "json()", "5 ", "5", "5"},
    {"email", "email 'address'", "Ann <a@b.c>", "a@b.c", "\"a@b.c\""},
    {"host", "email 'domain'", "a@b.c", "d@b.c", "\"b.c\""},
    {"keyword", "url 'domain'", "https://b.c/1", "https://b.c/2", "\"b.c\""},
    {"keyword", "url 'registered_domain'", "https://a.b.com/", "https://c.b.com/", "\"b.com\""},
    {"port", "url 'port'", "https://a.b:8443/", "https://c.d:8443/", "8443"},
    {"extension", "file_extension()", "a.pdf", "b.pdf", "\"pdf\""},
    {"long", "integer()", " 5", "5", "5"},
    {"float", "number()", " 5", "5", "5"},
    {"boolean", "boolean()", "yes", "true", "true"},
    {"ip", "ip()", " ::1", "::1", "\"::1\""},
    {"domain", "domain()", " b.c", "b.c", "\"b.c\""},
    {"extension", "extension()", ".pdf", "pdf", "\"pdf\""},
    {"date", "time()", "2026-01-02T03:04:05Z", "2026-01-02T04:04:05+01:00", "\"2026-01-02T03:04:05.000Z\""},
    {"long", "time():format 's'", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.5Z", "1767323045"},
    {"keyword", "enum { a = 'x', b = 'x' }", "a", "b", "\"x\""},
    {"keyword", "lower():enum { a = 'x' }", "A", "a", "\"x\""},
    {"keyword", "each(item():lower())", "A", "a", "\"a\""},
};

static void equal_made_of_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof equal_made / sizeof *equal_made; i++) {
        char declaration[512], event[512], expected[1024];
        snprintf(declaration, sizeof declaration,
                 "schema = { a = '%s', m = 'any' }, { 'a', field('x'):%s }, { 'm', rest() }",
                 equal_made[i].type, equal_made[i].method);
        snprintf(event, sizeof event, "{\"x\":[\"%s\",\"%s\"]}", equal_made[i].first, equal_made[i].second);
        snprintf(expected, sizeof expected, "{\"a\":%s,\"m\":%s}", equal_made[i].made, event);
        expect_map(declaration, event, expected);
    }
}

static void given_values(void **state)
{
    (void)state;
    static const struct {
        const char *given, *expected;
        unsigned wrong;
    } given_rows[] = {
        {"{ ip = '192.0.2.7', size = 5 }", "{\"ip\":\"192.0.2.7\",\"size\":5}", 0},
        {"{ ip = '192.0.2.7, Browser: Firefox', size = -5 }", "{}", 2},
        {"{ ip = { '192.0.2.7', '192.0.2.8' }, size = '5' }", "{\"ip\":\"192.0.2.7\",\"size\":5}", 1},
        {"{ ip = { a = 1 }, size = {} }", "{}", 2},
        {"{ ip = true, size = 1.5 }", "{}", 2},
    };
    for (size_t i = 0; i < sizeof given_rows / sizeof *given_rows; i++) {
        char script[1024];
        snprintf(
            script, sizeof script,
            PREAMBLE
            "local m = map { schema = { ip = 'ip', size = 'size' }, { 'ip', given 'ip' }, { 'size', given "
            "'size' } }\nreturn function(event) return m(event, %s) end",
            given_rows[i].given);
        struct scripts scripts;
        scripts_open(&scripts, script);
        assert_string_equal(line_of(&scripts, "{}"), given_rows[i].expected);
        assert_int_equal(scripts.result.wrong_types, given_rows[i].wrong);
        scripts_close(&scripts);
    }
}

/* A value that its own method has proved is not proved again: the check counts each wrong value once. */
static void checks_are_not_repeated(void **state)
{
    (void)state;
    static const char *const expressions[] = {
        "field('x'):ip()",        "field('x'):hash 'md5'", "field('x'):port()",
        "field('x'):size()",      "field('x'):domain()",   "first(field('x'):ip(), field('x'):trim():ip())",
        "field('x'):extension()", "field('x'):boolean()",  "field('x'):time()",
    };
    static const char *const names[] = {"ip", "md5",       "port",    "size", "domain",
                                        "ip", "extension", "boolean", "date"};
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++) {
        char script[1024], plain[1024];
        snprintf(script, sizeof script, PREAMBLE "return map { schema = { a = '%s' }, { 'a', %s } }",
                 names[i], expressions[i]);
        snprintf(plain, sizeof plain, PREAMBLE "return map { { 'a', %s } }", expressions[i]);
        struct scripts scripts;
        scripts_open(&scripts, script);
        line_of(&scripts, "{\"x\":\"? ?\"}");
        uint64_t wrong = scripts.result.wrong_types;
        scripts_close(&scripts);
        scripts_open(&scripts, plain);
        line_of(&scripts, "{\"x\":\"? ?\"}");
        assert_int_equal(wrong, scripts.result.wrong_types);
        scripts_close(&scripts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type),    cmocka_unit_test(huge_texts),
        cmocka_unit_test(each_row),     cmocka_unit_test(equal_made_of_others),
        cmocka_unit_test(given_values), cmocka_unit_test(checks_are_not_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The helper library as scripts see it: each row is a Lua expression that must be true, or code that must
 * fail. */
#include "../patient_limits.h"
#include "base/error.h"
#include "base/text.h"
#include "sandbox/sandbox.h"
#include "script/library/library.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
// cmocka needs the headers above
#include <cmocka.h>

static struct lookup_files *files;
static struct script_library_context context;
static struct sandbox *sandbox;

static void open_sandbox(const struct sandbox_limits *limits)
{
    sandbox = sandbox_new(limits, "test");
    assert_non_null(sandbox);
    lua_State *L = sandbox_lua(sandbox);
    context =
        (struct script_library_context){.files = files, .directory = TEST_SOURCE_DIR "/tests/unit/script"};
    lua_newtable(L);
    script_library_open(L, &context);
    lua_setglobal(L, "postern");
}

static int set_up(void **state)
{
    (void)state;
    files = lookup_files_new();
    open_sandbox(patiently());
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sandbox_free(sandbox);
    lookup_files_free(files);
    return 0;
}

/* Runs `code`; its first result stays on the stack. */
static postern_status run(const char *code, postern_error *error)
{
    postern_status status = sandbox_load(sandbox, text_of(code), "row", error);
    return status < 0 ? status : sandbox_call(sandbox, 0, 1, NULL, error);
}

static void check_true(const char *const *expressions)
{
    lua_State *L = sandbox_lua(sandbox);
    for (; *expressions; expressions++) {
        char code[2048];
        postern_error error = ERROR_INIT;
        snprintf(code, sizeof code, "return %s", *expressions);
        if (run(code, &error) < 0) fail_msg("%s\n  failed: %s", *expressions, error.message);
        if (!lua_isboolean(L, -1) || !lua_toboolean(L, -1)) fail_msg("%s\n  is not true", *expressions);
        lua_settop(L, 0);
    }
}

struct refusal {
    const char *code, *message;
};

static void check_refused(const struct refusal *rows)
{
    for (; rows->code; rows++) {
        postern_error error = ERROR_INIT;
        if (run(rows->code, &error) >= 0) fail_msg("%s\n  did not fail", rows->code);
        if (!strstr(error.message, rows->message))
            fail_msg("%s\n  said: %s\n  not:  %s", rows->code, error.message, rows->message);
        lua_settop(sandbox_lua(sandbox), 0);
    }
}

static void texts(void **state)
{
    (void)state;
    check_true((const char *const[]){
        "postern.lower('MiXeD 42') == 'mixed 42'",
        "postern.upper('MiXeD 42') == 'MIXED 42'",
        "postern.lower('\xc3\x84\xff@[`{') == '\xc3\x84\xff@[`{'", /* only A-Z: UTF-8, wild bytes, neighbours
                                                                      stay */
        "postern.upper('\xc3\xa4@[`{') == '\xc3\xa4@[`{'",
        "postern.lower('') == ''",
        "postern.lower(nil) == nil",
        "postern.lower() == nil",
        "postern.lower(postern.null) == nil",
        "select('#', postern.lower(nil)) == 1", /* a real nil, so that f(postern.lower(x)) has its argument */
        "postern.trim('  a b\\r\\n\\t') == 'a b'",
        "postern.trim('   ') == ''",
        "postern.strip_quotes('\"a.pdf\"') == 'a.pdf'",
        "postern.strip_quotes(\" 'a.pdf' \") == 'a.pdf'",
        "postern.strip_quotes('\"a.pdf') == '\"a.pdf'", /* not both sides */
        "postern.strip_quotes('\"') == '\"'",
        "postern.strip_quotes('\"\"') == ''",
        "table.concat(postern.split('a,b,,c'), '|') == 'a|b||c'",
        "table.concat(postern.split('a, b', ', '), '|') == 'a|b'",
        "#postern.split('') == 1 and postern.split('')[1] == ''",
        "#postern.split('a,b,c', ',', 2) == 2 and postern.split('a,b,c', ',', 2)[2] == 'b,c'",
        "#postern.split('a.b', '.') == 2", /* plain, no pattern */
        "postern.split(nil) == nil",
        "postern.replace('a.b.c', '.', '--') == 'a--b--c'",
        "postern.replace('aaa', 'aa', 'b') == 'ba'",
        "postern.replace('100%', '%', '%1') == '100%1'", /* neither side is a pattern */
        "postern.replace('abc', 'x', 'y') == 'abc'",
        "postern.replace('', 'x', 'y') == ''",
        "postern.starts_with('https://x', 'https') == true",
        "postern.starts_with('http', 'https') == false",
        "postern.starts_with(nil, 'x') == false",
        "postern.starts_with({}, 'x') == false",
        "postern.starts_with('x', '') == true",
        "postern.ends_with('a.EXE', '.EXE') == true",
        "postern.ends_with('a', 'aa') == false",
        NULL,
    });
    check_refused((const struct refusal[]){
        {"postern.lower({})", "text expected, got table"},
        {"postern.lower(5)", "text expected, got number"},
        {"postern.split('a', '')", "empty text"},
        {"postern.split('a', ',', 0)", "at least one part"},
        {"postern.replace('a', '', 'x')", "empty text"},
        {"postern.replace('a', 'b')", "text expected"},
        {NULL, NULL},
    });
}

static void times_as_usual(void **state)
{
    (void)state;
    check_true((const char *const[]){
        "postern.time.parse('Thu Nov 26 12:00:00 GMT+02:00 2026') == 1795687200000",
        "postern.time.parse('Thu, 26 Nov 2026 10:00:00 GMT') == 1795687200000",
        "postern.time.parse('2026-11-26 11:00:00 PM NZDT') == 1795687200000",
        "postern.time.parse('1764151200') == 1764151200000", /* seconds or milliseconds, by their size */
        "postern.time.parse(1764151200) == 1764151200000",
        "postern.time.parse(1764151200.25) == 1764151200250",
        "postern.time.parse(1764151200000) == 1764151200000",
        "postern.time.parse(20261126) == nil",
        "postern.time.parse(math.huge) == nil and postern.time.parse(0/0) == nil",
        "postern.time.parse('1764151200', 'iso') == nil",
        "postern.time.parse('2026-11-26') == nil",
        NULL,
    });
}

static void times(void **state)
{
    (void)state;
    check_true((const char *const[]){
        "postern.time.parse('1970-01-01T00:00:01Z') == 1000",
        "postern.time.parse('2022-05-23T12:20:44-0400') == 1653322844000",
        "math.type(postern.time.parse('2022-05-23T12:20:44.5-0400')) == 'integer'",
        "postern.time.parse('2022-05-23T12:20:44') == 1653308444000", /* no offset: UTC */
        "postern.time.parse('yesterday') == nil",
        "postern.time.parse(nil) == nil",
        "postern.time.parse({}) == nil",
        "postern.time.parse(postern.null) == nil",
        "postern.time.parse('Tue, 24 Nov 2015 12:50:11 GMT', 'http') == 1448369411000",
        "postern.time.parse('1448369411', 'epoch') == 1448369411000",
        "postern.time.parse(1448369411, 'epoch') == 1448369411000",
        "postern.time.parse(1448369411.25, 'epoch') == 1448369411250",
        "postern.time.parse(1448369411000, 'epoch_ms') == 1448369411000",
        "postern.time.parse('99999999999999999999', 'epoch_ms') == nil", /* beyond 64 bits */
        "postern.time.parse(math.maxinteger, 'epoch') == nil",
        "postern.time.parse(0/0, 'epoch') == nil",
        "postern.time.parse('x', 'epoch') == nil",
        "postern.time.parse(true, 'epoch') == nil",
        "postern.time.parse('23/May/2022 16:20', '%d/%b/%Y %H:%M') == 1653322800000",
        "postern.time.parse('2022-05-23 12:20:44 EDT', '%Y-%m-%d %H:%M:%S %Z') == 1653322844000",
        "postern.time.parse('2022-05-23 17:20:44   BST', '%Y-%m-%d %H:%M:%S %Z') == 1653322844000",
        "postern.time.parse('2022-05-23 17:20:44 XYZ', '%Y-%m-%d %H:%M:%S %Z') == nil", /* a zone nobody knows
                                                                                         */
        "postern.time.parse('2022-05-23 12:20:44 GMT-04:00', '%Y-%m-%d %H:%M:%S %Z') == 1653322844000",
        "postern.time.parse('05/23/22 04:20:44 PM', '%m/%d/%y %I:%M:%S %p') == 1653322844000",
        "postern.time.parse('05/23/22 12:20:44 am', '%m/%d/%y %I:%M:%S %p') == 1653265244000", /* midnight's
                                                                                                  hour */
        "postern.time.parse('Monday, 23. MAY 2022', '%A, %d. %B %Y') == 1653264000000",
        "postern.time.parse('2022-05-23T16:20:44.123456+01:00', '%Y-%m-%dT%H:%M:%S.%f%z') == 1653319244123",
        "postern.time.parse('1653319244.5', '%s.%f') == 1653319244500",
        "postern.time.parse('2022-02-30', '%Y-%m-%d') == nil", /* no such day */
        "postern.time.parse('2024-02-29', '%Y-%m-%d') == 1709164800000",
        "postern.time.parse('2022-12-31', '%Y-%m-%d') == 1672444800000",
        "postern.time.parse('16:20', '%H:%M') == nil",          /* a year is never guessed */
        "postern.time.parse('2022-05-23x', '%Y-%m-%d') == nil", /* all of it must match */
        "postern.time.parse('2022-05', '%Y-%m-%d') == nil",
        "postern.time.format(1653322844000) == '2022-05-23T16:20:44.000Z'",
        "postern.time.format(1653322844007, 'date') == '2022-05-23'",
        "postern.time.format(-1) == '1969-12-31T23:59:59.999Z'",
        "postern.time.format(1653322844007, '%A %e %b %y %j %I:%M:%S.%f %p %Z%z %s%%') == "
        "'Monday 23 May 22 143 04:20:44.007 PM UTC+0000 1653322844%'",
        "postern.time.format(0.0) == '1970-01-01T00:00:00.000Z'",
        "postern.time.format(nil) == nil",
        "postern.time.format(math.maxinteger) == nil", /* a year of more than four digits */
        "postern.time.format(math.mininteger) == nil",
        NULL,
    });
    check_refused((const struct refusal[]){
        {"postern.time.parse('x', '%Q')", "bad time pattern"},
        {"postern.time.format(0, '%')", "bad time pattern"},
        {"postern.time.format(0, ('%Y'):rep(100))", "too long"},
        {"postern.time.format('0')", "whole number"},
        {"postern.time.format(1.5)", "whole number"},
        {NULL, NULL},
    });
}

static void networks(void **state)
{
    (void)state;
    check_true((const char *const[]){
        "postern.email('Ada L <ada@example.com>').name == 'Ada L'",
        "postern.email('Ada L <ada@example.com>').address == 'ada@example.com'",
        "postern.email('ada@example.com')['local'] == 'ada'",
        "postern.email('ada@example.com').domain == 'example.com'",
        "postern.email('ada@example.com').name == nil",
        "postern.email('<>') == nil and postern.email(nil) == nil and postern.email({}) == nil",
        "postern.url('https://u:p@h.example:8443/a/b.html?q=1#f').port == 8443",
        "postern.url('https://u:p@h.example:8443/a/b.html?q=1#f').extension == 'html'",
        "postern.url('https://h.example').path == nil and postern.url('https://h.example').port == nil",
        "postern.url('https://www.Shop.example.co.uk/').registered_domain == 'example.co.uk'",
        "postern.url('https://www.Shop.example.co.uk/').top_level_domain == 'co.uk'",
        "postern.url('https://www.Shop.example.co.uk/').subdomain == 'www.shop'",
        "postern.url('www.example.co.uk').registered_domain == 'example.co.uk'",
        "postern.url('https://192.0.2.1/').registered_domain == nil",
        "postern.url('https://192.0.2.1:8443/').ip == '192.0.2.1' and postern.url('//[2001:db8::1]/').ip == "
        "'2001:db8::1'",
        "postern.url('https://1.example/').ip == nil and postern.url('mailto:ada@192.0.2.1').ip == nil",
        "postern.url(' https://h.example:99999/ ').full == 'https://h.example:99999/'",
        "postern.url('https://h.example:99999/').port == nil and postern.url('//h.example').full == nil",
        "postern.url('N/A') == nil and postern.url(nil) == nil and postern.url(1) == nil",
        "postern.ip.valid('192.0.2.1') and not postern.ip.valid('Internal IP') and not postern.ip.valid(nil)",
        "postern.ip.valid({}) == false",
        "postern.ip.version('2001:db8::1') == 6 and postern.ip.version('1.2.3.4') == 4",
        "postern.ip.version('x') == nil",
        "postern.ip.is_private('172.31.255.255') == true and postern.ip.is_private('172.32.0.0') == false",
        "postern.ip.is_private('x') == nil",
        "postern.cidr{'10.0.0.0/8', '2001:db8::/32'}:contains('10.255.0.1') == true",
        "postern.cidr{'10.0.0.0/8', '2001:db8::/32'}:contains('2001:db8:ffff::1') == true",
        "postern.cidr{'10.0.0.0/8', '2001:db8::/32'}:contains('11.0.0.0') == false",
        "postern.cidr{'10.0.0.0/8'}:contains('::ffff:10.1.1.1') == true", /* the same machine, another
                                                                             spelling */
        "postern.cidr{}:contains('10.0.0.1') == false",
        "postern.cidr{'0.0.0.0/0'}:contains(nil) == false and postern.cidr{'0.0.0.0/0'}:contains({}) == "
        "false",
        NULL,
    });
    check_refused((const struct refusal[]){
        {"postern.cidr{'10.0.0.0/8', '10.0.0/33'}", "item 2"},
        {"postern.cidr{5}", "item 1"},
        {"postern.cidr('10.0.0.0/8')", "table expected"},
        {"postern.cidr(setmetatable({}, {__len = function() return 1 << 60 end}))", ""},
        {"postern.cidr{}.contains({}, '1.2.3.4')", "postern.cidr expected"},
        {NULL, NULL},
    });
}

static void hashes(void **state)
{
    (void)state;
    check_true((const char *const[]){
        /* the published vectors of the algorithms */
        "postern.hash.sha256('abc') == 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'",
        "postern.hash.sha1('abc') == 'a9993e364706816aba3e25717850c26c9cd0d89d'",
        "postern.hash.md5('') == 'd41d8cd98f00b204e9800998ecf8427e'",
        "postern.hash.hmac('Jefe', 'what do ya want for nothing?') == "
        "'5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'",
        "postern.hash.sha256(nil) == nil and postern.hash.hmac('key', nil) == nil",
        "postern.hex.encode('\\0\\255a') == '00ff61'",
        "postern.hex.decode('00FF61') == '\\0\\255a'",
        "postern.hex.decode('0') == nil and postern.hex.decode('zz') == nil and postern.hex.decode(nil) == "
        "nil",
        "postern.base64.encode('Hello!!') == 'SGVsbG8hIQ=='",
        "postern.base64.encode('') == '' and postern.base64.encode(nil) == nil",
        "postern.base64.decode('SGVsbG8hIQ==') == 'Hello!!'",
        "postern.base64.decode('SGVsbG8hIQ') == nil and postern.base64.decode('S G=') == nil",
        NULL,
    });
    check_refused((const struct refusal[]){
        {"postern.hash.md5({})", "text expected"},
        {"postern.hash.hmac(nil, 'x')",
         "text expected"}, /* a missing key must not give a constant pseudonym */
        {NULL, NULL},
    });
}

static void json_and_kv(void **state)
{
    (void)state;
    check_true((const char *const[]){
        "postern.json.decode('{\"a\":[1,2.0,\"x\"],\"n\":null}').a[2] == 2.0",
        "math.type(postern.json.decode('9223372036854775807')) == 'integer'",
        "postern.json.decode('9223372036854775807') == math.maxinteger",
        "math.type(postern.json.decode('9223372036854775808')) == 'float'",
        "postern.json.decode('{\"n\":null}').n == postern.null",
        "postern.json.decode('null') == postern.null",
        "postern.json.decode('\"\\\\u00e9\\\\n\"') == '\xc3\xa9\\n'",
        "postern.json.decode('{\"a\":1,\"a\":2}').a == 1",
        "#postern.json.decode('[]') == 0 and #postern.json.decode('[[],[]]') == 2",
        "postern.json.decode('{') == nil and select(2, postern.json.decode('{')) ~= nil",
        "postern.json.decode(nil) == nil and postern.json.decode({}) == nil",
        "postern.json.decode(('['):rep(1000)) == nil", /* the limit on depth, not the C stack */
        "postern.kv('a=1,b = x y ,a=2').a == '1' and postern.kv('a=1,b = x y ,a=2').b == 'x y'",
        "postern.kv('Date: 2026-01-01, Time: 10:20:30, IP: ::1', ', ', ': ').Time == '10:20:30'",
        "postern.kv('a=\"1,2\" , b=3').a == '1,2'",
        "postern.kv('size=5\" pipe, b=3').b == '3'", /* a lone quote is a byte like others */
        "next(postern.kv('no pairs here')) == nil and next(postern.kv('')) == nil and "
        "next(postern.kv('=,=')) == nil",
        "postern.kv(nil) == nil and postern.kv(7) == nil",
        NULL,
    });
    check_refused((const struct refusal[]){
        {"postern.kv('a', '')", "empty text"},
        {"postern.kv('a', 5)", "text expected"},
        {NULL, NULL},
    });
}

/* Whatever a script does with the library, it ends. */
static void bounded(void **state)
{
    (void)state;
    sandbox_free(sandbox);
    open_sandbox(
        &(struct sandbox_limits){.memory_bytes = 8 << 20, .time_ms = 200, .instruction_limit = 1000000});
    check_refused((const struct refusal[]){
        {"local t = ('a'):rep(100000) for i = 1, 1e9 do postern.lower(t) end", ""},
        {"local t = ('a,'):rep(100000) for i = 1, 1e9 do postern.split(t) end", ""},
        {"local t = 'ab' for i = 1, 1e9 do t = postern.replace(t, 'a', t) end", ""},
        {"local t = ('a=1,'):rep(10000) for i = 1, 1e9 do postern.kv(t) end", ""},
        {"local t = ('a'):rep(100000) for i = 1, 1e9 do postern.hash.md5(t) end", ""},
        {"local t = '[' .. ('1,'):rep(10000) .. '1]' for i = 1, 1e9 do postern.json.decode(t) end", ""},
        {"while true do pcall(postern.lower, {}) end", ""},
        {NULL, NULL},
    });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(texts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(times_as_usual, set_up, tear_down),
        cmocka_unit_test_setup_teardown(times, set_up, tear_down),
        cmocka_unit_test_setup_teardown(networks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hashes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_and_kv, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bounded, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

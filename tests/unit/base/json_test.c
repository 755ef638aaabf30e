#include "base/json_outline.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct json_tape *tape;
    const struct json_node *root;
    struct buffer out;
    postern_error error;
};

static int set_up(void **state)
{
    struct fixture *fixture = test_calloc(1, sizeof *fixture);
    fixture->tape = json_tape_new();
    fixture->out.limit = 1 << 24;
    fixture->error = ERROR_INIT;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    json_tape_free(fixture->tape);
    buffer_free(&fixture->out);
    test_free(fixture);
    return 0;
}

/* The text in a block of exactly its size, so that a sanitizer sees a read behind its end. */
static postern_text exact_copy(postern_text text)
{
    char *copy = malloc(text.size ? text.size : 1);
    if (text.size) memcpy(copy, text.data, text.size);
    return (postern_text){copy, text.size};
}

static postern_status parse(struct fixture *fixture, const char *text)
{
    return json_parse(fixture->tape, text_of(text), &fixture->root, &fixture->error);
}

static const struct json_node *member(struct fixture *fixture, const char *key)
{
    return json_get(fixture->tape, fixture->root, key);
}

static void assert_text(postern_text text, const char *expected)
{
    if (!text_is(text, expected)) fail_msg("\"%.*s\" is not \"%s\"", TEXT_ARGS(text), expected);
}

static void test_accepts_exactly_rfc_8259(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        postern_text text;
        const char *problem; /* NULL: valid */
    } rows[] = {
        {TEXT("{}"), NULL},
        {TEXT("[]"), NULL},
        {TEXT(" \t\r\n{ \"a\" : [ 1 , 2 ] } \n"), NULL},
        {TEXT("\"only a string\""), NULL},
        {TEXT("-0"), NULL},
        {TEXT("0"), NULL},
        {TEXT("10.50e+07"), NULL},
        {TEXT("1E-2"), NULL},
        {TEXT("123456789012345678901234567890"), NULL},
        {TEXT("null"), NULL},
        {TEXT("true"), NULL},
        {TEXT("false"), NULL},
        {TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\""), NULL},
        {TEXT("\"\\ud800 alone\""), NULL},         /* the grammar allows a lone surrogate */
        {TEXT("\"\xff\xfe vendor bytes\""), NULL}, /* invalid UTF-8 stays as it is */
        {TEXT("\"\x7f\""), NULL},                  /* DEL is no control character of the grammar */
        {TEXT("{\"a\":1,\"a\":2}"), NULL},         /* duplicate keys */
        {TEXT(""), "byte 0: the text ends too early"},
        {TEXT("  "), "byte 2: the text ends too early"},
        {TEXT("{"), "byte 1: a key in double quotes"},
        {TEXT("{\"a\""), "byte 4: ':' is expected"},
        {TEXT("{\"a\":"), "byte 5: the text ends too early"},
        {TEXT("{\"a\":1"), "byte 6: the text ends too early"},
        {TEXT("{\"a\":1,}"), "byte 7: a key in double quotes"},
        {TEXT("{\"a\" 1}"), "byte 5: ':' is expected"},
        {TEXT("{a:1}"), "byte 1: a key in double quotes"},
        {TEXT("{,}"), "byte 1: a key in double quotes"},
        {TEXT("{\"a\":1 \"b\":2}"), "byte 7: ',' or '}'"},
        {TEXT("[1 2]"), "byte 3: ',' or ']'"},
        {TEXT("[1,]"), "byte 3: a value"},
        {TEXT("[,1]"), "byte 1: a value"},
        {TEXT("[1}"), "byte 2: ',' or ']'"},
        {TEXT("]"), "byte 0: a value"},
        {TEXT("1 2"), "byte 2: more text"},
        {TEXT("{} x"), "byte 3: more text"},
        {TEXT("{}}"), "byte 2: more text"},
        {TEXT("01"), "number starts with 0"},
        {TEXT("-"), "a digit is missing"},
        {TEXT("-x"), "a digit is missing"},
        {TEXT("1."), "a digit is missing"},
        {TEXT(".5"), "a value is expected"},
        {TEXT("+1"), "a value is expected"},
        {TEXT("1e"), "a digit is missing"},
        {TEXT("1e+"), "a digit is missing"},
        {TEXT("0x10"), "more text"},
        {TEXT("NaN"), "a value is expected"},
        {TEXT("Infinity"), "a value is expected"},
        {TEXT("tru"), "a value is expected"},
        {TEXT("truex"), "more text"},
        {TEXT("'a'"), "a value is expected"},
        {TEXT("\"a"), "ends inside a string"},
        {TEXT("\"a\\"), "ends inside a string"},
        {TEXT("\"a\\\""), "ends inside a string"},
        {TEXT("\"\\x\""), "byte 1: unknown escape"},
        {TEXT("\"\\\0\""), "byte 1: unknown escape"},
        {TEXT("\"\\u12g4\""), "byte 1: \\u without"},
        {TEXT("\"\\u12\""), "byte 1: \\u without"},
        {TEXT("\"a\nb\""), "byte 2: control character"},
        {TEXT("\"a\0b\""), "byte 2: control character"},
        {TEXT("\"123456789012345678901234567890\x1f\""), "byte 31: control character"},
        {TEXT("1\0"), "byte 1: more text"},
        {TEXT("\xef\xbb\xbf{}"), "byte 0: a value"}, /* a byte order mark */
        {TEXT("[1]// comment"), "more text"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        postern_text text = exact_copy(rows[i].text);
        postern_status status = json_parse(fixture->tape, text, &fixture->root, &fixture->error);
        if (rows[i].problem) {
            if (status != POSTERN_E_PROTOCOL)
                fail_msg("row %zu was accepted: %.*s", i, TEXT_ARGS(rows[i].text));
            if (!strstr(fixture->error.message, rows[i].problem))
                fail_msg("row %zu: \"%s\" lacks \"%s\"", i, fixture->error.message, rows[i].problem);
        } else {
            if (status < 0) fail_msg("row %zu: %s", i, fixture->error.message);
            assert_true(text_equal(json_raw(fixture->tape, fixture->root), text_trim(rows[i].text)));
        }
        free((void *)(uintptr_t)text.data);
    }
}

static void test_sees_line_breaks(void **state)
{
    struct fixture *fixture = *state;
    static const char *const with[] = {"\n{}",          "{}\r",        "{ \n}",
                                       "{\r\"a\":1}",   "{\"a\"\n:1}", "{\"a\": \n 1}",
                                       "{\"a\":1\r\n}", "[1,\n\"a\"]", "[1\n,2]"};
    static const char *const without[] = {"{}", " { \"a\"\t: [ 1 , 2 ] } ", "{\"a\\n\":\"\\n\\r\"}", "7"};
    for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
        assert_int_equal(parse(fixture, with[i]), 0);
        assert_true(fixture->tape->has_line_break);
    }
    for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
        assert_int_equal(parse(fixture, without[i]), 0);
        assert_false(fixture->tape->has_line_break);
    }
}

static void test_depth_is_limited(void **state)
{
    struct fixture *fixture = *state;
    for (int depth = JSON_DEPTH_LIMIT - 1; depth <= JSON_DEPTH_LIMIT + 1; depth++) {
        char text[2 * (JSON_DEPTH_LIMIT + 1) + 1] = {0};
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        assert_int_equal(parse(fixture, text), depth <= JSON_DEPTH_LIMIT ? POSTERN_OK : POSTERN_E_PROTOCOL);
    }
}

/* Every way to cut a string at every place of a vector's width: the scanner's tail must find what its body
 * finds. */
static void test_strings_of_every_length(void **state)
{
    struct fixture *fixture = *state;
    for (size_t size = 0; size < 70; size++) {
        for (size_t place = 0; place <= size; place++) {
            char text[80];
            memset(text, 'x', sizeof text);
            text[0] = '"';
            text[size + 1] = '"';
            postern_text whole = exact_copy((postern_text){text, size + 2});
            assert_int_equal(json_parse(fixture->tape, whole, &fixture->root, NULL), POSTERN_OK);
            assert_int_equal(fixture->root->end, size + 2);
            if (place < size) {
                ((char *)(uintptr_t)whole.data)[place + 1] = '\x01';
                assert_int_equal(json_parse(fixture->tape, whole, &fixture->root, &fixture->error),
                                 POSTERN_E_PROTOCOL);
                char expected[40];
                snprintf(expected, sizeof expected, "byte %zu: control", place + 1);
                assert_non_null(strstr(fixture->error.message, expected));
            }
            free((void *)(uintptr_t)whole.data);
        }
    }
}

static void test_walks_and_lookups(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(
        parse(fixture, "{\"a\":[1,[],{\"x\":{}}],\"b\":\"t\\u0065xt\",\"c\\u0064\":null,\"a\":2,\"\":3}"), 0);
    struct json_tape *tape = fixture->tape;
    assert_int_equal(json_count(tape, fixture->root), 5);
    assert_text(json_raw(tape, member(fixture, "a")), "[1,[],{\"x\":{}}]"); /* the first of two */
    assert_text(json_raw(tape, member(fixture, "cd")), "null"); /* an escaped key is found by its meaning */
    assert_text(json_raw(tape, member(fixture, "")), "3");
    assert_null(member(fixture, "c"));
    assert_null(member(fixture, "cdx"));
    assert_null(json_get(tape, member(fixture, "b"), "x")); /* no object */
    assert_null(json_get(tape, NULL, "x"));
    static const char *const keys[] = {"a", "b", "c\\u0064", "a", ""};
    size_t i = 0;
    for (const struct json_node *node = json_first(tape, fixture->root); node; node = json_after(tape, node))
        assert_text(json_raw_key(tape, node), keys[i++]);
    assert_int_equal(i, 5);
    const struct json_node *array = member(fixture, "a");
    assert_int_equal(json_count(tape, array), 3);
    const struct json_node *second = json_after(tape, json_first(tape, array));
    assert_null(json_first(tape, second));
    assert_int_equal(json_type(json_after(tape, second)), POSTERN_JSON_OBJECT);
    assert_null(json_after(tape, json_after(tape, second)));
    assert_int_equal(json_type(NULL), POSTERN_JSON_NULL);
    assert_text(json_raw(tape, NULL), "null");
    assert_true(json_unescape(tape, member(fixture, "b"), &fixture->out));
    assert_text(buffer_text(&fixture->out), "text");
    assert_false(json_is_plain_string(tape, member(fixture, "b")));
    assert_false(json_unescape(tape, array, &fixture->out));
}

static void test_integers(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *text;
        bool fits;
        int64_t value;
    } rows[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"9223372036854775807", true, INT64_MAX},
        {"9223372036854775808", false, 0},
        {"-9223372036854775808", true, INT64_MIN},
        {"-9223372036854775809", false, 0},
        {"18446744073709551616", false, 0},
        {"99999999999999999999999999", false, 0},
        {"1.0", false, 0}, /* a fraction is no integer, even an empty one */
        {"1e3", false, 0},
        {"\"1\"", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t value = 0;
        assert_int_equal(parse(fixture, rows[i].text), 0);
        assert_int_equal(json_integer(fixture->tape, fixture->root, &value), rows[i].fits);
        if (value != rows[i].value) fail_msg("%s: %lld", rows[i].text, (long long)value);
    }
}

static void test_reals(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *text, *written; /* NULL: cannot be written */
    } rows[] = {
        {"1.0", "1.0"},
        {"-0.0", "-0.0"},
        {"0.1", "0.1"},
        {"1e5", "100000.0"},
        {"1e300", "1e+300"},
        {"0.30000000000000004", "0.30000000000000004"},
        {"123456789012345678", "1.2345678901234568e+17"},
        {"5e-324", "4.94065645841247e-324"},
        {"1e999", NULL}, /* reads as infinity */
        {"0.000000000000000000000000000000000000000000000000000000000000000000000000000000001", "1e-81"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double real = 0;
        assert_int_equal(parse(fixture, rows[i].text), 0);
        assert_true(json_real(fixture->tape, fixture->root, &real));
        buffer_clear(&fixture->out);
        assert_int_equal(json_write_real(&fixture->out, real), rows[i].written != NULL);
        if (rows[i].written) assert_text(buffer_text(&fixture->out), rows[i].written);
    }
    assert_false(json_write_real(&fixture->out, (double)NAN));
}

static void test_writes_strings(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        postern_text text;
        const char *written;
        size_t replaced;
    } rows[] = {
        {TEXT(""), "\"\"", 0},
        {TEXT("plain"), "\"plain\"", 0},
        {TEXT("q\" b\\ n\n t\t \x01 \0 \x1f"), "\"q\\\" b\\\\ n\\n t\\t \\u0001 \\u0000 \\u001f\"", 0},
        {TEXT("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"),
         "\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80\"", 0},
        {TEXT("a\xffz"), "\"a\xef\xbf\xbdz\"", 1},
        {TEXT("\xc0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\"", 2},                 /* overlong */
        {TEXT("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", 3}, /* a surrogate */
        {TEXT("\xf4\x90\x80\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
         4},                                                   /* over U+10FFFF */
        {TEXT("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"", 2}, /* cut off */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        postern_text text = exact_copy(rows[i].text);
        buffer_clear(&fixture->out);
        assert_int_equal(json_write_string(&fixture->out, text), rows[i].replaced);
        assert_text(buffer_text(&fixture->out), rows[i].written);
        free((void *)(uintptr_t)text.data);
    }
}

static void test_writes_integers(void **state)
{
    struct fixture *fixture = *state;
    json_write_integer(&fixture->out, INT64_MIN);
    json_write_integer(&fixture->out, 0);
    json_write_integer(&fixture->out, INT64_MAX);
    assert_text(buffer_text(&fixture->out), "-922337203685477580809223372036854775807");
}

static bool is_offset(void *context, const struct json_node *member)
{
    const struct fixture *fixture = context;
    return member->parent == 0 && json_node_key_is(fixture->tape, member, TEXT("_offset")) &&
           text_starts_with(json_node_raw(fixture->tape, member), "1");
}

static void test_canonical_form(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *text, *canonical;
    } rows[] = {
        {" { \"b\" : 1.0 , \"a\" : [ true , null ] } ", "{\"a\":[true,null],\"b\":1.0}"},
        {"{\"b\":{\"z\":1,\"y\":2},\"a\":0}", "{\"a\":0,\"b\":{\"y\":2,\"z\":1}}"},
        {"{\"\\u0062\":1,\"a\":2,\"b\":3}", "{\"a\":2,\"b\":1,\"b\":3}"}, /* duplicates keep their order */
        {"{\"ab\":1,\"a\":2,\"\":3}", "{\"\":3,\"a\":2,\"ab\":1}"},
        {"{\"\xc3\xa9\":1,\"\\u00e8\":2,\"z\":3}", "{\"z\":3,\"\xc3\xa8\":2,\"\xc3\xa9\":1}"},
        {"\"\\u0041\\/\\n\\u000a\\\"\\\\\"", "\"A/\\u000a\\u000a\\\"\\\\\""},
        {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\""},
        {"\"\\uD800\"", "\"\\ud800\""}, /* lone surrogates stay apart from each other */
        {"\"\xff\"", "\"\xff\""},       /* and so do wrong bytes */
        {"{\"_offset\":12,\"x\":{\"_offset\":13}}",
         "{\"x\":{\"_offset\":13}}"}, /* only what is asked for is left out */
        {"{\"\\u005foffset\":12,\"x\":1}", "{\"x\":1}"},
        {"{\"_offset\":22}", "{\"_offset\":22}"},
    };
    const struct json_form form = {.leave_out = is_offset, .context = fixture};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(parse(fixture, rows[i].text), 0);
        buffer_clear(&fixture->out);
        assert_true(json_canonical(fixture->tape, fixture->root, &form, &fixture->out));
        assert_text(buffer_text(&fixture->out), rows[i].canonical);
    }
    struct buffer tiny = {.limit = 4};
    assert_int_equal(parse(fixture, "[1,2,3]"), 0);
    assert_false(json_canonical(fixture->tape, fixture->root, NULL, &tiny)); /* does not fit */
    buffer_free(&tiny);
}

/* What is remembered of outlines changes no more than the time. */
static void check_remembered_orders(struct fixture *fixture)
{
    static const struct {
        const char *text, *canonical;
    } rows[] = {
        {"{\"c\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2,\"c\":1}"},
        {"{\"c\":4,\"b\":5,\"a\":6}", "{\"a\":6,\"b\":5,\"c\":4}"},
        {"{\"a\":1,\"b\":2,\"c\":3}", "{\"a\":1,\"b\":2,\"c\":3}"},
        {"{\"b\":1,\"c\":2,\"a\":3}", "{\"a\":3,\"b\":1,\"c\":2}"},
        {"{\"a\":1,\"\\u0061\":2,\"a\":3}", "{\"a\":1,\"a\":2,\"a\":3}"},
        {"{\"x\":{\"z\":1,\"y\":2,\"x\":3},\"w\":1,\"v\":[{\"b\":1,\"a\":2,\"a\":1}]}",
         "{\"v\":[{\"a\":2,\"a\":1,\"b\":1}],\"w\":1,\"x\":{\"x\":3,\"y\":2,\"z\":1}}"},
        {"{\"longer key b\":1,\"longer key a\":2,\"longer key\":3}",
         "{\"longer key\":3,\"longer key a\":2,\"longer key b\":1}"},
        {"{\"o\":{\"b\":1,\"a\":2},\"a\":3}", "{\"a\":3,\"o\":{\"a\":2,\"b\":1}}"},
        {"{\"o\":{\"b\":1},\"a\":3}", "{\"a\":3,\"o\":{\"b\":1}}"},
        {"{\"o\":{},\"a\":3}", "{\"a\":3,\"o\":{}}"},
        {"{\"o\":{\"_offset\":1},\"_offset\":12,\"a\":3}", "{\"a\":3,\"o\":{\"_offset\":1}}"},
        {"{\"o\":{\"_offset\":1},\"_offset\":22,\"a\":3}", "{\"_offset\":22,\"a\":3,\"o\":{\"_offset\":1}}"},
        {"{\"_offset\":12}", "{}"},
    };
    const struct json_form form = {.leave_out = is_offset, .context = fixture, .orders = json_orders_new()};
    assert_non_null(form.orders);
    for (size_t turn = 0; turn < 3; turn++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            assert_int_equal(parse(fixture, rows[i].text), 0);
            buffer_clear(&fixture->out);
            assert_true(json_canonical(fixture->tape, fixture->root, &form, &fixture->out));
            assert_text(buffer_text(&fixture->out), rows[i].canonical);
        }
    /* more objects, one inside the other, than are remembered at once */
    struct buffer text = {.limit = 1 << 16}, expected = {.limit = 1 << 16};
    for (int i = 0; i < 60; i++) {
        buffer_printf(&text, "{\"z\":%d,\"a\":", i);
        buffer_append_string(&expected, "{\"a\":");
    }
    buffer_append_byte(&text, '0');
    buffer_append_byte(&expected, '0');
    for (int i = 59; i >= 0; i--) {
        buffer_printf(&text, ",\"m\":%d}", i);
        buffer_printf(&expected, ",\"m\":%d,\"z\":%d}", i, i);
    }
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(parse(fixture, buffer_string(&text)), 0);
        buffer_clear(&fixture->out);
        assert_true(json_canonical(fixture->tape, fixture->root, &form, &fixture->out));
        assert_text(buffer_text(&fixture->out), buffer_string(&expected));
    }
    buffer_free(&text);
    buffer_free(&expected);
    json_orders_free(form.orders);
}

static void test_remembered_orders_change_nothing(void **state)
{
    check_remembered_orders(*state);
}

static void test_remembered_outlines_change_no_canonical_form(void **state)
{
    struct fixture *fixture = *state;
    json_tape_remember(fixture->tape);
    check_remembered_orders(fixture);
}

static void test_canonical_form_of_a_wide_object(void **state)
{
    struct fixture *fixture = *state;
    struct buffer text = {.limit = 1 << 16}, expected = {.limit = 1 << 16};
    for (int i = 0; i < 300; i++) {
        buffer_printf(&text, "%c\"%03d\":%d", i ? ',' : '{', 299 - i, i);
        buffer_printf(&expected, "%c\"%03d\":%d", i ? ',' : '{', i, 299 - i);
    }
    buffer_append_byte(&text, '}');
    buffer_append_byte(&expected, '}');
    assert_int_equal(json_parse(fixture->tape, buffer_text(&text), &fixture->root, NULL), 0);
    assert_true(json_canonical(fixture->tape, fixture->root, NULL, &fixture->out));
    assert_text(buffer_text(&fixture->out), buffer_string(&expected));
    buffer_free(&text);
    buffer_free(&expected);
}

static void test_limits_the_number_of_values(void **state)
{
    struct fixture *fixture = *state;
    size_t size = (size_t)9 << 20;
    char *text = malloc(size);
    text[0] = '[';
    for (size_t i = 1; i < size; i++)
        text[i] = i % 2 ? '1' : ',';
    assert_int_equal(json_parse(fixture->tape, (postern_text){text, size}, &fixture->root, &fixture->error),
                     POSTERN_E_LIMIT);
    free(text);
    assert_int_equal(parse(fixture, "[1]"), 0);
    assert_true(fixture->tape->capacity < 1000); /* what one monster took is given back */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_accepts_exactly_rfc_8259, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_depth_is_limited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sees_line_breaks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_strings_of_every_length, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_walks_and_lookups, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_integers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_writes_strings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_writes_integers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_canonical_form, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_remembered_orders_change_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_remembered_outlines_change_no_canonical_form, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_canonical_form_of_a_wide_object, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limits_the_number_of_values, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What modules get from the host: services, option values, JSON. */
#include "base/arena.h"
#include "base/error.h"
#include "module/registry.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static void services(void **state)
{
    (void)state;
    const postern_host *host = module_host();
    assert_int_equal(host->size, sizeof *host);
    assert_int_equal(host->abi_major, POSTERN_ABI_MAJOR);
    assert_non_null(host->service(POSTERN_SERVICE_LOG));
    assert_non_null(host->service(POSTERN_SERVICE_JSON));
    assert_non_null(host->service(POSTERN_SERVICE_UNPACK));
    assert_null(host->service("json/2"));
    assert_null(host->service(""));
    const postern_log *log = host->service(POSTERN_SERVICE_LOG);
    log->write(POSTERN_LOG_INFO, TEXT("acme/siem"), "a line for the operator, with %s in it");
    log->write(POSTERN_LOG_INFO, TEXT(""), "a line of nobody");

    postern_arena *arena = arena_new(1000);
    char *memory = host->allocate(arena, 100);
    assert_non_null(memory);
    assert_int_equal((uintptr_t)memory % 16, 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(memory[i], 0);
    assert_null(host->allocate(arena, 2000));
    arena_free(arena);
}

static void option_values(void **state)
{
    (void)state;
    static const postern_option table[] = {
        {"text", POSTERN_OPTION_TEXT, 0, "some", "h"},    {"path", POSTERN_OPTION_PATH, 1, NULL, "h"},
        {"number", POSTERN_OPTION_INTEGER, 0, "-7", "h"}, {"truth", POSTERN_OPTION_BOOLEAN, 0, "true", "h"},
        {"time", POSTERN_OPTION_DURATION, 0, "15m", "h"}, {"size", POSTERN_OPTION_SIZE, 0, "64KiB", "h"},
        {"list", POSTERN_OPTION_LIST, 0, NULL, "h"},      {"secret", POSTERN_OPTION_SECRET, 0, NULL, "h"},
        {"absent", POSTERN_OPTION_TEXT, 0, NULL, "h"},    {.name = NULL},
    };
    static const postern_text items[] = {{"a", 1}, {"b", 1}};
    const struct option_value given[] = {
        {.name = "path", .type = POSTERN_OPTION_PATH, .text = TEXT("/x")},
        {.name = "size", .type = POSTERN_OPTION_SIZE, .integer = 5},
        {.name = "list", .type = POSTERN_OPTION_LIST, .items = items, .item_count = 2},
        {.name = "secret", .type = POSTERN_OPTION_SECRET, .text = TEXT("s")},
    };
    const postern_host *host = module_host();
    postern_options *options = options_new(table, given, 4);
    postern_text text;
    int64_t number;
    assert_true(host->option_text(options, "text", &text) && text_is(text, "some")); /* defaults */
    assert_true(host->option_integer(options, "number", &number) && number == -7);
    assert_true(host->option_integer(options, "truth", &number) && number == 1);
    assert_true(host->option_integer(options, "time", &number) && number == 900000);
    assert_true(host->option_integer(options, "size", &number) && number == 5); /* given */
    assert_true(host->option_text(options, "path", &text) && text_is(text, "/x"));
    assert_true(host->option_text(options, "secret", &text) && text_is(text, "s"));
    assert_true(host->option_item(options, "list", 1, &text) && text_is(text, "b"));
    assert_false(host->option_item(options, "list", 2, &text)); /* past the end */
    assert_false(host->option_text(options, "absent", &text));
    assert_false(host->option_text(options, "unknown", &text));
    assert_false(host->option_integer(options, "text", &number)); /* of another type */
    assert_false(host->option_text(options, "number", &text));
    assert_false(host->option_text(NULL, "text", &text)); /* a kind without options */
    options_free(options);
    options_free(options_new(NULL, NULL, 0));
}

static const postern_json *json(void)
{
    return module_host()->service(POSTERN_SERVICE_JSON);
}

static void json_reading(void **state)
{
    (void)state;
    static const char source[] =
        " {\"a\\u0062\":1,\"n\": 1.0 ,\"big\":9223372036854775808,\"s\":\"x\\ny\\u00e4\",\"p\":\"plain\","
        "\"t\":true,\"f\":false,\"z\":null,\"l\":[1,[2],{}],\"e\":[],\"o\":{\"k\":{\"d\":-5}},\"p\":2} ";
    postern_arena *arena = arena_new(1 << 20);
    const postern_json_value *root, *item = NULL;
    postern_error error = ERROR_INIT;
    postern_text text;
    int64_t number = 0;
    assert_int_equal(json()->parse(arena, text_of(source), &root, &error), POSTERN_OK);
    assert_int_equal(json()->type(root), POSTERN_JSON_OBJECT);
    assert_true(json()->integer(json()->get(root, "ab"), &number) && number == 1); /* the key was escaped */
    assert_false(json()->integer(json()->get(root, "n"), &number) && number != 1);
    assert_false(json()->integer(json()->get(root, "big"), &number));
    assert_true(text_is(json()->raw(json()->get(root, "n")), "1.0")); /* nothing is lost */
    assert_true(text_is(json()->raw(json()->get(root, "big")), "9223372036854775808"));
    assert_true(json()->text(arena, json()->get(root, "s"), &text) && text_is(text, "x\ny\xc3\xa4"));
    assert_true(json()->text(arena, json()->get(root, "p"), &text) && text_is(text, "plain")); /* the first */
    assert_false(json()->text(arena, json()->get(root, "t"), &text));
    assert_true(json()->boolean(json()->get(root, "t")));
    assert_false(json()->boolean(json()->get(root, "f")));
    assert_false(json()->boolean(json()->get(root, "z")));
    assert_true(json()->integer(json()->get(json()->get(json()->get(root, "o"), "k"), "d"), &number) &&
                number == -5);

    size_t members = 0;
    while (json()->next(root, &item, &text))
        members++;
    assert_int_equal(members, 12);
    item = NULL;
    const postern_json_value *list = json()->get(root, "l");
    assert_true(json()->next(list, &item, &text) && text.size == 0 &&
                json()->type(item) == POSTERN_JSON_NUMBER);
    assert_true(json()->next(list, &item, NULL) && text_is(json()->raw(item), "[2]"));
    assert_true(json()->next(list, &item, NULL) && json()->type(item) == POSTERN_JSON_OBJECT);
    assert_false(json()->next(list, &item, NULL));
    item = NULL;
    assert_false(json()->next(json()->get(root, "e"), &item, NULL));

    assert_null(json()->get(root, "none")); /* absent reads as null, all the way */
    assert_int_equal(json()->type(json()->get(json()->get(root, "none"), "x")), POSTERN_JSON_NULL);
    assert_false(json()->next(NULL, &item, NULL));
    assert_false(json()->boolean(NULL));
    assert_false(json()->integer(NULL, &number));
    assert_true(text_is(json()->raw(NULL), "null"));
    arena_free(arena);
}

static void json_that_is_bad(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "{", "[1,]", "{\"a\":01}", "nul", "1 2", "{\"a\":\"\n\"}"};
    postern_arena *arena = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const postern_json_value *root = NULL;
        postern_error error = ERROR_INIT;
        assert_true(json()->parse(arena, text_of(bad[i]), &root, &error) < 0);
        assert_null(root);
        assert_true(error.message[0]);
    }
    arena_free(arena);

    arena = arena_new(200); /* a document that does not fit the call's memory */
    const postern_json_value *root = NULL;
    postern_error error = ERROR_INIT;
    assert_int_equal(json()->parse(arena, TEXT("[1,2,3,4,5,6,7,8,9,10]"), &root, &error), POSTERN_E_MEMORY);
    assert_null(root);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(services),
        cmocka_unit_test(option_values),
        cmocka_unit_test(json_reading),
        cmocka_unit_test(json_that_is_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

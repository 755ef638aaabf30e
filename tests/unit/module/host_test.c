/* What modules get from the host: services, option values, JSON. */
#include "base/arena.h"
#include "base/error.h"
#include "module/instance.h"
#include "module/registry.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static const struct module_limits limits = {
    .member_size = 1 << 20, .member_count = 10, .expansion_size = 1 << 20, .record_size = 1000};

/* An instance with the options of `table` and what was given for them. */
struct made {
    struct module_registry *registry;
    struct module_instance *instance;
};

static struct made make(const postern_option *const *table, const struct option_value *values, size_t count)
{
    struct made made = {.registry = registry_new(&limits)};
    postern_error error = ERROR_INIT;
    const struct module_plan plan = {.registry = made.registry,
                                     .name = "acme-files",
                                     .data = &limits,
                                     .table = table,
                                     .values = values,
                                     .value_count = count};
    assert_int_equal(module_instance_new(&plan, &made.instance, &error), POSTERN_OK);
    return made;
}

static void unmake(struct made *made)
{
    module_instance_free(made->instance);
    registry_free(made->registry);
}

static void services(void **state)
{
    (void)state;
    static const char own_table[] = "a table";
    struct made made = make(NULL, NULL, 0), other = make(NULL, NULL, 0);
    const postern_host *host = &made.instance->host;
    assert_int_equal(host->size, sizeof *host);
    assert_int_equal(host->abi_major, POSTERN_ABI_MAJOR);
    assert_int_equal(host->abi_minor, POSTERN_ABI_MINOR);
    assert_true(text_is(host->instance, "acme-files"));
    assert_ptr_equal(host->data, &limits);
    assert_non_null(host->service(host, POSTERN_SERVICE_LOG));
    assert_non_null(host->service(host, POSTERN_SERVICE_JSON));
    assert_non_null(host->service(host, POSTERN_SERVICE_UNPACK));
    assert_null(host->service(host, "json/2"));
    assert_null(host->service(host, ""));
    assert_null(host->service(host, "own/1"));
    assert_true(registry_add_service(made.registry, "own/1", own_table));
    assert_ptr_equal(host->service(host, "own/1"), own_table);
    assert_null(other.instance->host.service(&other.instance->host, "own/1")); /* of that registry alone */
    const postern_log *log = host->service(host, POSTERN_SERVICE_LOG);
    log->write(host, POSTERN_LOG_INFO, "a line for the operator, with %s in it");

    postern_arena *arena = arena_new(1000);
    char *memory = host->allocate(host, arena, 100);
    assert_non_null(memory);
    assert_int_equal((uintptr_t)memory % 16, 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(memory[i], 0);
    assert_null(host->allocate(host, arena, 2000));
    arena_free(arena);
    unmake(&made), unmake(&other);
}

static void interrupts(void **state)
{
    (void)state;
    struct made made = make(NULL, NULL, 0), other = make(NULL, NULL, 0);
    const postern_host *host = &made.instance->host;
    assert_ptr_equal(module_instance_of(host), made.instance);
    assert_false(host->stopping(host));
    module_instance_interrupt(made.instance);
    assert_true(host->stopping(host));
    assert_false(other.instance->host.stopping(&other.instance->host));
    module_instance_resume(made.instance);
    assert_false(host->stopping(host));
    unmake(&made), unmake(&other);
}

#define OPTION(type_, name_, default_, ...)                                                                  \
    &(const postern_option)                                                                                  \
    {                                                                                                        \
        .size = sizeof(postern_option), .type = POSTERN_OPTION_##type_, .name = name_,                       \
        .default_value = default_, .help = "h", __VA_ARGS__                                                  \
    }
static const postern_option *const all_options[] = {
    OPTION(TEXT, "text", "some", ),
    OPTION(PATH, "path", NULL, .flags = POSTERN_OPTION_REQUIRED),
    OPTION(INTEGER, "number", "-7", ),
    OPTION(BOOLEAN, "truth", "true", ),
    OPTION(DURATION, "time", "15m", ),
    OPTION(SIZE, "size", "64KiB", ),
    OPTION(LIST, "list", NULL, ),
    OPTION(SECRET, "secret", NULL, ),
    OPTION(TEXT, "absent", NULL, ),
    OPTION(MAP, "map", NULL, ),
    OPTION(TEMPLATE, "template", "%{date}", ),
    OPTION(TEXT, "one", NULL, .flags = POSTERN_OPTION_REPEATABLE),
    OPTION(SECRET, "many", NULL, .flags = POSTERN_OPTION_REPEATABLE),
    NULL,
};

static void option_values(void **state)
{
    (void)state;
    struct secret *hush = secret_new(TEXT("hush")), *more = secret_new(TEXT("more"));
    struct option_item items[] = {{.text = "a"}, {.text = "b"}};
    struct option_item pairs[] = {{.name = "b", .text = "2"}, {.name = "a", .secret = hush}};
    struct option_item secrets[] = {{.secret = hush}, {.secret = more}};
    char path[] = "/x";
    const struct option_value given[] = {
        {.name = "path", .type = POSTERN_OPTION_PATH, .text = path},
        {.name = "size", .type = POSTERN_OPTION_SIZE, .integer = 5},
        {.name = "list", .type = POSTERN_OPTION_LIST, .items = items, .item_count = 2},
        {.name = "secret", .type = POSTERN_OPTION_SECRET, .secret = hush},
        {.name = "map", .type = POSTERN_OPTION_MAP, .items = pairs, .item_count = 2},
        {.name = "one", .type = POSTERN_OPTION_TEXT, .text = "single"},
        {.name = "many", .type = POSTERN_OPTION_SECRET, .items = secrets, .item_count = 2},
    };
    struct made made = make(all_options, given, 7);
    secret_release(hush), secret_release(more); /* the instance holds them */
    memset(path, '!', 2);                       /* and has copies of the rest */
    items[0] = items[1] = pairs[0] = pairs[1] = (struct option_item){0};
    const postern_host *host = &made.instance->host;
    postern_text text = {0};
    postern_pair pair;
    int64_t number;
    assert_true(host->option_text(host, "text", &text) && text_is(text, "some")); /* defaults */
    assert_true(host->option_text(host, "template", &text) && text_is(text, "%{date}"));
    assert_true(host->option_integer(host, "number", &number) && number == -7);
    assert_true(host->option_integer(host, "truth", &number) && number == 1);
    assert_true(host->option_integer(host, "time", &number) && number == 900000);
    assert_true(host->option_integer(host, "size", &number) && number == 5); /* given */
    assert_true(host->option_text(host, "path", &text) && text_is(text, "/x"));
    assert_true(host->option_text(host, "secret", &text) && text_is(text, "hush"));
    assert_true(host->option_item(host, "list", 1, &text) && text_is(text, "b"));
    assert_false(host->option_item(host, "list", 2, &text)); /* past the end */
    assert_true(host->option_item(host, "one", 0, &text) && text_is(text, "single"));
    assert_false(host->option_item(host, "one", 1, &text));
    assert_true(host->option_item(host, "many", 1, &text) && text_is(text, "more"));
    assert_true(host->option_pair(host, "map", 0, &pair) && text_is(pair.name, "a")); /* in their order */
    assert_true(text_is(pair.value, "hush"));
    assert_true(host->option_pair(host, "map", 1, &pair) && text_is(pair.value, "2"));
    assert_false(host->option_pair(host, "map", 2, &pair));
    static const char *const none[] = {"absent", "unknown", "number", "list", "one", "many", "map"};
    text = (postern_text){0};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(host->option_text(host, none[i], &text)); /* absent, or of another type */
    assert_null(text.data);
    assert_false(host->option_integer(host, "text", &number));
    assert_false(host->option_item(host, "text", 0, &text));
    assert_false(host->option_item(host, "map", 0, &text));
    assert_false(host->option_pair(host, "list", 0, &pair));
    unmake(&made);
}

static void account_values(void **state)
{
    (void)state;
    const struct option_value given = {.name = "size", .type = POSTERN_OPTION_SIZE, .integer = 9};
    struct made made = make(NULL, NULL, 0);
    const postern_host *host = &made.instance->host;
    postern_options *options = options_new(all_options, &given, 1);
    const postern_call call = {.size = sizeof call, .account_options = options}, bare = {.size = sizeof bare};
    postern_text text;
    postern_pair pair;
    int64_t number;
    assert_true(host->account_integer(host, &call, "size", &number) && number == 9);
    assert_true(host->account_text(host, &call, "text", &text) && text_is(text, "some"));
    assert_false(host->account_item(host, &call, "list", 0, &text));
    assert_false(host->account_pair(host, &call, "map", 0, &pair));
    assert_false(host->option_integer(host, "size", &number)); /* not the instance's */
    assert_false(host->account_integer(host, &bare, "size", &number));
    options_free(options);
    unmake(&made);
}

static const postern_host *host;

static const postern_json *json(void)
{
    return host->service(host, POSTERN_SERVICE_JSON);
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
    assert_int_equal(json()->parse(host, arena, text_of(source), &root, &error), POSTERN_OK);
    assert_int_equal(json()->type(host, root), POSTERN_JSON_OBJECT);
    assert_true(json()->integer(host, json()->get(host, root, TEXT("ab")), &number) &&
                number == 1); /* the key was escaped */
    assert_false(json()->integer(host, json()->get(host, root, TEXT("n")), &number) && number != 1);
    assert_false(json()->integer(host, json()->get(host, root, TEXT("big")), &number));
    assert_true(text_is(json()->raw(host, json()->get(host, root, TEXT("n"))), "1.0")); /* nothing is lost */
    assert_true(text_is(json()->raw(host, json()->get(host, root, TEXT("big"))), "9223372036854775808"));
    assert_true(json()->text(host, arena, json()->get(host, root, TEXT("s")), &text) &&
                text_is(text, "x\ny\xc3\xa4"));
    assert_true(json()->text(host, arena, json()->get(host, root, TEXT("p")), &text) &&
                text_is(text, "plain")); /* the first */
    assert_false(json()->text(host, arena, json()->get(host, root, TEXT("t")), &text));
    assert_true(json()->boolean(host, json()->get(host, root, TEXT("t"))));
    assert_false(json()->boolean(host, json()->get(host, root, TEXT("f"))));
    assert_false(json()->boolean(host, json()->get(host, root, TEXT("z"))));
    assert_true(
        json()->integer(
            host,
            json()->get(host, json()->get(host, json()->get(host, root, TEXT("o")), TEXT("k")), TEXT("d")),
            &number) &&
        number == -5);

    size_t members = 0;
    while (json()->next(host, root, &item, &text))
        members++;
    assert_int_equal(members, 12);
    item = NULL;
    const postern_json_value *list = json()->get(host, root, TEXT("l"));
    assert_true(json()->next(host, list, &item, &text) && text.size == 0 &&
                json()->type(host, item) == POSTERN_JSON_NUMBER);
    assert_true(json()->next(host, list, &item, NULL) && text_is(json()->raw(host, item), "[2]"));
    assert_true(json()->next(host, list, &item, NULL) && json()->type(host, item) == POSTERN_JSON_OBJECT);
    assert_false(json()->next(host, list, &item, NULL));
    item = NULL;
    assert_false(json()->next(host, json()->get(host, root, TEXT("e")), &item, NULL));

    assert_null(json()->get(host, root, TEXT("none"))); /* absent reads as null, all the way */
    assert_int_equal(json()->type(host, json()->get(host, json()->get(host, root, TEXT("none")), TEXT("x"))),
                     POSTERN_JSON_NULL);
    assert_false(json()->next(host, NULL, &item, NULL));
    assert_false(json()->boolean(host, NULL));
    assert_false(json()->integer(host, NULL, &number));
    assert_true(text_is(json()->raw(host, NULL), "null"));
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
        assert_true(json()->parse(host, arena, text_of(bad[i]), &root, &error) < 0);
        assert_null(root);
        assert_true(error.message[0]);
    }
    arena_free(arena);

    arena = arena_new(200); /* a document that does not fit the call's memory */
    const postern_json_value *root = NULL;
    postern_error error = ERROR_INIT;
    assert_int_equal(json()->parse(host, arena, TEXT("[1,2,3,4,5,6,7,8,9,10]"), &root, &error),
                     POSTERN_E_MEMORY);
    assert_null(root);
    arena_free(arena);
}

static void json_that_is_long(void **state)
{
    (void)state;
    char text[1002];
    memset(text, ' ', sizeof text);
    text[0] = '1';
    postern_arena *arena = arena_new(1 << 20);
    const postern_json_value *root = NULL;
    postern_error error = ERROR_INIT;
    assert_int_equal(json()->parse(host, arena, (postern_text){text, 1000}, &root, &error), POSTERN_OK);
    root = NULL;
    assert_int_equal(json()->parse(host, arena, (postern_text){text, 1001}, &root, &error), POSTERN_E_LIMIT);
    assert_null(root);
    assert_non_null(strstr(error.message, "1001 bytes"));
    assert_non_null(strstr(error.remedy, "record_size"));
    arena_free(arena);
}

int main(void)
{
    struct made made = make(NULL, NULL, 0);
    host = &made.instance->host;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(services),          cmocka_unit_test(interrupts),
        cmocka_unit_test(option_values),     cmocka_unit_test(account_values),
        cmocka_unit_test(json_reading),      cmocka_unit_test(json_that_is_bad),
        cmocka_unit_test(json_that_is_long),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unmake(&made);
    return failed;
}

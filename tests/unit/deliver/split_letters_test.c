/* Scripts may make several events of one. What the sink refuses of them is one dead letter, and a retry hands
 * over what the sink does not have. */
#include "world.h"

#define SPLIT                                                                                                \
    "return function(event) return { { n = event.n, part = 'a' }, { n = event.n, part = 'b' },"              \
    " { n = event.n, part = 'c' } } end"

static struct world world;

static void begin_with(int events, const char *reject)
{
    world = (struct world){0};
    begin(&world, SPLIT);
    toy.reject = reject;
    add_page(&world, 0, events);
    drain(&world);
}

/* The only letter that there is. */
static struct dead_letter *only(postern_arena *arena)
{
    postern_error error = ERROR_INIT;
    struct dead_letter *list = NULL;
    size_t count = 0;
    must(journal_dead_list(world.journal, arena, 0, 10, true, &list, &count, &error), &error);
    assert_int_equal(count, 1);
    return list;
}

static int64_t letters(void)
{
    postern_error error = ERROR_INIT;
    int64_t count = 0, bytes = 0;
    must(journal_dead_count(world.journal, &count, &bytes, &error), &error);
    return count;
}

/* What the sink gets, and the numbers of the events, behind each other. */
static void expect_retry(const char *reject, const char *got, int64_t left)
{
    postern_error error = ERROR_INIT;
    struct bulk_retry *bulk = NULL;
    toy.reject = reject;
    toy.got[0] = '\0';
    must(bulk_retry_new(world.journal, "{}", 0, NULL, &bulk, &error), &error);
    while (bulk_retry_step(bulk, world.deliverer, NULL, &error))
        ;
    must(error.code, &error);
    bulk_retry_free(bulk);
    assert_string_equal(toy.got, got);
    assert_int_equal(letters(), left);
}

static void all_parts_are_one_letter(void **unused)
{
    (void)unused;
    begin_with(2, "\"n\":1");
    assert_int_equal(letters(), 1);
    assert_int_equal(record_of(&world).dead, 1);
    expect_retry(NULL, "{\"n\":1,\"part\":\"a\"}{\"n\":1,\"part\":\"b\"}{\"n\":1,\"part\":\"c\"}", 0);
    finish(&world);
}

static void a_retry_hands_over_what_is_open(void **unused)
{
    (void)unused;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    begin_with(1, "\"b\"");
    assert_string_equal(only(arena)->settled, "1 3");
    expect_retry("\"b\"", "", 1);
    assert_string_equal(only(arena)->settled, "1 3");
    toy.ids[0] = '\0';
    expect_retry(NULL, "{\"n\":0,\"part\":\"b\"}", 0);
    assert_non_null(strstr(toy.ids, "-2 "));
    finish(&world);
}

static void parts_are_settled_one_by_one(void **unused)
{
    (void)unused;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    begin_with(1, "\"part\":\"b\"");
    expect_retry("\"b\"", "", 1);
    write_script(&world, "return function(event) error('broken') end");
    postern_error error = ERROR_INIT;
    must(deliverer_reload(world.deliverer, &world.config, NULL, NULL, &error), &error);
    expect_retry(NULL, "", 1);
    assert_string_equal(only(arena)->settled, "1 3"); /* also when it does not come so far */
    write_script(&world, "return function(event) return { { p = 1 }, { p = 2 }, { p = 3 }, { p = 4 } } end");
    must(deliverer_reload(world.deliverer, &world.config, NULL, NULL, &error), &error);
    expect_retry("{\"p\":4}", "{\"p\":2}", 1);
    assert_string_equal(only(arena)->settled, "1 3 2");
    expect_retry(NULL, "{\"p\":4}", 0);
    finish(&world);
}

/* The one event has no number, so it is none of those that the sink has. */
static void a_script_that_splits_no_more_is_heard(void **unused)
{
    (void)unused;
    begin_with(1, "\"b\"");
    write_script(&world, "return function(event) return { n = event.n, whole = true } end");
    postern_error error = ERROR_INIT;
    must(deliverer_reload(world.deliverer, &world.config, NULL, NULL, &error), &error);
    expect_retry(NULL, "{\"n\":0,\"whole\":true}", 0);
    finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_parts_are_one_letter),
        cmocka_unit_test(a_retry_hands_over_what_is_open),
        cmocka_unit_test(parts_are_settled_one_by_one),
        cmocka_unit_test(a_script_that_splits_no_more_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

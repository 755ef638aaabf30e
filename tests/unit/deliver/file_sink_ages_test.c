/* Ages in the file sink, while the wall clock is set wrong for a moment: what is kept about a file, what went
 * astray and rotation by age go by a time that cannot jump. */
#include "file_sink_batch.h"

#define HOUR ((int64_t)3600000)
#define DAY  (24 * HOUR)

static const struct option_value hourly[] = {
    {.name = "rotate_age", .type = POSTERN_OPTION_DURATION, .integer = HOUR}};

static void begin_hourly(struct world *world)
{
    postern_error error = ERROR_INIT;
    *world = (struct world){.template = "%{type}"};
    start(world, hourly, 1);
    must(open_sink(world, &error) >= 0, error.message);
}

static void a_clock_ahead_forgets_no_file(void **unused)
{
    (void)unused;
    static const int64_t steps[] = {9 * DAY, 3650 * DAY, -9 * DAY};
    const struct line lines[] = {{"acme", "f", NULL}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct world world;
        postern_error error = ERROR_INIT;
        begin(&world, "%{type}");
        write_batch(&world, lines, 1);
        write_unconfirmed(&world, lines, 1);
        for (int times = 0; times < 12; times++) { /* set wrong and right again, again and again */
            world.ahead_ms = times % 2 ? 0 : steps[i];
            must(open_sink(&world, &error) >= 0, error.message);
            keep_house(&world);
            world.now_ms += 25000;
            keep_house(&world);
            crash(&world);
        }
        must(open_sink(&world, &error) >= 0, error.message);
        write_batch(&world, lines, 1);
        expect(&world, "f", "{\"n\":0}\n{\"n\":0}\n");
        finish(&world);
    }
}

static void a_clock_ahead_forgets_nothing_that_went_astray(void **unused)
{
    (void)unused;
    const struct line lines[] = {{"acme", "f", NULL}, {"acme", "f", NULL}};
    struct world world;
    postern_error error = ERROR_INIT;
    begin(&world, "%{type}");
    world.delivery = "first";
    write_batch(&world, lines, 1);
    write_unconfirmed(&world, lines, 2);
    shell(&world, "mv f f.old");
    must(open_sink(&world, &error) >= 0, error.message);
    world.delivery = "second"; /* finds that the file is gone */
    write_batch(&world, lines, 1);
    world.ahead_ms = 9 * DAY;
    world.delivery = "first";
    write_batch(&world, lines, 2);
    expect(&world, "f.old", "{\"n\":0}\n{\"n\":0}\n{\"n\":1}\n");
    expect(&world, "f", "{\"n\":0}\n");
    finish(&world);
}

static void write_and_rest(struct world *world)
{
    const struct line lines[] = {{"acme", "f", NULL}};
    write_batch(world, lines, 1);
    keep_house(world);
}

static void a_clock_that_jumps_rotates_nothing(void **unused)
{
    (void)unused;
    static const int64_t steps[] = {0, 9 * DAY, 0, -9 * DAY, 0, 9 * DAY};
    struct world world;
    begin_hourly(&world);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        for (int times = 0; times < 5; times++) {
            world.ahead_ms = steps[i];
            write_and_rest(&world);
            world.now_ms += 5000;
            keep_house(&world);
        }
    shell(&world, "test ! -e f.1 && test $(wc -l < f) = 30");
    finish(&world);
}

static void a_file_that_was_begun_by_a_wrong_clock_rotates_in_time(void **unused)
{
    (void)unused;
    static const int64_t steps[] = {9 * DAY, -9 * DAY};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct world world;
        begin_hourly(&world);
        world.ahead_ms = steps[i];
        write_and_rest(&world);
        world.ahead_ms = 0;
        world.now_ms += HOUR - 1;
        keep_house(&world);
        shell(&world, "test ! -e f.1");
        world.now_ms += 1;
        keep_house(&world);
        shell(&world, "test -e f.1");
        finish(&world);
    }
}

/* What an older version kept may be of a time that has not come. */
static void a_record_of_the_future_counts_from_now_on(void **unused)
{
    (void)unused;
    struct world world;
    postern_error error = ERROR_INIT;
    begin_hourly(&world);
    world.now_ms += 9 * DAY;
    write_and_rest(&world);
    world.now_ms -= 9 * DAY;
    crash(&world);
    must(open_sink(&world, &error) >= 0, error.message);
    world.now_ms += HOUR;
    keep_house(&world);
    shell(&world, "test -e f.1");
    world.now_ms += 8 * DAY + 1;
    keep_house(&world);
    for (size_t i = 0; i < world.state_count; i++)
        assert_int_equal(world.state[i].value.size, 0); /* forgotten, in time */
    finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_ahead_forgets_no_file),
        cmocka_unit_test(a_clock_ahead_forgets_nothing_that_went_astray),
        cmocka_unit_test(a_clock_that_jumps_rotates_nothing),
        cmocka_unit_test(a_file_that_was_begun_by_a_wrong_clock_rotates_in_time),
        cmocka_unit_test(a_record_of_the_future_counts_from_now_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* An account was renamed while a batch was unconfirmed: its lines stand in the file of the former name. */
#include "file_sink_batch.h"

static const struct line acme[] = {{"acme", "f", NULL}, {"acme", "f", NULL}},
                         globex[] = {{"globex", "f", NULL}, {"globex", "f", NULL}};

/* One line is confirmed, two are not; `change` happens before the batch comes under the new name. */
static void begin_renamed(struct world *world, const char *template, const char *change)
{
    postern_error error = ERROR_INIT;
    begin(world, template);
    world->delivery = "first";
    write_batch(world, acme, 1);
    write_unconfirmed(world, acme, 2);
    shell(world, change);
    must(open_sink(world, &error) >= 0, error.message);
}

#define ONE        "{\"n\":0}\n"
#define ONE_OF_TWO "{\"n\":0}\n{\"n\":0}\n"
#define ALL        "{\"n\":0}\n{\"n\":0}\n{\"n\":1}\n"
#define BOTH       "{\"n\":0}\n{\"n\":1}\n"

static void lines_under_the_former_name_are_not_written_again(void **unused)
{
    (void)unused;
    static const struct {
        const char *template, *change, *former, *new, *in_former, *in_new;
    } rows[] = {
        {"%{account}/%{type}", "true", "acme/f", "globex/f", ALL, ""},
        {"%{account}/%{type}", "truncate -s -3 acme/f", "acme/f", "globex/f", ONE_OF_TWO, "{\"n\":1}\n"},
        {"%{account}/%{type}", "truncate -s 8 acme/f", "acme/f", "globex/f", ONE, BOTH},
        {"%{account}/%{type}", "truncate -s 10 acme/f", "acme/f", "globex/f", ONE, BOTH},
        {"%{type}/x-%{account}/%{account}.%{type}", "true", "f/x-acme/acme.f", "f/x-globex/globex.f", ALL,
         ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world;
        begin_renamed(&world, rows[i].template, rows[i].change);
        write_batch(&world, globex, 2);
        expect(&world, rows[i].former, rows[i].in_former);
        expect(&world, rows[i].new, rows[i].in_new);
        write_batch(&world, globex, 2);
        reopen(&world);
        write_batch(&world, globex, 1);
        char all[256];
        snprintf(all, sizeof all, "%s" BOTH ONE, rows[i].in_new);
        expect(&world, rows[i].former, rows[i].in_former);
        expect(&world, rows[i].new, all);
        finish(&world);
    }
}

static void nor_after_one_more_crash(void **unused)
{
    (void)unused;
    struct world world;
    postern_error error = ERROR_INIT;
    begin_renamed(&world, "%{account}/%{type}", "truncate -s -3 acme/f");
    write_unconfirmed(&world, globex, 2);
    must(open_sink(&world, &error) >= 0, error.message);
    write_batch(&world, globex, 2);
    expect(&world, "acme/f", ONE_OF_TWO);
    expect(&world, "globex/f", "{\"n\":1}\n");
    finish(&world);
}

static void nor_if_it_was_the_first_batch_of_all(void **unused)
{
    (void)unused;
    struct world world;
    postern_error error = ERROR_INIT;
    begin(&world, "%{account}/%{type}");
    write_unconfirmed(&world, acme, 2);
    must(open_sink(&world, &error) >= 0, error.message);
    write_batch(&world, globex, 2);
    expect(&world, "acme/f", BOTH);
    expect(&world, "globex/f", "");
    finish(&world);
}

/* Equal lines of another delivery, or of an account that is there still, are no repeat. */
static void what_is_another_s_is_left(void **unused)
{
    (void)unused;
    struct world world;
    begin_renamed(&world, "%{account}/%{type}", "true");
    world.delivery = "second";
    write_batch(&world, globex, 2);
    expect(&world, "globex/f", BOTH);
    world.delivery = "first";
    write_batch(&world, acme, 2);
    expect(&world, "acme/f", ALL);
    finish(&world);

    const struct line both[] = {{"acme", "f", NULL}, {"globex", "f", NULL}};
    begin_renamed(&world, "%{account}/%{type}", "truncate -s 16 acme/f");
    write_batch(&world, both, 2);
    expect(&world, "acme/f", ONE_OF_TWO);
    expect(&world, "globex/f", "{\"n\":1}\n");
    finish(&world);

    begin_renamed(&world, "%{account}/%{type}", "echo theirs >> acme/f");
    write_batch(&world, globex, 2);
    expect(&world, "acme/f", ALL "theirs\n");
    expect(&world, "globex/f", BOTH);
    finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_under_the_former_name_are_not_written_again),
        cmocka_unit_test(nor_after_one_more_crash),
        cmocka_unit_test(nor_if_it_was_the_first_batch_of_all),
        cmocka_unit_test(what_is_another_s_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The file sink where others have a hand in its files: what stands there already, is changed, moved or cut
 * while it is in use, or is written by another. Nothing of theirs is written to or removed. */
#include "file_sink_batch.h"
#include <unistd.h>

/* ---- What is not ours ---- */

static void what_is_not_ours_is_set_aside(void **unused)
{
    (void)unused;
    static const struct {
        const char *make;  /* in the directory */
        const char *check; /* the thing lies at f.1 and is as it was */
        bool as_root;
    } rows[] = {
        {"echo theirs > f; chown 65534 f", "grep -qx theirs f.1", true},
        {"echo theirs > victim; ln victim f", "grep -qx theirs victim && test f.1 -ef victim", false},
        {"echo theirs > f; chmod 0666 f", "grep -qx theirs f.1", false},
        {"echo theirs > f; chmod 0660 f", "grep -qx theirs f.1", false},
        {"mkfifo f", "test -p f.1", false},
        {"echo theirs > victim; ln -s victim f", "grep -qx theirs victim && test -L f.1", false},
        {"python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('f')\"", "test -S f.1", false},
        {"printf half > f", "grep -qx half f.1", false},
    };
    const struct line lines[] = {{"acme", "f", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world;
        if (rows[i].as_root && geteuid() != 0) continue;
        begin(&world, "%{type}");
        shell(&world, rows[i].make);
        alarm(20);
        write_batch(&world, lines, 1);
        alarm(0);
        expect(&world, "f", "{\"n\":0}\n");
        shell(&world, rows[i].check);
        finish(&world);
    }
}

/* Also where it was ours before: at the next batch, and at the next start. */
static void what_is_not_ours_any_more_is_set_aside(void **unused)
{
    (void)unused;
    static const struct {
        const char *change;
        bool as_root;
    } rows[] = {{"chown 65534 f", true}, {"ln f copy", false}, {"chmod o+w f", false}};
    const struct line lines[] = {{"acme", "f", NULL}};
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        struct world world;
        if (rows[i / 2].as_root && geteuid() != 0) continue;
        begin(&world, "%{type}");
        write_batch(&world, lines, 1);
        shell(&world, rows[i / 2].change);
        if (i % 2) reopen(&world);
        write_batch(&world, lines, 1);
        expect(&world, "f.1", "{\"n\":0}\n");
        expect(&world, "f", "{\"n\":0}\n");
        finish(&world);
    }
}

/* What the operator wants others to write, and root's files, are no strangers. */
static void a_file_of_the_wanted_rights_is_taken_over(void **unused)
{
    (void)unused;
    static const struct option_value values[] = {
        {.name = "mode", .type = POSTERN_OPTION_TEXT, .text = "0660"}};
    const struct line lines[] = {{"acme", "f", NULL}};
    struct world world = {.template = "%{type}"};
    postern_error error = ERROR_INIT;
    start(&world, values, 1);
    must(open_sink(&world, &error) >= 0, error.message);
    shell(&world, "echo '{}' > f; chmod 0660 f");
    write_batch(&world, lines, 1);
    expect(&world, "f", "{}\n{\"n\":0}\n");
    finish(&world);
}

/* Copied and then cut to nothing, as logrotate's copytruncate does, just before the lines are written: they
 * do not stand behind a hole. */
static void a_file_that_is_cut_while_it_is_written_to_has_no_hole(void **unused)
{
    (void)unused;
    struct world world;
    char command[200];
    const struct line one[] = {{"acme", "a", NULL}};
    const struct line lines[] = {{"acme", "a", NULL}, {"globex", "b", "a file or a link stands where"}};
    begin(&world, "%{account}/%{type}");
    shell(&world, "echo theirs > globex");
    for (int i = 0; i < 3; i++) {
        write_batch(&world, one, 1);
        snprintf(command, sizeof command, "cd '%s/acme' && cp a copy && : > a", world.directory);
        world.on_reject = command;
        write_batch(&world, lines, 2);
        world.on_reject = NULL;
        expect(&world, "acme/a", "{\"n\":0}\n");
        reopen(&world);
        write_batch(&world, one, 1);
        expect(&world, "acme/a", "{\"n\":0}\n{\"n\":0}\n");
        expect(&world, "acme/copy", i ? "{\"n\":0}\n{\"n\":0}\n{\"n\":0}\n" : "{\"n\":0}\n");
    }
    finish(&world);
}

/* What is looked at only when it is written to: a start is quick, and what was amiss meanwhile is no matter.
 */
static void files_are_looked_at_when_they_are_written_to(void **unused)
{
    (void)unused;
    struct world world;
    postern_error error = ERROR_INIT;
    const struct line lines[] = {{"acme", "f", NULL}};
    begin(&world, "%{type}");
    write_batch(&world, lines, 1);
    crash(&world);
    shell(&world, "mv f away; mkfifo f");
    must(open_sink(&world, &error) >= 0, error.message);
    shell(&world, "mv away f");
    write_batch(&world, lines, 1);
    expect(&world, "f", "{\"n\":0}\n{\"n\":0}\n");
    finish(&world);
}

/* A packed and a plain file of one name are one only if they hold the same, and what is no file of ours is
 * not packed: a FIFO would be packed empty and removed. */
static void packing_removes_nothing_that_it_did_not_pack(void **unused)
{
    (void)unused;
    static const struct option_value values[] = {
        {.name = "compress", .type = POSTERN_OPTION_TEXT, .text = "true"}};
    static const struct {
        const char *change, *check;
    } rows[] = {
        {"echo other > f.2; gzip f.2; echo theirs > f.2", "grep -qx theirs f.2 && test -e f.2.gz"},
        {"mkfifo f.2", "test -p f.2 && ! test -e f.2.gz"},
        {"echo theirs > victim; ln victim f.2", "grep -qx theirs f.2 && test f.2 -ef victim"},
    };
    const struct line lines[] = {{"acme", "f", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world = {.template = "%{type}"};
        postern_error error = ERROR_INIT;
        start(&world, values, 1);
        must(open_sink(&world, &error) >= 0, error.message);
        shell(&world, "echo half | tr -d '\\n' > f; touch f.1"); /* set aside as the second */
        write_batch(&world, lines, 1);
        write_batch(&world, lines, 1);
        crash(&world);
        shell(&world, "test -s f.2 && rm f.2");
        shell(&world, rows[i].change);
        must(open_sink(&world, &error) >= 0, error.message);
        alarm(20);
        write_batch(&world, lines, 1);
        alarm(0);
        shell(&world, rows[i].check);
        finish(&world);
    }
}

/* Two sinks that write to one file by different names of its directory would overwrite each other. */
static void two_writers_of_one_file_do_not_meet(void **unused)
{
    (void)unused;
    const struct line lines[] = {{"acme", "f", NULL}};
    struct world world;
    postern_error error = ERROR_INIT;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    begin(&world, "%{type}");
    write_batch(&world, lines, 1);

    void *other = NULL;
    struct recorder recorder = {
        .face = {.size = sizeof(postern_result), .reject = reject, .set_state = record}, .arena = arena};
    postern_call call = call_of(&world, arena);
    postern_sink_event event = {.size = sizeof event, .type = TEXT("f"), .text = TEXT("{}")};
    const postern_sink_event *pointers[] = {&event};
    postern_batch batch = {.size = sizeof batch, .attempt = 1, .events = pointers, .count = 1};
    must(world.sink->create(&world.module->host, &other, &error) >= 0, error.message);
    must(world.sink->open(other, &call, NULL, 0, &error) >= 0, error.message);
    assert_int_equal(world.sink->write(other, &call, &batch, &recorder.face, &error), POSTERN_E_RETRY);
    assert_non_null(strstr(error.message, "f is being written by another sink or program"));
    world.sink->close(other);
    world.sink->destroy(other);
    expect(&world, "f", "{\"n\":0}\n");
    finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_ours_is_set_aside),
        cmocka_unit_test(what_is_not_ours_any_more_is_set_aside),
        cmocka_unit_test(a_file_of_the_wanted_rights_is_taken_over),
        cmocka_unit_test(a_file_that_is_cut_while_it_is_written_to_has_no_hole),
        cmocka_unit_test(files_are_looked_at_when_they_are_written_to),
        cmocka_unit_test(packing_removes_nothing_that_it_did_not_pack),
        cmocka_unit_test(two_writers_of_one_file_do_not_meet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The file sink against a model of the core: batches, commits of its state, crashes at every step. What lies
 * in the files must be exactly the lines of the committed batches plus those that were written again, each
 * once, in order. */
#include "file_sink.h"

/* Writes lines first..first+count-1, committing as the core does. `steps` is how many calls of write may
 * happen before a crash (< 0: none); true if the batch was committed. */
static bool write_lines(struct world *world, const char *account, int first, int count, int steps)
{
    _cleanup_(arena_freep) postern_arena *arena = arena_new(16 << 20);
    postern_sink_event events[64];
    const postern_sink_event *pointers[64];
    postern_error error = ERROR_INIT;
    assert_true(count <= 64);
    for (int i = 0; i < count; i++) {
        events[i] = (postern_sink_event){.size = sizeof(postern_sink_event),
                                         .account = text_of(account),
                                         .received_ms = 1767225600000,
                                         .text = arena_printf(arena, "{\"n\":%d}", first + i)};
        pointers[i] = &events[i];
    }
    postern_batch batch = {.size = sizeof batch, .attempt = 1, .events = pointers, .count = (size_t)count};
    struct recorder recorder = {
        .face = {.size = sizeof(postern_result), .reject = reject, .set_state = record}, .arena = arena};
    for (;;) {
        postern_call call = {.size = sizeof call, .attempt = 1, .arena = arena, .now_ms = world->now_ms};
        if (steps-- == 0) return false; /* crash before the call */
        postern_status status = world->sink->write(world->self, &call, &batch, &recorder.face, &error);
        must(status >= 0, error.message);
        if (steps-- == 0) return false; /* crash before the commit */
        commit(world, &recorder);
        if (status == POSTERN_OK) return true;
    }
}

/* All lines of one path in order: rotated files by number, then the current one. */
static void read_all(struct world *world, const char *account, struct buffer *into)
{
    char path[160];
    buffer_clear(into);
    for (int number = 1; number < 200; number++) {
        snprintf(path, sizeof path, "%s/%s/2026-01-01.ndjson.%d", world->directory, account, number);
        append_file(path, into);
        snprintf(path, sizeof path, "%s/%s/2026-01-01.ndjson.%d.gz", world->directory, account, number);
        append_file(path, into);
    }
    snprintf(path, sizeof path, "%s/%s/2026-01-01.ndjson", world->directory, account);
    append_file(path, into);
}

static void expect_lines(struct world *world, const char *account, int count)
{
    _cleanup_(buffer_free) struct buffer found = {.limit = 1 << 22}, wanted = {.limit = 1 << 22};
    read_all(world, account, &found);
    for (int i = 0; i < count; i++)
        buffer_printf(&wanted, "{\"n\":%d}\n", i);
    assert_string_equal(buffer_string(&found), buffer_string(&wanted));
}

static void write_and_reopen(void **unused)
{
    (void)unused;
    struct world world = {0};
    postern_error error = ERROR_INIT;
    start(&world, NULL, 0);
    must(open_sink(&world, &error) >= 0, error.message);
    assert_true(write_lines(&world, "acme", 0, 10, -1));
    crash(&world);
    must(open_sink(&world, &error) >= 0, error.message);
    assert_true(write_lines(&world, "acme", 10, 5, -1));
    expect_lines(&world, "acme", 15);
    world.sink->close(world.self);
    end(&world);
}

/* Random batches, rotation by size, gzip, crashes after every possible number of steps. */
static void crashes_at_every_step(void **unused)
{
    (void)unused;
    static const struct option_value values[] = {
        {.name = "rotate_size", .type = POSTERN_OPTION_SIZE, .integer = 300},
        {.name = "compress", .type = POSTERN_OPTION_BOOLEAN, .integer = 1}};
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct world world = {0};
        struct random_source random = random_fixed(seed);
        postern_error error = ERROR_INIT;
        int next = 0, crashes = 0;
        start(&world, values, 2);
        must(open_sink(&world, &error) >= 0, error.message);
        while (next < 400) {
            int count = 1 + (int)random_below(&random, 20);
            int steps = random_below(&random, 3) ? (int)random_below(&random, 6) : -1;
            if (write_lines(&world, "acme", next, count, steps)) {
                next += count;
            } else {
                crashes++;
                crash(&world);
                must(open_sink(&world, &error) >= 0, error.message);
            }
        }
        assert_true(crashes > 5);
        expect_lines(&world, "acme", next);
        world.sink->close(world.self);
        end(&world);
    }
}

/* Killed after the packed file got its name and before the plain one was removed: the lines must not stand in
 * both. */
static void a_rotation_half_packed_is_finished(void **unused)
{
    (void)unused;
    static const struct option_value values[] = {
        {.name = "rotate_size", .type = POSTERN_OPTION_SIZE, .integer = 20},
        {.name = "compress", .type = POSTERN_OPTION_BOOLEAN, .integer = 1}};
    struct world world = {0};
    postern_error error = ERROR_INIT;
    char command[256];
    start(&world, values, 2);
    must(open_sink(&world, &error) >= 0, error.message);
    assert_true(write_lines(&world, "acme", 0, 3, -1));
    assert_false(write_lines(&world, "acme", 3, 1, 2)); /* the wish to rotate is committed, no more */
    crash(&world);
    snprintf(command, sizeof command,
             "cd '%s/acme' && mv 2026-01-01.ndjson 2026-01-01.ndjson.1 && gzip -k *.1", world.directory);
    assert_int_equal(system(command), 0);
    must(open_sink(&world, &error) >= 0, error.message);
    assert_true(write_lines(&world, "acme", 3, 1, -1));
    expect_lines(&world, "acme", 4);
    world.sink->close(world.self);
    end(&world);
}

static void garbage_behind_the_record_is_cut(void **unused)
{
    (void)unused;
    struct world world = {0};
    postern_error error = ERROR_INIT;
    char path[160];
    start(&world, NULL, 0);
    must(open_sink(&world, &error) >= 0, error.message);
    assert_true(write_lines(&world, "acme", 0, 3, -1));
    crash(&world);
    snprintf(path, sizeof path, "%s/acme/2026-01-01.ndjson", world.directory);
    FILE *file = fopen(path, "a");
    fputs("{\"half\":", file);
    fclose(file);
    must(open_sink(&world, &error) >= 0, error.message);
    assert_true(write_lines(&world, "acme", 3, 2, -1));
    expect_lines(&world, "acme", 5);
    world.sink->close(world.self);
    end(&world);
}

/* A file that is not the one we left is never extended: it is set aside under the next number. */
static void foreign_files_are_left_alone(void **unused)
{
    (void)unused;
    static const struct {
        const char *what;
        const char *change; /* shell, in the account's folder */
        const char *kept;   /* content of the file set aside */
    } rows[] = {
        {"cut short", "printf '{\"n\":0}' > 2026-01-01.ndjson", "{\"n\":0}"},
        {"replaced", "rm 2026-01-01.ndjson; printf 'theirs\\n' > 2026-01-01.ndjson", "theirs\n"},
        {"a link", "rm 2026-01-01.ndjson; ln -s /etc/passwd 2026-01-01.ndjson", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world = {0};
        postern_error error = ERROR_INIT;
        char command[256], path[160];
        start(&world, NULL, 0);
        must(open_sink(&world, &error) >= 0, error.message);
        assert_true(write_lines(&world, "acme", 0, 3, -1));
        crash(&world);
        snprintf(command, sizeof command, "cd '%s/acme' && %s", world.directory, rows[i].change);
        assert_int_equal(system(command), 0);
        must(open_sink(&world, &error) >= 0, error.message);
        assert_true(write_lines(&world, "acme", 3, 1, -1));
        _cleanup_(buffer_free) struct buffer found = {.limit = 1 << 16}, kept = {.limit = 1 << 16};
        snprintf(path, sizeof path, "%s/acme/2026-01-01.ndjson", world.directory);
        append_file(path, &found);
        assert_string_equal(buffer_string(&found), "{\"n\":3}\n");
        snprintf(path, sizeof path, "%s/acme/2026-01-01.ndjson.1", world.directory);
        if (rows[i].kept) {
            append_file(path, &kept);
            assert_string_equal(buffer_string(&kept), rows[i].kept);
        } else {
            struct stat status;
            assert_int_equal(lstat(path, &status), 0);
            assert_true(S_ISLNK(status.st_mode));
        }
        world.sink->close(world.self);
        end(&world);
    }
}

static void names_cannot_leave_the_directory(void **unused)
{
    (void)unused;
    struct world world = {0};
    postern_error error = ERROR_INIT;
    char path[200];
    struct stat status;
    start(&world, NULL, 0);
    must(open_sink(&world, &error) >= 0, error.message);
    assert_true(write_lines(&world, "../..", 0, 1, -1));
    snprintf(path, sizeof path, "%s/%%2E.%%2F.%%2E/2026-01-01.ndjson", world.directory);
    assert_int_equal(stat(path, &status), 0);
    world.sink->close(world.self);
    end(&world);
}

static void old_files_rotate_in_a_quiet_moment(void **unused)
{
    (void)unused;
    static const struct option_value values[] = {
        {.name = "rotate_age", .type = POSTERN_OPTION_DURATION, .integer = 3600000}};
    struct world world = {0};
    postern_error error = ERROR_INIT;
    char path[160];
    struct stat status;
    start(&world, values, 1);
    must(open_sink(&world, &error) >= 0, error.message);
    assert_true(write_lines(&world, "acme", 0, 3, -1));
    world.now_ms += 3600000;
    postern_status idle;
    do {
        _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
        struct recorder recorder = {
            .face = {.size = sizeof(postern_result), .reject = reject, .set_state = record}, .arena = arena};
        postern_call call = {.size = sizeof call, .attempt = 1, .arena = arena, .now_ms = world.now_ms};
        idle = world.sink->idle(world.self, &call, &recorder.face, &error);
        commit(&world, &recorder);
    } while (idle == POSTERN_COMMIT_STATE);
    must(idle >= 0, error.message);
    snprintf(path, sizeof path, "%s/acme/2026-01-01.ndjson.1", world.directory);
    assert_int_equal(stat(path, &status), 0);
    assert_true(write_lines(&world, "acme", 3, 1, -1));
    expect_lines(&world, "acme", 4);
    world.sink->close(world.self);
    end(&world);
}

static void few_descriptors_serve_many_files(void **unused)
{
    (void)unused;
    static const struct option_value values[] = {
        {.name = "open_files", .type = POSTERN_OPTION_INTEGER, .integer = 2}};
    static const char *const accounts[] = {"a", "b", "c", "d", "e"};
    struct world world = {0};
    postern_error error = ERROR_INIT;
    start(&world, values, 1);
    must(open_sink(&world, &error) >= 0, error.message);
    for (int round = 0; round < 4; round++)
        for (size_t i = 0; i < 5; i++) {
            world.now_ms++;
            assert_true(write_lines(&world, accounts[i], round * 3, 3, -1));
        }
    for (size_t i = 0; i < 5; i++)
        expect_lines(&world, accounts[i], 12);
    world.sink->close(world.self);
    end(&world);
}

/* A write that stops in the middle (here by a limit on the size of files) leaves no half line behind. */
static void a_full_disk_leaves_no_broken_line(void **unused)
{
    (void)unused;
    struct world world = {0};
    postern_error error = ERROR_INIT;
    struct rlimit before, small;
    start(&world, NULL, 0);
    must(open_sink(&world, &error) >= 0, error.message);
    assert_true(write_lines(&world, "acme", 0, 3, -1));

    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    postern_sink_event event = {.size = sizeof event,
                                .account = TEXT("acme"),
                                .received_ms = 1767225600000,
                                .text = TEXT("{\"n\":3,\"long\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}")};
    const postern_sink_event *pointers[] = {&event};
    postern_batch batch = {.size = sizeof batch, .attempt = 1, .events = pointers, .count = 1};
    struct recorder recorder = {
        .face = {.size = sizeof(postern_result), .reject = reject, .set_state = record}, .arena = arena};
    postern_call call = {.size = sizeof call, .attempt = 1, .arena = arena, .now_ms = world.now_ms};
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){30, before.rlim_max}; /* three lines take 24 */
    setrlimit(RLIMIT_FSIZE, &small);
    postern_status status = world.sink->write(world.self, &call, &batch, &recorder.face, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(status, POSTERN_E_RETRY);
    assert_non_null(strstr(error.message, "cannot write acme/2026-01-01.ndjson"));
    expect_lines(&world, "acme", 3);

    crash(&world); /* as the core does after a failure: close, open, the same batch again */
    must(open_sink(&world, &error) >= 0, error.message);
    assert_true(write_lines(&world, "acme", 3, 2, -1));
    expect_lines(&world, "acme", 5);
    world.sink->close(world.self);
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(write_and_reopen),
        cmocka_unit_test(crashes_at_every_step),
        cmocka_unit_test(a_rotation_half_packed_is_finished),
        cmocka_unit_test(garbage_behind_the_record_is_cut),
        cmocka_unit_test(foreign_files_are_left_alone),
        cmocka_unit_test(names_cannot_leave_the_directory),
        cmocka_unit_test(old_files_rotate_in_a_quiet_moment),
        cmocka_unit_test(few_descriptors_serve_many_files),
        cmocka_unit_test(a_full_disk_leaves_no_broken_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The file sink against a model of the core: batches, commits of its state, crashes at every step. What lies
 * in the files is exactly the lines of the committed batches, each once, in order. */
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
    postern_batch batch = {.size = sizeof batch,
                           .attempt = 1,
                           .delivery = text_of(world->delivery ? world->delivery : "first"),
                           .events = pointers,
                           .count = (size_t)count};
    struct recorder recorder = {
        .face = {.size = sizeof(postern_result), .reject = reject, .set_state = record}, .arena = arena};
    for (;;) {
        postern_call call = call_of(world, arena);
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

static void expect_file(struct world *world, const char *name, const char *content)
{
    _cleanup_(buffer_free) struct buffer found = {.limit = 1 << 16};
    char path[160];
    snprintf(path, sizeof path, "%s/acme/%s", world->directory, name);
    append_file(path, &found);
    assert_string_equal(buffer_string(&found), content);
}

static void change(struct world *world, const char *words)
{
    char command[600];
    snprintf(command, sizeof command, "cd '%s/acme' && %s", world->directory, words);
    assert_int_equal(system(command), 0);
}

static void append_to(struct world *world, const char *name, const void *bytes, size_t size)
{
    char path[160];
    snprintf(path, sizeof path, "%s/acme/%s", world->directory, name);
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
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
        {.name = "compress", .type = POSTERN_OPTION_TEXT, .text = "true"}};
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct world world = {0};
        struct random_source random = random_fixed(seed);
        postern_error error = ERROR_INIT;
        int next = 0, crashes = 0, count = 0;
        start(&world, values, 2);
        must(open_sink(&world, &error) >= 0, error.message);
        while (next < 400) {
            if (count == 0) count = 1 + (int)random_below(&random, 20);
            int steps = random_below(&random, 3) ? (int)random_below(&random, 6) : -1;
            if (write_lines(&world, "acme", next, count, steps)) {
                next += count;
                count = 0;
            } else { /* the same batch comes again */
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
        {.name = "compress", .type = POSTERN_OPTION_TEXT, .text = "true"}};
    struct world world = {0};
    postern_error error = ERROR_INIT;
    start(&world, values, 2);
    must(open_sink(&world, &error) >= 0, error.message);
    assert_true(write_lines(&world, "acme", 0, 3, -1));
    assert_false(write_lines(&world, "acme", 3, 1, 2)); /* the wish to rotate is committed, no more */
    crash(&world);
    change(&world, "mv 2026-01-01.ndjson 2026-01-01.ndjson.1 && gzip -k *.1");
    must(open_sink(&world, &error) >= 0, error.message);
    assert_true(write_lines(&world, "acme", 3, 1, -1));
    expect_lines(&world, "acme", 4);
    world.sink->close(world.self);
    end(&world);
}

/* What a crash left of a batch: the beginning of its lines, or blocks that never came to the disk. */
static void part_of_the_batch_behind_the_record_is_completed(void **unused)
{
    (void)unused;
    static const struct {
        const char *left;
        size_t size;
    } rows[] = {{"{\"n\":", 5}, {"{\"n\":3}\n{\"n\"", 12}, {"\0\0\0\0\0\0}\n{\"n\"", 12}, {"\0\0\0\0", 4}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world = {0};
        postern_error error = ERROR_INIT;
        start(&world, NULL, 0);
        must(open_sink(&world, &error) >= 0, error.message);
        assert_true(write_lines(&world, "acme", 0, 3, -1));
        crash(&world);
        append_to(&world, "2026-01-01.ndjson", rows[i].left, rows[i].size);
        must(open_sink(&world, &error) >= 0, error.message);
        assert_true(write_lines(&world, "acme", 3, 2, -1));
        expect_lines(&world, "acme", 5);
        world.sink->close(world.self);
        end(&world);
    }
}

/* What no batch of ours has is not cut off: someone's lines, or those of a state that was newer. */
static void other_lines_behind_the_record_are_set_aside(void **unused)
{
    (void)unused;
    static const char *const rows[] = {"{\"half\":", "{\"n\":3}\n{\"n\":9}\n", "{\"n\":9}\n"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world = {0};
        postern_error error = ERROR_INIT;
        char wanted[100];
        start(&world, NULL, 0);
        must(open_sink(&world, &error) >= 0, error.message);
        assert_true(write_lines(&world, "acme", 0, 3, -1));
        crash(&world);
        append_to(&world, "2026-01-01.ndjson", rows[i], strlen(rows[i]));
        must(open_sink(&world, &error) >= 0, error.message);
        assert_true(write_lines(&world, "acme", 3, 2, -1));
        snprintf(wanted, sizeof wanted, "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n%s", rows[i]);
        expect_file(&world, "2026-01-01.ndjson.1", wanted);
        expect_file(&world, "2026-01-01.ndjson", "{\"n\":3}\n{\"n\":4}\n");
        world.sink->close(world.self);
        end(&world);
    }
}

/* A backup of the state is put back when more batches have been delivered: those that come again are
 * recognized one by one, however they are cut; those that never come again stay. */
static void a_restored_older_state_destroys_nothing(void **unused)
{
    (void)unused;
    for (int again = 0; again < 2; again++) {
        struct world world = {0}, backup = {0};
        postern_error error = ERROR_INIT;
        start(&world, NULL, 0);
        must(open_sink(&world, &error) >= 0, error.message);
        for (int i = 0; i < 400; i += 40)
            assert_true(write_lines(&world, "acme", i, 40, -1));
        copy_state(&backup, &world);
        for (int i = 400; i < 1000; i += 60)
            assert_true(write_lines(&world, "acme", i, 60, -1));
        crash(&world);
        copy_state(&world, &backup);
        must(open_sink(&world, &error) >= 0, error.message);
        for (int i = again ? 400 : 1000; i < 1040; i += 16)
            assert_true(write_lines(&world, "acme", i, 1040 - i < 16 ? 1040 - i : 16, -1));
        expect_lines(&world, "acme", 1040);
        copy_state(&backup, &(struct world){0});
        world.sink->close(world.self);
        end(&world);
    }
}

/* Somebody moved, copied or packed the file after a crash in the middle of a batch. */
static void an_unconfirmed_batch_is_found_where_the_file_went(void **unused)
{
    (void)unused;
    static const char *const changes[] = {
        "mv 2026-01-01.ndjson 2026-01-01.ndjson.1",
        "mv 2026-01-01.ndjson 2026-01-01.ndjson.1; install -m 640 /dev/null 2026-01-01.ndjson",
        "mv 2026-01-01.ndjson 2026-01-01.ndjson.1; gzip *.1",
        "cp -p 2026-01-01.ndjson 2026-01-01.ndjson.1; : > 2026-01-01.ndjson",
        "cp -p 2026-01-01.ndjson 2026-01-01.ndjson.1; : > 2026-01-01.ndjson; gzip *.1",
    };
    static const int left[] = {24, 32, 37,
                               40}; /* nothing of the batch, a line, a line and a half, all of it */
    for (size_t i = 0; i < sizeof changes / sizeof *changes * 4; i++) {
        struct world world = {0};
        postern_error error = ERROR_INIT;
        char command[512];
        const char *what = changes[i / 4];
        bool is_half = i % 4 == 2;
        start(&world, NULL, 0);
        must(open_sink(&world, &error) >= 0, error.message);
        assert_true(write_lines(&world, "acme", 0, 3, -1));
        assert_false(write_lines(&world, "acme", 3, 2, 1));
        crash(&world);
        snprintf(command, sizeof command, "truncate -s %d 2026-01-01.ndjson && %s", left[i % 4], what);
        change(&world, command);
        must(open_sink(&world, &error) >= 0, error.message);
        if (is_half && strstr(what, "gzip")) { /* half a line in a packed file stays */
            assert_true(write_lines(&world, "acme", 3, 2, -1));
            expect_file(&world, "2026-01-01.ndjson.1.gz",
                        "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n{\"n\":");
            expect_file(&world, "2026-01-01.ndjson", "{\"n\":4}\n");
        } else {
            for (int n = 3; n < 9; n += 2) {
                assert_true(write_lines(&world, "acme", n, 2, -1));
                crash(&world);
                must(open_sink(&world, &error) >= 0, error.message);
            }
            expect_lines(&world, "acme", 9);
        }
        world.sink->close(world.self);
        end(&world);
    }
}

/* Two crashes in one batch, with the file moved away after each, or only after the first. */
static void a_batch_in_pieces_is_put_together(void **unused)
{
    (void)unused;
    for (int moved = 0; moved < 2; moved++) {
        struct world world = {0};
        postern_error error = ERROR_INIT;
        start(&world, NULL, 0);
        must(open_sink(&world, &error) >= 0, error.message);
        assert_true(write_lines(&world, "acme", 0, 3, -1));
        assert_false(write_lines(&world, "acme", 3, 4, 1));
        crash(&world);
        change(&world, "truncate -s 40 2026-01-01.ndjson; mv 2026-01-01.ndjson 2026-01-01.ndjson.1");
        must(open_sink(&world, &error) >= 0, error.message);
        assert_false(write_lines(&world, "acme", 3, 4, 3));
        crash(&world);
        change(&world, moved ? "mv 2026-01-01.ndjson 2026-01-01.ndjson.2" : "test -s 2026-01-01.ndjson");
        must(open_sink(&world, &error) >= 0, error.message);
        assert_true(write_lines(&world, "acme", 3, 4, -1));
        expect_lines(&world, "acme", 7);
        world.sink->close(world.self);
        end(&world);
    }
}

/* Another delivery's batch comes first after the crash: the lines that are not its own are set aside, and
 * found there when their batch comes. */
static void deliveries_of_one_file_come_in_any_order(void **unused)
{
    (void)unused;
    struct world world = {0};
    postern_error error = ERROR_INIT;
    start(&world, NULL, 0);
    must(open_sink(&world, &error) >= 0, error.message);
    assert_true(write_lines(&world, "acme", 0, 3, -1));
    assert_false(write_lines(&world, "acme", 3, 2, 1)); /* written, not confirmed */
    crash(&world);
    must(open_sink(&world, &error) >= 0, error.message);
    world.delivery = "other";
    assert_true(write_lines(&world, "acme", 5, 2, -1));
    crash(&world);
    must(open_sink(&world, &error) >= 0, error.message);
    assert_true(write_lines(&world, "acme", 7, 1, -1));
    world.delivery = NULL;
    assert_true(write_lines(&world, "acme", 3, 2, -1));
    assert_true(write_lines(&world, "acme", 8, 1, -1));
    expect_lines(&world, "acme", 9);
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
        char path[160];
        start(&world, NULL, 0);
        must(open_sink(&world, &error) >= 0, error.message);
        assert_true(write_lines(&world, "acme", 0, 3, -1));
        crash(&world);
        change(&world, rows[i].change);
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
    keep_house(&world);
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
    postern_call call = call_of(&world, arena);
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
        cmocka_unit_test(part_of_the_batch_behind_the_record_is_completed),
        cmocka_unit_test(other_lines_behind_the_record_are_set_aside),
        cmocka_unit_test(a_restored_older_state_destroys_nothing),
        cmocka_unit_test(an_unconfirmed_batch_is_found_where_the_file_went),
        cmocka_unit_test(a_batch_in_pieces_is_put_together),
        cmocka_unit_test(deliveries_of_one_file_come_in_any_order),
        cmocka_unit_test(foreign_files_are_left_alone),
        cmocka_unit_test(names_cannot_leave_the_directory),
        cmocka_unit_test(old_files_rotate_in_a_quiet_moment),
        cmocka_unit_test(few_descriptors_serve_many_files),
        cmocka_unit_test(a_full_disk_leaves_no_broken_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

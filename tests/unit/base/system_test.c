/* Files, workers, the test clock. */
#include "../own_folder.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/test_clock.h"
#include "base/text.h"
#include "base/workers.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

static char directory[OWN_FOLDER_SIZE];

static int make_directory(void **unused)
{
    (void)unused;
    return own_folder_make(directory, "base");
}

static int remove_directory(void **unused)
{
    (void)unused;
    return own_folder_remove(directory);
}

static void reading_has_a_limit(void **unused)
{
    (void)unused;
    _cleanup_(freep) char *path = path_join(directory, "text");
    _cleanup_(buffer_free) struct buffer buffer = {.limit = 1 << 20};
    postern_error error = ERROR_INIT;
    FILE *file = fopen(path, "w");
    fputs("hello", file);
    fclose(file);
    assert_int_equal(file_read(path, 5, &buffer, &error), POSTERN_OK);
    assert_true(text_is(buffer_text(&buffer), "hello"));
    assert_int_equal(file_read(path, 4, &buffer, &error), POSTERN_E_LIMIT);
    assert_int_equal(file_read("/nowhere/at/all", 4, &buffer, &error), POSTERN_E_IO);
    assert_string_equal(error.message, "cannot open /nowhere/at/all: No such file or directory");
}

/* Not all files say how long they are, and what is longer than one read comes whole. */
static void files_are_read_to_their_end(void **unused)
{
    (void)unused;
    _cleanup_(freep) char *path = path_join(directory, "long");
    _cleanup_(buffer_free) struct buffer buffer = {.limit = 1 << 20};
    postern_error error = ERROR_INIT;
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 40000; i++)
        fputc('a' + i % 26, file);
    fclose(file);
    assert_int_equal(file_read(path, 40000, &buffer, &error), POSTERN_OK);
    assert_int_equal(buffer.size, 40000);
    assert_int_equal(buffer.data[39999], 'a' + 39999 % 26);
    buffer_clear(&buffer);
    assert_int_equal(file_read("/proc/self/cmdline", 40000, &buffer, &error), POSTERN_OK);
    assert_true(buffer.size > 0);
}

/* What has no end of its own, or another end that may never be opened, is refused and not waited for. */
static void only_regular_files_are_read(void **unused)
{
    (void)unused;
    _cleanup_(freep) char *fifo = path_join(directory, "fifo"), *link = path_join(directory, "link");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(symlink(fifo, link), 0);
    const struct {
        const char *path, *words;
    } rows[] = {{fifo, "is a FIFO, not a regular file"},
                {link, "is a FIFO, not a regular file"},
                {"/dev/zero", "is a device, not a regular file"},
                {"/", "Is a directory"}};
    alarm(20);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        _cleanup_(buffer_free) struct buffer buffer = {.limit = 1 << 20};
        postern_error error = ERROR_INIT;
        assert_true(file_read(rows[i].path, 1000, &buffer, &error) < 0);
        if (!strstr(error.message, rows[i].words)) fail_msg("%s: %s", rows[i].path, error.message);
        assert_int_equal(buffer.size, 0);
        bool is_directory = rows[i].path[1] == 0;
        assert_int_equal(error.remedy[0] == 0, is_directory);
        assert_int_equal(file_check_kind(rows[i].path, &error), is_directory ? POSTERN_OK : POSTERN_E_CONFIG);
    }
    alarm(0);
    assert_int_equal(file_check_kind("/nowhere/at/all", NULL), POSTERN_OK);
}

struct counting_job {
    struct worker_job job;
    _Atomic int *count;
};

static void count(struct worker_job *job, size_t worker)
{
    assert_true(worker < 3);
    atomic_fetch_add(((struct counting_job *)job)->count, 1);
}

static void every_job_runs_once(void **unused)
{
    (void)unused;
    enum { JOBS = 10000 };
    static struct counting_job jobs[JOBS];
    _Atomic int ran = 0;
    struct workers *workers = workers_new(3);
    assert_int_equal(workers_count(workers), 3);
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = (struct counting_job){.job.run = count, .count = &ran};
        workers_submit(workers, &jobs[i].job);
    }
    workers_free(workers);
    assert_int_equal(ran, JOBS);
}

static void clock_in_a_file(void **unused)
{
    (void)unused;
    _cleanup_(freep) char *path = path_join(directory, "clock");
    assert_true(test_clock_create(path, 1000000, 0.0));
    static const struct clock *clock; /* clocks are never closed */
    clock = test_clock_open(path);
    assert_non_null(clock);
    assert_int_equal(clock_wall_ms(clock), 1000000);
    assert_true(test_clock_set(path, 5000, -1));
    assert_int_equal(clock_wall_ms(clock), 1005000);
    assert_int_equal(clock_timeout_ms(clock, 1005000), 0);
    assert_true(clock_timeout_ms(clock, 2000000) <= 5);
    assert_true(test_clock_set(path, 0, 1000.0));
    int64_t before = clock_wall_ms(clock);
    while (clock_wall_ms(clock) < before + 1000) /* one real millisecond is a second */
        ;
    assert_true(test_clock_create(path, 2000000000, 0.0));
    int64_t monotonic = clock_monotonic_ms(clock);
    assert_true(test_clock_step(path, -86400000)); /* the wall clock is set back a day */
    assert_int_equal(clock_wall_ms(clock), 2000000000 - 86400000);
    assert_int_equal(clock_monotonic_ms(clock), monotonic);
    assert_true(test_clock_set(path, 5000, -1)); /* time passes */
    assert_int_equal(clock_wall_ms(clock), 2000005000 - 86400000);
    assert_int_equal(clock_monotonic_ms(clock), monotonic + 5000);
    assert_true(test_clock_set(path, -3600000, -1)); /* and never goes back */
    assert_int_equal(clock_monotonic_ms(clock), monotonic + 5000);
    assert_true(test_clock_set(path, 1000, -1));
    assert_int_equal(clock_monotonic_ms(clock), monotonic + 6000);
    assert_null(test_clock_open("/nowhere/clock"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_has_a_limit),
        cmocka_unit_test(files_are_read_to_their_end),
        cmocka_unit_test(only_regular_files_are_read),
        cmocka_unit_test(every_job_runs_once),
        cmocka_unit_test(clock_in_a_file),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}

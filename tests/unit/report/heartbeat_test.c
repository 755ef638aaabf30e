/* The heartbeat comes back as it was written, in place, and half of one is none. */
#include "../unit.h"
#include "base/error.h"
#include "report/heartbeat.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64], path[96];

static int prepare(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/postern-heartbeat-XXXXXX");
    if (!mkdtemp(directory)) return -1;
    snprintf(path, sizeof path, "%s/heartbeat.json", directory);
    return 0;
}

static int clean(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(directory);
}

static struct heartbeat some(void)
{
    struct heartbeat beat = {.sequence = 3,
                             .pid = 42,
                             .once = true,
                             .started_ms = 1,
                             .written_ms = 2,
                             .monotonic_ms = 3,
                             .part_total = 1,
                             .part_count = 1,
                             .parts = {{"sink files", "write", 9000}},
                             .space = {SPACE_DISK_FULL, 5, "no \"space\"\n"},
                             .ended_ms = 7,
                             .exit_code = 1};
    beat.tolerance.interval_count = 1;
    beat.tolerance.intervals[0] = (struct stream_interval){"siem toys/1", 900000};
    beat.tolerance.stalled_ms = 11;
    beat.clock_steps = (struct clock_steps){{{12, -13000}, {14, 15000}}, 2};
    for (int cause = 0; cause < LATE_CAUSES; cause++) {
        beat.late.groups[cause] = (struct late_group){cause + 1, cause + 20, cause + 30, "acme/audit"};
        beat.late.settings[cause] = cause;
    }
    heartbeat_boot(beat.boot);
    return beat;
}

static void it_comes_back(void **state)
{
    (void)state;
    postern_error error = ERROR_INIT;
    struct heartbeat_file file;
    struct heartbeat beat = some(), read;
    assert_false(heartbeat_read(directory, &read));
    assert_int_equal(heartbeat_open(&file, directory, &error), POSTERN_OK);
    assert_int_equal(heartbeat_write(&file, &beat, &error), POSTERN_OK);
    assert_true(heartbeat_read(directory, &read));
    assert_memory_equal(&read, &beat, sizeof beat);
    heartbeat_close(&file);
}

/* No write of it needs a byte that was not there from the start: the disk may fill up meanwhile. */
static void its_size_never_changes(void **state)
{
    (void)state;
    postern_error error = ERROR_INIT;
    struct heartbeat_file file;
    struct heartbeat beat = some(), read;
    struct stat before, after;
    assert_int_equal(heartbeat_open(&file, directory, &error), POSTERN_OK);
    assert_int_equal(stat(path, &before), 0);
    assert_true(before.st_blocks > 0 && before.st_mode == (S_IFREG | 0600));
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    rlim_t usual = limit.rlim_cur;
    limit.rlim_cur = (rlim_t)before.st_size;
    setrlimit(RLIMIT_FSIZE, &limit);
    for (beat.part_count = 0; beat.part_count < HEARTBEAT_PARTS; beat.part_count++)
        memset(beat.parts[beat.part_count].part, '"', sizeof beat.parts->part - 1);
    memset(beat.space.words, 1, sizeof beat.space.words - 1);
    for (size_t i = 0; i < TOLERANCE_STREAMS; i++)
        snprintf(beat.tolerance.intervals[i].stream, sizeof beat.tolerance.intervals->stream, "%0127zu", i);
    beat.tolerance.interval_count = TOLERANCE_STREAMS;
    postern_status status = heartbeat_write(&file, &beat, &error);
    limit.rlim_cur = usual;
    setrlimit(RLIMIT_FSIZE, &limit);
    assert_int_equal(status, POSTERN_OK); /* the longest that there can be */
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_size, before.st_size);
    assert_true(heartbeat_read(directory, &read));
    heartbeat_close(&file);
}

static void half_of_one_is_none(void **state)
{
    (void)state;
    postern_error error = ERROR_INIT;
    struct heartbeat_file file;
    struct heartbeat beat = some(), read;
    assert_int_equal(heartbeat_open(&file, directory, &error), POSTERN_OK);
    assert_int_equal(heartbeat_write(&file, &beat, &error), POSTERN_OK);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    char text[512];
    assert_true(pread(fd, text, sizeof text, 0) > 0);
    char *number = memmem(text, sizeof text, "\"sequence\":3", 12);
    assert_non_null(number);
    assert_int_equal(pwrite(fd, "4", 1, number + 11 - text), 1); /* the beginning of the next */
    assert_false(heartbeat_read(directory, &read));
    close(fd);
    heartbeat_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_comes_back, prepare, clean),
        cmocka_unit_test_setup_teardown(its_size_never_changes, prepare, clean),
        cmocka_unit_test_setup_teardown(half_of_one_is_none, prepare, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

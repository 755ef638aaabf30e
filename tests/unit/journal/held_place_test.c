/* A backup is copied over the database while the journal itself writes to it: between two pages of a
 * checkpoint, while it waits for the disk, and before the end of the program. It is noticed, and stays as it
 * was put there. */
#include "fixture.h"
#include "recorded_writes.h"
#include <fcntl.h>
#include <unistd.h>

static struct copying {
    struct buffer backup;
    char path[128];
    bool at_sync; /* while the database is brought to the disk; else between two of its pages */
    size_t recorded;
    size_t pages; /* that the checkpoint had written by then */
    atomic_bool is_done;
} copying;

/* Times of files move with the kernel's tick: what two programs do within one cannot be told apart. */
static void wait_for_tick(void)
{
    struct timespec first, now;
    clock_gettime(CLOCK_REALTIME_COARSE, &first);
    do {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        clock_gettime(CLOCK_REALTIME_COARSE, &now);
    } while (now.tv_sec == first.tv_sec && now.tv_nsec == first.tv_nsec);
}

static void copy_over(void)
{
    wait_for_tick();
    int fd = open(copying.path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (fd < 0 || file_write_all(fd, copying.backup.data, copying.backup.size) < 0) abort();
    close(fd);
    atomic_store(&copying.is_done, true);
}

static void copy_within_the_checkpoint(void *context, bool is_sync, const char *name)
{
    (void)context;
    struct recorded_write write;
    if (atomic_load(&copying.is_done)) return;
    for (; recorded_writes_get(copying.recorded, &write); copying.recorded++)
        copying.pages += write.bytes && strcmp(write.name, "journal.db") == 0;
    if (copying.pages < 2 || is_sync != copying.at_sync) return;
    if (is_sync ? strcmp(name, "journal.db") == 0 : strcmp(name, "journal.db-wal") == 0) copy_over();
}

static void back_up(struct fixture *fixture)
{
    char path[128];
    sqlite3 *from = NULL, *to = NULL;
    fixture_path(fixture, "journal.db", copying.path);
    fixture_path(fixture, "backup.db", path);
    assert_int_equal(sqlite3_open(copying.path, &from), SQLITE_OK);
    assert_int_equal(sqlite3_open(path, &to), SQLITE_OK);
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    assert_int_equal(sqlite3_backup_step(backup, -1), SQLITE_DONE);
    sqlite3_backup_finish(backup);
    sqlite3_close(to);
    sqlite3_close(from);
    copying.backup = (struct buffer){.limit = 64 << 20};
    assert_int_equal(file_read(path, 64 << 20, &copying.backup, NULL), POSTERN_OK);
}

static void assert_as_copied(void)
{
    struct buffer now = {.limit = 64 << 20};
    char log[140];
    assert_int_equal(file_read(copying.path, 64 << 20, &now, NULL), POSTERN_OK);
    assert_int_equal(now.size, copying.backup.size);
    assert_memory_equal(now.data, copying.backup.data, now.size);
    snprintf(log, sizeof log, "%s-wal", copying.path);
    assert_int_equal(access(log, F_OK), -1);
    buffer_free(&now);
}

/* 100 events are in the backup, as many again in our log. */
static void begin(struct fixture *fixture)
{
    postern_error error = ERROR_INIT;
    recorded_writes_pause(NULL, NULL);
    buffer_free(&copying.backup);
    copying = (struct copying){0};
    assert_ok(commit_events(fixture, 1, 100, 1000, &error));
    back_up(fixture);
    assert_ok(commit_events(fixture, 101, 100, 1000, &error));
}

static void goes_on_from_the_backup(struct fixture *fixture)
{
    fixture_close(fixture);
    assert_as_copied();
    fixture_open(fixture);
    assert_int_equal(read_all(fixture->journal, 0, NULL), 100);
}

static void a_copy_during_a_checkpoint_is_noticed(struct fixture *fixture, bool at_sync)
{
    postern_error error = ERROR_INIT;
    begin(fixture);
    copying.at_sync = at_sync;
    copying.recorded = recorded_writes_count();
    recorded_writes_pause(copy_within_the_checkpoint, NULL);
    assert_comes_true((fixture_advance(fixture, 1000), atomic_load(&copying.is_done)));
    assert_comes_true(journal_check_place(fixture->journal, &error) == POSTERN_E_STOPPED);
    recorded_writes_pause(NULL, NULL);
    assert_non_null(strstr(error.message, "the journal's database was written to by another program"));
    assert_int_equal(commit_events(fixture, 201, 100, 1000, &error), POSTERN_E_STOPPED);
    assert_as_copied();
    goes_on_from_the_backup(fixture);
}

static void a_copy_between_two_pages_is_noticed(void **state)
{
    a_copy_during_a_checkpoint_is_noticed(*state, false);
}

static void a_copy_while_the_disk_is_waited_for_is_noticed(void **state)
{
    a_copy_during_a_checkpoint_is_noticed(*state, true);
}

/* Nobody has looked at the file since: closing it is what would write our log into the other. */
static void a_copy_before_the_end_stays_as_it_is(void **state)
{
    struct fixture *fixture = *state;
    begin(fixture);
    copy_over();
    goes_on_from_the_backup(fixture);
}

static void wait_before_each_step(void *context, bool is_sync, const char *name)
{
    (void)context;
    (void)is_sync;
    (void)name;
    wait_for_tick();
}

/* However long each of its steps takes. */
static void a_checkpoint_of_our_own_is_not_taken_for_another_s(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct stat log;
    char path[140];
    begin(fixture);
    snprintf(path, sizeof path, "%s-wal", copying.path);
    recorded_writes_pause(wait_before_each_step, NULL);
    assert_comes_true((fixture_advance(fixture, 1000), stat(path, &log) == 0 && log.st_size == 0));
    recorded_writes_pause(NULL, NULL);
    wait_for_tick();
    assert_ok(journal_check_place(fixture->journal, &error));
    assert_ok(commit_events(fixture, 201, 100, 1000, &error));
    fixture_close(fixture);
    fixture_open(fixture);
    assert_int_equal(read_all(fixture->journal, 0, NULL), 300);
}

int main(void)
{
    recorded_writes_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_copy_between_two_pages_is_noticed, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_copy_while_the_disk_is_waited_for_is_noticed, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_checkpoint_of_our_own_is_not_taken_for_another_s, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_copy_before_the_end_stays_as_it_is, fixture_setup,
                                        fixture_teardown),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    recorded_writes_clear();
    buffer_free(&copying.backup);
    return failed;
}

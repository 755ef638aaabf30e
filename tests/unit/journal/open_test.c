/* Opening: who may, what is refused, and that nothing refused is ever changed. */
#include "fixture.h"
#include "journal/sqlite/schema.h"
#include <fcntl.h>

static postern_status try_open(struct fixture *fixture, postern_error *error)
{
    *error = ERROR_INIT;
    return journal_open(fixture->directory, &fixture->settings, &fixture->clock.clock, &fixture->journal,
                        error);
}

static void everything_is_private(void **state)
{
    struct fixture *fixture = *state;
    fixture_close(fixture);
    remove_directory(fixture->directory);
    mode_t before = umask(0);
    fixture_open(fixture); /* makes the directory, whatever the umask */
    umask(before);
    const struct {
        const char *name;
        mode_t mode;
    } rows[] = {
        {"", 0700}, {"lock", 0600}, {"journal.db", 0600}, {"journal.db-wal", 0600}, {"journal.db-shm", 0600}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[128];
        struct stat status;
        fixture_path(fixture, rows[i].name, path);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 0777, rows[i].mode);
    }
}

static void what_others_may_write_is_refused(void **state)
{
    struct fixture *fixture = *state;
    postern_error error;
    char path[128];
    fixture_close(fixture);
    const struct {
        const char *name;
        mode_t mode;
        postern_status status;
        const char *message, *remedy;
    } rows[] = {
        {"", 0770, POSTERN_E_CONFIG, "can be written by others (mode 770)", "chmod go-rwx"},
        {"", 0702, POSTERN_E_CONFIG, "can be written by others (mode 702)", "chmod go-rwx"},
        {"journal.db", 0620, POSTERN_E_CONFIG, "journal.db can be written by others (mode 620)",
         "chmod go-rwx"},
        {"lock", 0602, POSTERN_E_CONFIG, "lock can be written by others (mode 602)", "chmod go-rwx"},
        {"", 0755, POSTERN_OK, NULL, NULL},           /* only readable: made private */
        {"journal.db", 0644, POSTERN_OK, NULL, NULL}, /* likewise */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct stat status;
        fixture_path(fixture, rows[i].name, path);
        assert_int_equal(chmod(path, rows[i].mode), 0);
        assert_int_equal(try_open(fixture, &error), rows[i].status);
        assert_int_equal(stat(path, &status), 0);
        mode_t private = rows[i].name[0] ? 0600 : 0700;
        assert_int_equal(status.st_mode & 0777, rows[i].status < 0 ? rows[i].mode : private);
        if (rows[i].status < 0) {
            assert_non_null(strstr(error.message, rows[i].message));
            assert_non_null(strstr(error.remedy, rows[i].remedy));
        }
        chmod(path, private);
        fixture_close(fixture);
    }
    fixture_path(fixture, "journal.db", path); /* a link could point anywhere */
    char elsewhere[140];
    snprintf(elsewhere, sizeof elsewhere, "%s.elsewhere", path);
    assert_int_equal(rename(path, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, path), 0);
    assert_int_equal(try_open(fixture, &error), POSTERN_E_CONFIG);
    assert_non_null(strstr(error.message, "is not a regular file"));
}

static void what_belongs_to_others_is_refused(void **state)
{
    struct fixture *fixture = *state;
    postern_error error;
    char path[128];
    if (geteuid() != 0) skip(); /* only root can give files away */
    fixture_close(fixture);
    const char *const names[] = {"", "journal.db", "lock"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        fixture_path(fixture, names[i], path);
        assert_int_equal(chown(path, 12345, 12345), 0);
        assert_int_equal(try_open(fixture, &error), POSTERN_E_CONFIG);
        assert_non_null(strstr(error.message, "belongs to user 12345, but Postern runs as user 0"));
        assert_non_null(strstr(error.remedy, "run Postern as the owner"));
        assert_int_equal(chown(path, 0, 0), 0);
    }
}

/* In a process of its own that has no privileges; its exit status is `check`'s. */
static int as_nobody(const char *directory, bool (*check)(const char *directory))
{
    pid_t child = fork();
    if (child == 0) _exit(geteuid() == 0 && setuid(65534) < 0 ? 2 : check(directory) ? 0 : 1);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool refuses_read_only(const char *directory)
{
    postern_error error = ERROR_INIT;
    struct journal *journal = NULL;
    const struct journal_settings settings = usual_journal_settings();
    return journal_open(directory, &settings, clock_process(), &journal, &error) == POSTERN_E_IO &&
           strstr(error.message, "cannot write into the state directory") &&
           strstr(error.remedy, "chmod u+rwx");
}

static void a_read_only_directory_is_refused(void **state)
{
    struct fixture *fixture = *state;
    if (geteuid() == 0) assert_int_equal(chown(fixture->directory, 65534, 65534), 0);
    assert_int_equal(chmod(fixture->directory, 0500), 0);
    assert_int_equal(as_nobody(fixture->directory, refuses_read_only), 0);
    assert_int_equal(chmod(fixture->directory, 0700), 0);
}

static void a_second_daemon_is_refused(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct journal *second = NULL;
    char pid[40];
    assert_true(journal_daemon_runs(fixture->directory));
    assert_int_equal(
        journal_open(fixture->directory, &fixture->settings, &fixture->clock.clock, &second, &error),
        POSTERN_E_CONFIG);
    snprintf(pid, sizeof pid, "(process %ld)", (long)getpid());
    assert_non_null(strstr(error.message, pid));
    assert_non_null(strstr(error.remedy, "stop that one first"));
    assert_true(journal_daemon_runs(fixture->directory)); /* looking does not take it away */
    assert_ok(commit_events(fixture, 1, 10, 10, &error)); /* and the first goes on */
    fixture_close(fixture);
    assert_false(journal_daemon_runs(fixture->directory));
    fixture_open(fixture); /* the file alone is no lock */
    assert_int_equal(read_all(fixture->journal, 0, NULL), 10);
}

/* ---- Files that are no journal -------------------------------------------------------------------- */

static struct buffer read_whole(const char *path)
{
    struct buffer content = {.limit = 64 << 20};
    assert_int_equal(file_read(path, 64 << 20, &content, NULL), POSTERN_OK);
    return content;
}

static void write_whole(const char *path, const void *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(file_write_all(fd, data, size), 0);
    close(fd);
}

static void assert_refused_untouched(struct fixture *fixture, const char *path, const char *message)
{
    postern_error error;
    struct buffer before = read_whole(path);
    assert_true(try_open(fixture, &error) < 0);
    if (!strstr(error.message, message)) fail_msg("\"%s\" should say \"%s\"", error.message, message);
    assert_true(error.remedy[0] != '\0');
    struct buffer after = read_whole(path);
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, before.size);
    buffer_free(&before);
    buffer_free(&after);
}

static void foreign_files_are_refused(void **state)
{
    struct fixture *fixture = *state;
    char path[128];
    fixture_path(fixture, "journal.db", path);
    write_whole(path, "hello, I am a diary\n", 20);
    assert_refused_untouched(fixture, path, "is no SQLite database");
    char zeros[8192] = "";
    write_whole(path, zeros, sizeof zeros);
    assert_refused_untouched(fixture, path, "is no SQLite database");
    unlink(path);
    run_sql(path, "CREATE TABLE diary (day TEXT); INSERT INTO diary VALUES ('today')");
    assert_refused_untouched(fixture, path, "but not a journal of Postern");
    unlink(path);
    run_sql(path, "PRAGMA application_id = 1347638321; PRAGMA user_version = 1000; CREATE TABLE t (x)");
    assert_refused_untouched(fixture, path,
                             "was written by a newer Postern (journal version 1000, this one knows 12)");
    char wal[140];
    snprintf(wal, sizeof wal, "%s-wal", path);
    write_whole(path, "", 0);
    write_whole(wal, "something", 9);
    assert_refused_untouched(fixture, path, "has a -wal file but no content of its own");
    assert_refused_untouched(fixture, wal, "has a -wal file but no content of its own");
}

static void damaged_journals_are_refused(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char path[128];
    assert_ok(commit_events(fixture, 1, 1000, 100, &error));
    fixture_close(fixture);
    fixture_path(fixture, "journal.db", path);
    struct buffer good = read_whole(path);
    /* the first 100 bytes are SQLite's header; then comes the first page's own */
    const struct {
        size_t from, size; /* overwritten with 0xA5 */
        const char *message;
    } damages[] = {
        {0, 16, "is no SQLite database"},                         /* the magic */
        {68, 4, "but not a journal of Postern"},                  /* the application id */
        {16, 2, "is cut off"},                                    /* the page size */
        {100, 8, "journal.db: database disk image is malformed"}, /* the schema's b-tree */
        {8192 * 2, 8192, "is damaged (Page 3"},                   /* a table's root */
        {8192 * 2, 8192 * 6, "is damaged (Page 3"},               /* those of several */
        {8192 * 2, good.size - 8192 * 2,
         "journal.db: database disk image is malformed"}, /* much of the schema */
    };
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        char *bad = malloc(good.size);
        memcpy(bad, good.data, good.size);
        memset(bad + damages[i].from, 0xA5, damages[i].size);
        write_whole(path, bad, good.size);
        assert_refused_untouched(fixture, path, damages[i].message);
        free(bad);
    }
    const size_t sizes[] = {1, 99, 5000, 8192, good.size / 2, good.size - 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) { /* cut off */
        write_whole(path, good.data, sizes[i]);
        assert_refused_untouched(fixture, path, sizes[i] < 100 ? "is no SQLite database" : "is cut off");
    }
    write_whole(path, good.data, good.size); /* and whole again it opens */
    fixture_open(fixture);
    assert_int_equal(read_all(fixture->journal, 0, NULL), 1000);
    buffer_free(&good);
}

static void an_empty_file_is_a_new_journal(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char path[128];
    fixture_path(fixture, "journal.db", path);
    write_whole(path, "", 0);
    fixture_path(fixture, "journal.db.new", path);
    write_whole(path, "left over from a start that was killed", 38);
    fixture_open(fixture);
    assert_ok(commit_events(fixture, 1, 10, 10, &error));
    assert_int_equal(access(path, F_OK), -1);
}

static void an_older_journal_is_brought_up_to_date(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char path[128];
    fixture_path(fixture, "journal.db", path);
    assert_ok(schema_create(fixture->directory, path, 1, &error));
    run_sql(path,
            "INSERT INTO account (key, name, added_ms, status) VALUES (x'00112233445566778899aabbccddeeff',"
            " 'acme', 5, 'connected');"
            "INSERT INTO stream (account_id, source, name, kind, state, settled_until_ms)"
            " VALUES (1, 'ttp-url', 'ttp-url', 1, 'ok', 77)");
    struct journal *reader = NULL;
    assert_int_equal(journal_open_reader(fixture->directory, &fixture->clock.clock, &reader, &error),
                     POSTERN_E_CONFIG);
    assert_non_null(strstr(error.message, "older Postern (journal version 1, this one knows 12)"));
    assert_non_null(strstr(error.remedy, "restart the daemon"));
    fixture_open(fixture);
    assert_int_equal(fixture->account.status, ACCOUNT_CONNECTED);
    assert_int_equal(fixture->account.key[1], 0x11);
    assert_int_equal(fixture->stream.settled_until_ms, 77);
    struct coverage_read read = {1, 2, 3, 0, false}; /* a table of version 2 */
    struct journal_commit commit = {.stream = &fixture->stream, .coverage = &read};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
}

static void letters_of_an_older_journal_have_no_call(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char path[128];
    fixture_path(fixture, "journal.db", path);
    assert_ok(schema_create(fixture->directory, path, 6, &error));
    run_sql(path, "INSERT INTO dead_letter (bytes, created_ms, account, source, stream, delivery, stage,"
                  " event_id, type, received_ms, time_ms, retries, reason)"
                  " VALUES (9, 1, 'acme', 'siem', 'siem', '', 'collect', zeroblob(16), '', 2, 0, 0, 'cut');"
                  "INSERT INTO dead_letter_body (id, body) VALUES (1, CAST('{' AS BLOB))");
    fixture_open(fixture);
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    struct dead_letter *letters = NULL;
    size_t count = 0;
    assert_ok(journal_dead_list(fixture->journal, arena, 0, 10, true, &letters, &count, &error));
    assert_int_equal(count, 1);
    assert_string_equal(letters->reason, "cut");
    assert_int_equal(letters->bytes.size, 1);
    assert_string_equal(letters->call.request_id, "");
    assert_string_equal(letters->call.endpoint, "");
    assert_int_equal(letters->call.status, 0);
}

static void a_reader_needs_a_journal(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct journal *reader = NULL;
    assert_int_equal(journal_open_reader(fixture->directory, &fixture->clock.clock, &reader, &error),
                     POSTERN_E_IO);
    assert_non_null(strstr(error.message, "No such file"));
    assert_non_null(strstr(error.remedy, "has Postern run with this configuration yet?"));
    char path[128];
    fixture_path(fixture, "journal.db", path);
    assert_int_equal(access(path, F_OK), -1); /* and makes none */
    run_sql(path, "CREATE TABLE diary (day TEXT)");
    assert_int_equal(journal_open_reader(fixture->directory, &fixture->clock.clock, &reader, &error),
                     POSTERN_E_CONFIG);
    assert_non_null(strstr(error.message, "but not a journal of Postern"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_is_private, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_others_may_write_is_refused, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_belongs_to_others_is_refused, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_read_only_directory_is_refused, fixture_setup_closed,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_second_daemon_is_refused, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(foreign_files_are_refused, fixture_setup_closed, fixture_teardown),
        cmocka_unit_test_setup_teardown(damaged_journals_are_refused, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(an_empty_file_is_a_new_journal, fixture_setup_closed,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(an_older_journal_is_brought_up_to_date, fixture_setup_closed,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(letters_of_an_older_journal_have_no_call, fixture_setup_closed,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_reader_needs_a_journal, fixture_setup_closed, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What the journal's tests share: a state directory of their own, a clock that they move, events by number.
 */
#ifndef POSTERN_TESTS_JOURNAL_FIXTURE_H
#define POSTERN_TESTS_JOURNAL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../journal_settings.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "journal/journal.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define HOUR ((int64_t)3600000)
#define T0   ((int64_t)1767225600000) /* 2026-01-01T00:00:00Z, where the clock starts */

struct moved_clock {
    struct clock clock;
    _Atomic int64_t now_ms;
    _Atomic int64_t ahead_ms; /* of the wall clock: a step that the monotonic one does not make */
};

static inline int64_t moved_now(const struct clock *clock)
{
    return atomic_load(&((struct moved_clock *)(uintptr_t)clock)->now_ms);
}

static inline int64_t stepped_now(const struct clock *clock)
{
    return moved_now(clock) + atomic_load(&((struct moved_clock *)(uintptr_t)clock)->ahead_ms);
}

struct fixture {
    char directory[64];
    struct moved_clock clock;
    struct journal *journal;
    struct journal_settings settings;
    struct account_record account;
    struct stream_record stream;
};

/* Looks until `condition` holds, for what another thread does in its own time: 5,000 times at most, since
 * looking may move the clock, and ever more slowly, so that a slow machine has well over a minute. */
#define assert_comes_true(condition)                                                                         \
    do {                                                                                                     \
        bool holds_ = (condition);                                                                           \
        for (int looked_ = 0; !holds_ && looked_ < 5000; looked_++) {                                        \
            nanosleep(&(struct timespec){.tv_nsec = 1000000 + looked_ / 100 * 500000}, NULL);                \
            holds_ = (condition);                                                                            \
        }                                                                                                    \
        assert_true(holds_);                                                                                 \
    } while (0)

#define assert_ok(call)                                                                                      \
    do {                                                                                                     \
        if ((call) < 0) fail_msg("%s: %s", #call, error.message);                                            \
    } while (0)

static inline void remove_directory(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory && (entry = readdir(directory)) != NULL) {
        char file[512];
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) unlink(file);
    }
    if (directory) closedir(directory);
    rmdir(path);
}

static inline void fixture_path(const struct fixture *fixture, const char *name, char path[128])
{
    snprintf(path, 128, "%s/%s", fixture->directory, name);
}

/* Runs statements on a database file that no one has open. */
static inline void run_sql(const char *path, const char *sql)
{
    sqlite3 *handle = NULL;
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
    chmod(path, 0600);
}

/* The root of the table's b-tree. As a disk that rots: the file's times stay. */
static inline void fixture_damage_table(const struct fixture *fixture, const char *name)
{
    sqlite3 *handle = NULL;
    sqlite3_stmt *statement = NULL;
    char path[128], junk[8192];
    fixture_path(fixture, "journal.db", path);
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    sqlite3_prepare_v2(handle, "SELECT rootpage FROM sqlite_schema WHERE name = ?1", -1, &statement, NULL);
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    long page = (long)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    struct stat before;
    assert_int_equal(stat(path, &before), 0);
    FILE *file = fopen(path, "r+b");
    memset(junk, 0xA5, sizeof junk);
    assert_int_equal(fseek(file, (page - 1) * (long)sizeof junk, SEEK_SET), 0);
    assert_int_equal(fwrite(junk, sizeof junk, 1, file), 1);
    assert_int_equal(fclose(file), 0);
    const struct timespec times[] = {before.st_atim, before.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static inline struct fixture *fixture_new(void)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    strcpy(fixture->directory, "/tmp/postern-journal-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    fixture->settings = usual_journal_settings();
    fixture->clock.clock = (struct clock){stepped_now, moved_now, 1.0};
    atomic_store(&fixture->clock.now_ms, T0);
    return fixture;
}

static inline void fixture_open(struct fixture *fixture)
{
    postern_error error = ERROR_INIT;
    assert_ok(journal_open(fixture->directory, &fixture->settings, &fixture->clock.clock, &fixture->journal,
                           &error));
    account_record_clear(&fixture->account);
    assert_ok(journal_account(fixture->journal, "acme", &fixture->account, &error));
    stream_record_clear(&fixture->stream);
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "ttp-url", "ttp-url",
                             POSTERN_STREAM_WINDOW, "", &fixture->stream, &error));
}

static inline void fixture_close(struct fixture *fixture)
{
    journal_close(fixture->journal);
    fixture->journal = NULL;
}

static inline int fixture_setup(void **state)
{
    struct fixture *fixture = fixture_new();
    fixture_open(fixture);
    *state = fixture;
    return 0;
}

/* The same without opening the journal. */
static inline int fixture_setup_closed(void **state)
{
    *state = fixture_new();
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    fixture_close(fixture);
    account_record_clear(&fixture->account);
    stream_record_clear(&fixture->stream);
    remove_directory(fixture->directory);
    free(fixture);
    return 0;
}

static inline void fixture_advance(struct fixture *fixture, int64_t ms)
{
    atomic_fetch_add(&fixture->clock.now_ms, ms);
}

/* Event n: its id, time and text follow from n. */
static inline void event_id(int64_t n, unsigned char id[EVENT_ID_SIZE])
{
    uint64_t words[2] = {(uint64_t)n * 0x9E3779B97F4A7C15u, (uint64_t)n};
    memcpy(id, words, sizeof words);
}

/* Pages of events first .. first + count - 1, `size` random bytes each (so that packing does not help). */
static inline struct journal_page *pages_of(int64_t first, int64_t count, size_t size)
{
    struct page_builder *builder = page_builder_new(1 << 20, 1000);
    assert_non_null(builder);
    char *json = malloc(size + 64);
    uint64_t random = (uint64_t)first * 2654435761u + 88172645463325252u;
    for (int64_t n = first; n < first + count; n++) {
        struct journal_event event = {.time_ms = T0 + n, .type = {n % 3 ? "click" : "block", 5}};
        event_id(n, event.id);
        int used = snprintf(json, size + 64, "{\"n\":%lld,\"pad\":\"", (long long)n);
        for (size_t i = 0; i < size; i++) {
            random ^= random << 13, random ^= random >> 7, random ^= random << 17;
            json[used++] = (char)('!' + random % 90);
        }
        used += snprintf(json + used, 8, "\"}");
        event.json = (postern_text){json, (size_t)used};
        assert_true(page_builder_add(builder, &event));
    }
    free(json);
    struct journal_page *pages = page_builder_take(builder);
    page_builder_free(builder);
    return pages;
}

/* Commits those events to the fixture's stream. */
static inline postern_status commit_events(struct fixture *fixture, int64_t first, int64_t count, size_t size,
                                           postern_error *error)
{
    struct journal_page *pages = pages_of(first, count, size);
    struct journal_commit commit = {
        .stream = &fixture->stream, .pages = pages, .received_ms = moved_now(&fixture->clock.clock)};
    fixture->stream.events += count;
    postern_status status = journal_commit_now(fixture->journal, &commit, error);
    if (status < 0) fixture->stream.events -= count;
    journal_page_free(pages);
    return status;
}

/* How many of events first .. first + count - 1 the stream knows. */
static inline int64_t known_of(struct fixture *fixture, int64_t first, int64_t count)
{
    postern_error error = ERROR_INIT;
    unsigned char *ids = malloc((size_t)count * EVENT_ID_SIZE);
    bool *known = calloc((size_t)count, sizeof *known);
    int64_t *times_ms = calloc((size_t)count, sizeof *times_ms);
    int64_t found = 0;
    for (int64_t i = 0; i < count; i++)
        event_id(first + i, ids + i * EVENT_ID_SIZE), times_ms[i] = T0 + first + i;
    assert_ok(
        journal_known_ids(fixture->journal, fixture->stream.id, ids, times_ms, (size_t)count, known, &error));
    for (int64_t i = 0; i < count; i++)
        found += known[i];
    free(ids);
    free(known);
    free(times_ms);
    return found;
}

/* Reads all pages behind `after`; returns the number of events, *end: where it ended. Checks each event's
 * content. */
static inline int64_t read_all(struct journal *journal, int64_t after, int64_t *end)
{
    postern_error error = ERROR_INIT;
    int64_t events = 0;
    for (;;) {
        const struct page_view *page = NULL;
        assert_ok(journal_next_page(journal, after, NULL, NULL, &page, &after, &error));
        if (!page) break;
        assert_int_equal(page->sequence, after);
        struct journal_event event;
        for (size_t cursor = 0; page_next_event(page, &cursor, &event); events++) {
            long long n = -1;
            assert_int_equal(sscanf(event.json.data, "{\"n\":%lld,", &n), 1);
            unsigned char id[EVENT_ID_SIZE];
            event_id(n, id);
            assert_memory_equal(event.id, id, sizeof id);
            assert_int_equal(event.time_ms, T0 + n);
            assert_memory_equal(event.type.data, n % 3 ? "click" : "block", 5);
        }
        page_release(page);
    }
    if (end) *end = after;
    return events;
}

/* Moves a delivery's cursor. */
static inline void deliver_until(struct fixture *fixture, int64_t delivery_id, int64_t cursor)
{
    postern_error error = ERROR_INIT;
    struct delivery_move move = {.delivery_id = delivery_id, .cursor = cursor, .delivered = 1};
    struct journal_commit commit = {.delivery = &move};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
}

#endif

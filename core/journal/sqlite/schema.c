#include "journal/sqlite/schema.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/failpoint.h"
#include "base/files.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Step n brings a database of version n to version n + 1. A step that has been released never changes: add
 * another.
 *
 * A page is three rows, so that what is small and often read (`page`) lies close together, the ids can
 * outlive the body, and no update rewrites a large row. body_bytes is 0 once the body was removed. */
static const char *const steps[SCHEMA_VERSION] = {
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;"
    "CREATE TABLE account ("
    " id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, added_ms INTEGER NOT NULL,"
    " status TEXT NOT NULL, status_since_ms INTEGER NOT NULL DEFAULT 0, fingerprint BLOB NOT NULL DEFAULT "
    "x'',"
    " credentials_since_ms INTEGER NOT NULL DEFAULT 0, first_failure_ms INTEGER NOT NULL DEFAULT 0,"
    " failure_count INTEGER NOT NULL DEFAULT 0, ever_connected INTEGER NOT NULL DEFAULT 0,"
    " last_error TEXT NOT NULL DEFAULT '', remedy TEXT NOT NULL DEFAULT '') STRICT;"
    "CREATE TABLE stream ("
    " id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES account (id), source TEXT NOT NULL,"
    " name TEXT NOT NULL, kind INTEGER NOT NULL, auth TEXT NOT NULL DEFAULT '', position BLOB,"
    " settled_until_ms INTEGER NOT NULL DEFAULT 0, pass_from_ms INTEGER NOT NULL DEFAULT 0,"
    " pass_until_ms INTEGER NOT NULL DEFAULT 0, pass_start_ms INTEGER NOT NULL DEFAULT 0,"
    " position_saved_ms INTEGER NOT NULL DEFAULT 0, page_number INTEGER NOT NULL DEFAULT 0,"
    " last_attempt_ms INTEGER NOT NULL DEFAULT 0, last_success_ms INTEGER NOT NULL DEFAULT 0,"
    " last_event_ms INTEGER NOT NULL DEFAULT 0, caught_up_ms INTEGER NOT NULL DEFAULT 0,"
    " state TEXT NOT NULL, last_error_ms INTEGER NOT NULL DEFAULT 0, last_error TEXT NOT NULL DEFAULT '',"
    " remedy TEXT NOT NULL DEFAULT '', next_attempt_ms INTEGER NOT NULL DEFAULT 0,"
    " requests INTEGER NOT NULL DEFAULT 0, events INTEGER NOT NULL DEFAULT 0, repeats INTEGER NOT NULL "
    "DEFAULT 0,"
    " left_out INTEGER NOT NULL DEFAULT 0, set_aside INTEGER NOT NULL DEFAULT 0,"
    " UNIQUE (account_id, source, name)) STRICT;"
    "CREATE TABLE page ("
    " sequence INTEGER PRIMARY KEY AUTOINCREMENT, stream_id INTEGER NOT NULL, received_ms INTEGER NOT NULL,"
    " event_count INTEGER NOT NULL, unpacked_bytes INTEGER NOT NULL, body_bytes INTEGER NOT NULL,"
    " replay INTEGER NOT NULL DEFAULT 0, known INTEGER NOT NULL, pass_until_ms INTEGER NOT NULL,"
    " remember_until_ms INTEGER NOT NULL) STRICT;"
    "CREATE INDEX page_with_body ON page (sequence) WHERE body_bytes > 0;"
    "CREATE INDEX page_known ON page (stream_id, pass_until_ms) WHERE known = 1;"
    "CREATE INDEX page_remembered ON page (remember_until_ms) WHERE known = 1 AND remember_until_ms > 0;"
    "CREATE TABLE page_ids (sequence INTEGER PRIMARY KEY, ids BLOB NOT NULL) STRICT;"
    "CREATE TABLE page_body (sequence INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;"
    "CREATE TABLE download_done (stream_id INTEGER NOT NULL, key TEXT NOT NULL,"
    " PRIMARY KEY (stream_id, key)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE delivery ("
    " id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, cursor INTEGER NOT NULL,"
    " planned TEXT NOT NULL DEFAULT '',"
    " delivered INTEGER NOT NULL DEFAULT 0, dropped INTEGER NOT NULL DEFAULT 0, dead INTEGER NOT NULL "
    "DEFAULT 0,"
    " wrong_types INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'ok',"
    " last_error TEXT NOT NULL DEFAULT '', remedy TEXT NOT NULL DEFAULT '',"
    " last_success_ms INTEGER NOT NULL DEFAULT 0, removed_ms INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE TABLE sink_state (sink TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,"
    " PRIMARY KEY (sink, key)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE drop_reason (delivery_id INTEGER NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL,"
    " PRIMARY KEY (delivery_id, reason)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE dead_letter ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, bytes INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
    " account TEXT NOT NULL, source TEXT NOT NULL, stream TEXT NOT NULL, delivery TEXT NOT NULL,"
    " stage TEXT NOT NULL, event_id BLOB NOT NULL, type TEXT NOT NULL, received_ms INTEGER NOT NULL,"
    " time_ms INTEGER NOT NULL, retries INTEGER NOT NULL, reason TEXT NOT NULL, name TEXT, script TEXT,"
    " script_hash TEXT) STRICT;"
    "CREATE INDEX dead_letter_bytes ON dead_letter (bytes);"
    "CREATE TABLE dead_letter_body (id INTEGER PRIMARY KEY, body BLOB NOT NULL, traceback TEXT) STRICT;",

    "CREATE TABLE coverage (stream_id INTEGER NOT NULL, from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,"
    " events INTEGER NOT NULL, first_read_ms INTEGER NOT NULL, last_read_ms INTEGER NOT NULL,"
    " PRIMARY KEY (stream_id, from_ms)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE coverage_day (stream_id INTEGER NOT NULL, day INTEGER NOT NULL, reads INTEGER NOT NULL,"
    " events INTEGER NOT NULL, PRIMARY KEY (stream_id, day)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE request (id INTEGER PRIMARY KEY AUTOINCREMENT, created_ms INTEGER NOT NULL, kind TEXT NOT "
    "NULL,"
    " arguments TEXT NOT NULL, outcome TEXT) STRICT;"
    "CREATE INDEX request_open ON request (id) WHERE outcome IS NULL;",

    /* A letter with `gone` stands for so many that found no room, of `gone_bytes`. */
    "ALTER TABLE stream ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE dead_letter ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE dead_letter ADD COLUMN gone_bytes INTEGER NOT NULL DEFAULT 0;"
    "CREATE INDEX dead_letter_gone ON dead_letter (account, source, stream) WHERE gone > 0;",

    /* Ranges that were joined because there were too many tell of the holes between them. */
    "ALTER TABLE coverage ADD COLUMN holes INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE coverage ADD COLUMN missing_ms INTEGER NOT NULL DEFAULT 0;"
    /* A token stream (kind 2) follows on: what lay between its ranges was the time that storing took. */
    "INSERT OR REPLACE INTO coverage (stream_id, from_ms, until_ms, events, first_read_ms, last_read_ms)"
    " SELECT stream_id, min(from_ms), max(until_ms), sum(events), min(first_read_ms), max(last_read_ms)"
    " FROM coverage WHERE stream_id IN (SELECT id FROM stream WHERE kind = 2) GROUP BY stream_id;"
    "DELETE FROM coverage WHERE stream_id IN (SELECT id FROM stream WHERE kind = 2) AND from_ms >"
    " (SELECT min(c.from_ms) FROM coverage c WHERE c.stream_id = coverage.stream_id);"
    /* stored_ms: the steady time (steady_time.h) at which the page came; 0 = an older page, see received_ms.
     */
    "ALTER TABLE page ADD COLUMN stored_ms INTEGER NOT NULL DEFAULT 0;"
    /* The hours of its events' times (known/hours.h); NULL = an older page, any. */
    "ALTER TABLE page ADD COLUMN hours BLOB;"
    /* Remembered ids of older events (known_runs.h): each run many blocks. */
    "CREATE TABLE known_run (id INTEGER PRIMARY KEY AUTOINCREMENT, stream_id INTEGER NOT NULL,"
    " id_count INTEGER NOT NULL, pass_until_ms INTEGER NOT NULL, first_remember_ms INTEGER NOT NULL,"
    " last_remember_ms INTEGER NOT NULL, hours BLOB NOT NULL, firsts BLOB NOT NULL) STRICT;"
    "CREATE INDEX known_run_stream ON known_run (stream_id);"
    "CREATE INDEX known_run_remembered ON known_run (last_remember_ms) WHERE last_remember_ms > 0;"
    "CREATE TABLE known_block (id INTEGER PRIMARY KEY, block BLOB NOT NULL) STRICT;"
    /* By which what was renamed is recognised. Of what is there already only the names are known. */
    "CREATE TABLE named (kind TEXT NOT NULL, name TEXT NOT NULL, fingerprint BLOB NOT NULL DEFAULT x'',"
    " was TEXT NOT NULL DEFAULT '', removed_ms INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (kind, name))"
    " STRICT, WITHOUT ROWID;"
    "INSERT INTO named (kind, name, removed_ms) SELECT 'pipeline', substr(name, 1, instr(name, '/') - 1) AS "
    "n,"
    " min(removed_ms) FROM delivery GROUP BY n;"
    "INSERT INTO named (kind, name, removed_ms) SELECT 'sink', substr(name, instr(name, '/') + 1) AS n,"
    " min(removed_ms) FROM delivery GROUP BY n;"
    "INSERT INTO meta (key, value) VALUES ('fingerprint_key', randomblob(32));"
    /* Refused credentials were replaced, and no answer to the new ones has shown yet what time it is. */
    "ALTER TABLE account ADD COLUMN replay_limit_due INTEGER NOT NULL DEFAULT 0;"
    /* The vendor's clock minus ours at the latest answer; 0 = within a minute. */
    "ALTER TABLE account ADD COLUMN clock_off_ms INTEGER NOT NULL DEFAULT 0;"
    /* What deliveries did not get, to be shown; and per stream what they will not get, should they begin or
     * come back. */
    "CREATE TABLE skipped (id INTEGER PRIMARY KEY AUTOINCREMENT, delivery TEXT NOT NULL, reason TEXT NOT "
    "NULL,"
    " from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, events INTEGER NOT NULL, noted_ms INTEGER NOT "
    "NULL)"
    " STRICT;"
    "CREATE TABLE missed (delivery_id INTEGER NOT NULL, stream_id INTEGER NOT NULL, reason TEXT NOT NULL,"
    " from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, events INTEGER NOT NULL,"
    " PRIMARY KEY (delivery_id, stream_id, reason)) STRICT, WITHOUT ROWID;"
    /* For `status`: since when something has not worked. */
    "ALTER TABLE stream ADD COLUMN trouble_since_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE delivery ADD COLUMN trouble_since_ms INTEGER NOT NULL DEFAULT 0;"
    /* With when_full = "drop_oldest", and how many events it lost by that. */
    "ALTER TABLE delivery ADD COLUMN drops_oldest INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE delivery ADD COLUMN skipped INTEGER NOT NULL DEFAULT 0;"
    /* How far a request is that takes its time: it goes on there after a crash. */
    "ALTER TABLE request ADD COLUMN progress TEXT;"
    /* The steady time at which it came; 0 = an older letter, see created_ms. */
    "ALTER TABLE dead_letter ADD COLUMN stored_ms INTEGER NOT NULL DEFAULT 0;"
    /* What each account's sources could not read takes: the sum of many rows, kept by the rows themselves. */
    "CREATE TABLE dead_letter_account (account TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT "
    "ROWID;"
    "INSERT INTO dead_letter_account SELECT account, sum(bytes) FROM dead_letter WHERE stage = 'collect'"
    " AND delivery = '' GROUP BY account;"
    "CREATE TRIGGER dead_letter_added AFTER INSERT ON dead_letter WHEN new.stage = 'collect' AND "
    "new.delivery = ''"
    " BEGIN INSERT INTO dead_letter_account VALUES (new.account, new.bytes)"
    " ON CONFLICT DO UPDATE SET bytes = bytes + new.bytes; END;"
    "CREATE TRIGGER dead_letter_removed AFTER DELETE ON dead_letter WHEN old.stage = 'collect' AND "
    "old.delivery = ''"
    " BEGIN UPDATE dead_letter_account SET bytes = bytes - old.bytes WHERE account = old.account;"
    " DELETE FROM dead_letter_account WHERE account = old.account AND bytes <= 0; END;"
    "CREATE TRIGGER dead_letter_changed AFTER UPDATE OF bytes, account ON dead_letter WHEN new.stage = "
    "'collect' AND new.delivery = ''"
    " BEGIN UPDATE dead_letter_account SET bytes = bytes - old.bytes WHERE account = old.account;"
    " INSERT INTO dead_letter_account VALUES (new.account, new.bytes)"
    " ON CONFLICT DO UPDATE SET bytes = bytes + new.bytes;"
    " DELETE FROM dead_letter_account WHERE bytes <= 0; END;"
    /* The steady time at which it was answered: so long the outcome is kept. */
    "ALTER TABLE request ADD COLUMN answered_ms INTEGER NOT NULL DEFAULT 0;"
    /* What the tries at a damaged answer (key '') or at one of its downloads have left so far. */
    "CREATE TABLE tries (stream_id INTEGER NOT NULL, key TEXT NOT NULL, left_over BLOB NOT NULL,"
    " PRIMARY KEY (stream_id, key)) STRICT;"
    /* What one stream's source could not read: looked for whenever the stream begins. */
    "CREATE INDEX dead_letter_set_aside ON dead_letter (account, source, stream) WHERE delivery = '';",

    /* The list of a snapshot stream (kind 4) as it was seen last (snapshot.h). */
    "CREATE TABLE snapshot (stream_id INTEGER PRIMARY KEY, polls INTEGER NOT NULL DEFAULT 0,"
    " damage INTEGER NOT NULL DEFAULT 0, last_damage INTEGER NOT NULL DEFAULT 0,"
    " damage_since INTEGER NOT NULL DEFAULT 0, items INTEGER NOT NULL DEFAULT 0,"
    " bytes INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE TABLE snapshot_item (id INTEGER PRIMARY KEY, stream_id INTEGER NOT NULL, key BLOB NOT NULL,"
    " sum INTEGER NOT NULL, bytes INTEGER NOT NULL, appeared INTEGER NOT NULL, seen INTEGER NOT NULL,"
    " missed_ms INTEGER NOT NULL DEFAULT 0, leaves INTEGER NOT NULL DEFAULT 0, UNIQUE (stream_id, key))"
    " STRICT;"
    "CREATE INDEX snapshot_leaver ON snapshot_item (stream_id, id) WHERE leaves = 1;"
    "CREATE TABLE snapshot_text (id INTEGER PRIMARY KEY, text BLOB NOT NULL) STRICT;",

    /* Breakers that are not closed (breakers.h). */
    "CREATE TABLE breaker (sink TEXT PRIMARY KEY, state TEXT NOT NULL, since_ms INTEGER NOT NULL,"
    " next_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    /* Which accounts and sources it takes (wants.h); '' = not known yet: all. */
    "ALTER TABLE delivery ADD COLUMN wants TEXT NOT NULL DEFAULT '';",

    /* Of the answer that its words are about; and the call that brought a letter (vendor_call.h). */
    "ALTER TABLE stream ADD COLUMN request_id TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE dead_letter ADD COLUMN request_id TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE dead_letter ADD COLUMN endpoint TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE dead_letter ADD COLUMN http_status INTEGER NOT NULL DEFAULT 0;",

    /* Which notice was told last of each subject (notice_rules.h). */
    "CREATE TABLE notice (key TEXT PRIMARY KEY, kind INTEGER NOT NULL, words INTEGER NOT NULL,"
    " told_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX notice_told ON notice (told_ms);",
    /* The key under which its trouble began, where that is another one. */
    "ALTER TABLE notice ADD COLUMN thread TEXT NOT NULL DEFAULT '';",
    ("ALTER TABLE delivery ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;"
     "ALTER TABLE delivery ADD COLUMN refused_kind INTEGER NOT NULL DEFAULT 0;"),
    /* Of the events that scripts made of it, those that the sink has. */
    "ALTER TABLE dead_letter ADD COLUMN settled TEXT;",

    /* Idle polls that are not in their streams' rows yet (idle_log.h), and up to which group each row has
     * them. */
    ("ALTER TABLE stream ADD COLUMN idle_group INTEGER NOT NULL DEFAULT 0;"
     "CREATE TABLE idle_log (id INTEGER PRIMARY KEY, polls BLOB NOT NULL) STRICT;"
     /* What many streams read on one day lies close together. */
     "CREATE TABLE coverage_by_day (day INTEGER NOT NULL, stream_id INTEGER NOT NULL, reads INTEGER NOT NULL,"
     " events INTEGER NOT NULL, PRIMARY KEY (day, stream_id)) STRICT, WITHOUT ROWID;"
     "INSERT INTO coverage_by_day SELECT day, stream_id, reads, events FROM coverage_day ORDER BY 1, 2;"
     "DROP TABLE coverage_day;"
     "ALTER TABLE coverage_by_day RENAME TO coverage_day;"),
};

static postern_status refuse(const char *path, const char *what, postern_error *error)
{
    error_set(error, POSTERN_E_CONFIG, "%s %s; it is left as it is", path, what);
    error_remedy(error,
                 "move %s and the -wal and -shm files beside it away together, or choose another `state` "
                 "directory; a backup of the journal can be put in its place while Postern is stopped",
                 path);
    return POSTERN_E_CONFIG;
}

static postern_status refuse_newer(const char *path, int64_t version, postern_error *error)
{
    error_set(error, POSTERN_E_CONFIG,
              "%s was written by a newer Postern (journal version %lld, this one knows %d)", path,
              (long long)version, SCHEMA_VERSION);
    error_remedy(error, "run the newer Postern, or choose another `state` directory");
    return POSTERN_E_CONFIG;
}

static uint32_t big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Only a file that is not there counts as one without bytes: what cannot be looked at may hold everything. */
static postern_status has_bytes(const char *path, const char *suffix, bool *has, postern_error *error)
{
    struct stat status;
    _cleanup_(freep) char *beside = NULL;
    if (asprintf(&beside, "%s%s", path, suffix) < 0) return error_no_memory(error, NULL);
    bool is_there = stat(beside, &status) == 0;
    if (!is_there && errno != ENOENT)
        return error_set_errno(error, POSTERN_E_IO, errno, "cannot look at %s", beside);
    *has = is_there && status.st_size > 0;
    return POSTERN_OK;
}

/* SQLite itself does not miss the end of the last page. While there is a write-ahead log, the file may be
 * short. */
static bool is_cut_off(int fd, const unsigned char header[100])
{
    struct stat status;
    int64_t page_size = (int64_t)header[16] << 8 | header[17], pages = big_endian(header + 28);
    if (page_size == 1) page_size = 65536;
    bool count_is_valid = memcmp(header + 24, header + 92, 4) == 0;
    return count_is_valid && fstat(fd, &status) == 0 && status.st_size < pages * page_size;
}

postern_status schema_check_file(const char *path, postern_error *error)
{
    unsigned char header[100];
    _cleanup_(closep) int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return error_set_errno(error, POSTERN_E_IO, errno, "cannot open %s", path);
    ssize_t size = pread(fd, header, sizeof header, 0);
    if (size < 0) return error_set_errno(error, POSTERN_E_IO, errno, "cannot read %s", path);
    /* The layout is fixed by SQLite's documentation of its file format. */
    if (size < (ssize_t)sizeof header || memcmp(header, "SQLite format 3", 16) != 0)
        return refuse(path, "is no SQLite database, or its beginning is damaged", error);
    if (big_endian(header + 68) != JOURNAL_APPLICATION_ID)
        return refuse(path, "is a database, but not a journal of Postern", error);
    if (big_endian(header + 60) > SCHEMA_VERSION) return refuse_newer(path, big_endian(header + 60), error);
    bool has_log = false;
    postern_status status = has_bytes(path, "-wal", &has_log, error);
    if (status == POSTERN_OK && !has_log && is_cut_off(fd, header))
        return refuse(path, "is cut off: its end is missing", error);
    return status;
}

postern_status schema_version(struct database *database, int *version, postern_error *error)
{
    const char *path = sqlite3_db_filename(database->handle, "main");
    int64_t application = 0, found = 0;
    postern_status status =
        database_number(database, error, 0, &application, "PRAGMA application_id", NO_VALUES);
    if (status == POSTERN_OK)
        status = database_number(database, error, 0, &found, "PRAGMA user_version", NO_VALUES);
    if (status < 0) return status;
    if (application != JOURNAL_APPLICATION_ID)
        return refuse(path, "is a database, but not a journal of Postern", error);
    if (found > SCHEMA_VERSION) return refuse_newer(path, found, error);
    *version = (int)found;
    return POSTERN_OK;
}

static postern_status run_step(struct database *database, int step, postern_error *error)
{
    if (step < 0 || step >= SCHEMA_VERSION)
        return error_set(error, POSTERN_E_INVALID, "there is no step from version %d of the journal", step);
    char set_version[48];
    snprintf(set_version, sizeof set_version, "PRAGMA user_version = %d", step + 1);
    postern_status status = database_script(database, "BEGIN IMMEDIATE", error);
    if (status == POSTERN_OK) status = database_script(database, steps[step], error);
    if (status == POSTERN_OK) status = database_script(database, set_version, error);
    if (status == POSTERN_OK && failpoint("migration-before-commit"))
        status = error_set(error, POSTERN_E_IO, "failpoint migration-before-commit");
    if (status == POSTERN_OK) status = database_script(database, "COMMIT", error);
    if (status < 0) {
        database_script(database, "ROLLBACK", NULL);
        error_prefix(error, "bringing the journal to version %d: ", step + 1);
        return status;
    }
    failpoint("migration-after-commit");
    return POSTERN_OK;
}

postern_status schema_migrate(struct database *database, int version, postern_error *error)
{
    int found = 0;
    postern_status status = schema_version(database, &found, error);
    for (; status == POSTERN_OK && found < version; found++)
        status = run_step(database, found, error);
    return status;
}

static postern_status build(const char *path, int version, postern_error *error)
{
    struct database database;
    postern_status status =
        database_open(&database, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, 1000, error);
    if (status < 0) return status;
    char marks[160];
    snprintf(marks, sizeof marks,
             "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA synchronous = FULL;"
             "PRAGMA application_id = %d;",
             JOURNAL_APPLICATION_ID);
    status = database_script(&database, marks, error);
    if (status == POSTERN_OK) status = schema_migrate(&database, version, error);
    if (status == POSTERN_OK) status = database_script(&database, "PRAGMA journal_mode = WAL", error);
    database_close(&database);
    return status;
}

static void remove_leftovers(const char *path)
{
    static const char *const suffixes[] = {"", "-journal", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        _cleanup_(freep) char *file = NULL;
        if (asprintf(&file, "%s%s", path, suffixes[i]) >= 0) unlink(file);
    }
}

static postern_status make_private_file(const char *path, postern_error *error)
{
    /* SQLite gives its -wal and -shm files the mode of the database. */
    _cleanup_(closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd >= 0 ? POSTERN_OK : error_set_errno(error, POSTERN_E_IO, errno, "cannot make %s", path);
}

postern_status schema_create(const char *directory, const char *path, int version, postern_error *error)
{
    bool has_content = false, has_log = false;
    postern_status status = has_bytes(path, "", &has_content, error);
    if (status == POSTERN_OK && !has_content) status = has_bytes(path, "-wal", &has_log, error);
    if (status < 0 || has_content) return status;
    if (has_log) return refuse(path, "has a -wal file but no content of its own", error);
    _cleanup_(freep) char *fresh = NULL;
    if (asprintf(&fresh, "%s.new", path) < 0) return error_no_memory(error, NULL);
    remove_leftovers(fresh);
    status = make_private_file(fresh, error);
    if (status == POSTERN_OK) status = build(fresh, version, error);
    if (status == POSTERN_OK && rename(fresh, path) < 0)
        status = error_set_errno(error, POSTERN_E_IO, errno, "cannot rename %s", fresh);
    if (status == POSTERN_OK) status = directory_sync(directory, error);
    if (status < 0) remove_leftovers(fresh);
    return status;
}

/* `words` "" = the table is whole. */
static postern_status check_table(struct database *database, const char *check, char words[200],
                                  postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    postern_status status = database_query(database, error, &statement, check, NO_VALUES);
    if (status == POSTERN_OK) status = database_next(database, error, statement, &row);
    if (status < 0) return status;
    char found[200] = "says nothing";
    if (row) column_string(statement, 0, found, sizeof found);
    const char *line = strchr(found, '\n'); /* the first one only names the database */
    snprintf(words, 200, "%s", strcmp(found, "ok") == 0 ? "" : line ? line + 1 : found);
    return POSTERN_OK;
}

postern_status schema_check_tables(struct database *database, postern_error *error)
{
    static const char *const checks[] = {
        "PRAGMA quick_check(meta)",     "PRAGMA quick_check(account)",  "PRAGMA quick_check(stream)",
        "PRAGMA quick_check(delivery)", "PRAGMA quick_check(coverage)", "PRAGMA quick_check(sink_state)",
        "PRAGMA quick_check(named)",
    };
    const char *path = sqlite3_db_filename(database->handle, "main");
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        char words[200], what[240];
        postern_status status = check_table(database, checks[i], words, error);
        if (status < 0) return status;
        if (!words[0]) continue;
        snprintf(what, sizeof what, "is damaged (%s)", words);
        return refuse(path, what, error);
    }
    return POSTERN_OK;
}

static bool is_whole(struct database *database, const char *check, char words[200])
{
    postern_error error = ERROR_INIT;
    if (check_table(database, check, words, &error) < 0) snprintf(words, 200, "%.199s", error.message);
    return !words[0];
}

bool schema_notices_are_whole(struct database *database, char words[200])
{
    return is_whole(database, "PRAGMA quick_check(notice)", words);
}

bool schema_idle_log_is_whole(struct database *database, char words[200])
{
    return is_whole(database, "PRAGMA quick_check(idle_log)", words);
}

/* Which accounts go on over another API: decided once, known over restarts. By the account and the way in, so
 * that new credentials change nothing; and by the credentials of that moment, by which an account is known
 * that gets another name before it has been read with them. */
#include "base/array.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "journal/sqlite/facts.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/submit.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- Their names among the facts ---- */

enum {
    FINGERPRINT_FACT_SIZE = sizeof "switched " + (size_t)2 * 32,
    SWITCH_FACT_SIZE = sizeof "switch -9223372036854775808 " + RECORD_NAME_SIZE,
};

static void name_fingerprint(const unsigned char fingerprint[32], char name[FINGERPRINT_FACT_SIZE])
{
    memcpy(name, "switched ", sizeof "switched " - 1);
    digest_hex(fingerprint, 32, name + sizeof "switched " - 1);
}

static void name_switch(const struct account_switch *to, char name[SWITCH_FACT_SIZE])
{
    snprintf(name, SWITCH_FACT_SIZE, "switch %" PRId64 " %s", to->account_id, to->auth);
}

/* ---- Decided, taken back ---- */

struct noting {
    char fingerprint[FINGERPRINT_FACT_SIZE]; /* empty: none */
    char name[SWITCH_FACT_SIZE];
    int64_t at_ms; /* 0 = taken back */
};

static postern_status note(struct journal *journal, void *context, postern_error *error)
{
    const struct noting *noting = context;
    struct database *database = &journal->writer.database;
    postern_status status = meta_set(database, noting->name, noting->at_ms, error);
    if (status < 0 || !noting->fingerprint[0]) return status;
    return meta_set(database, noting->fingerprint, noting->at_ms, error);
}

postern_status journal_note_switch(struct journal *journal, const struct account_switch *to,
                                   const unsigned char fingerprint[32], postern_error *error)
{
    struct noting noting = {.at_ms = clock_wall_ms(journal->clock)};
    name_switch(to, noting.name);
    name_fingerprint(fingerprint, noting.fingerprint);
    return writer_call(journal, note, &noting, error);
}

postern_status journal_take_switch_back(struct journal *journal, const struct account_switch *of,
                                        postern_error *error)
{
    struct noting noting = {.at_ms = 0};
    name_switch(of, noting.name);
    return writer_call(journal, note, &noting, error);
}

/* ---- Looked up ---- */

static bool read_switch(const char *name, int64_t at_ms, struct account_switch *found)
{
    int size = 0;
    if (sscanf(name, "switch %" SCNd64 " %n", &found->account_id, &size) != 1 || !size) return false;
    found->at_ms = at_ms;
    snprintf(found->auth, sizeof found->auth, "%s", name + size);
    return true;
}

postern_status journal_switches(struct journal *journal, struct account_switch **switches, size_t *count,
                                postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    _cleanup_(freep) struct account_switch *found = NULL;
    size_t size = 0;
    bool row = false;
    postern_status status =
        database_query(reading.database, error, &statement,
                       "SELECT key, value FROM meta WHERE key GLOB 'switch *' AND value > 0", NO_VALUES);
    while (status == POSTERN_OK &&
           (status = database_next(reading.database, error, statement, &row)) == POSTERN_OK && row) {
        char name[SWITCH_FACT_SIZE];
        column_string(statement, 0, name, sizeof name);
        if (!array_extend(&found, size, sizeof *found)) return error_no_memory(error, NULL);
        size += read_switch(name, sqlite3_column_int64(statement, 1), &found[size]);
    }
    if (status < 0) return status;
    *switches = found;
    *count = size;
    found = NULL;
    return POSTERN_OK;
}

postern_status journal_switched_with(struct journal *journal, const unsigned char fingerprint[32],
                                     int64_t *at_ms, postern_error *error)
{
    char name[FINGERPRINT_FACT_SIZE];
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    name_fingerprint(fingerprint, name);
    return meta_get(reading.database, name, at_ms, error);
}

#include "journal/sqlite/snapshot_forget.h"

#include "base/error.h"
#include "base/log.h"
#include "journal/sqlite/facts.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/transaction.h"

#include <stdio.h>

#define LISTS_KEPT_MS ((int64_t)7 * 86400000) /* as long as the place of a delivery */
#define STEP_ITEMS    "1000"

/* When an account was first seen without its place in the configuration is written down by the time that
 * cannot jump: what `account` has of it is our wall clock's. */
#define MARK "removed account "

struct removed_list {
    int64_t account_id, stream_id, seen_ms; /* 0 = not written down yet */
};

/* One whose time is not written down, or is over. */
static postern_status find(struct journal *journal, int64_t until_ms, struct removed_list *list, bool *found,
                           postern_error *error)
{
    struct database *database = &journal->writer.database;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    *found = false;
    postern_status status = database_query(
        database, error, &statement,
        "SELECT a.id, r.id, coalesce(m.value, 0) FROM account a CROSS JOIN stream r ON r.account_id = a.id"
        " CROSS JOIN snapshot s ON s.stream_id = r.id LEFT JOIN meta m ON m.key = '" MARK "' || a.id"
        " WHERE a.status = 'removed' AND s.items > 0 AND coalesce(m.value, 0) <= ?1 LIMIT 1",
        VALUES(value_integer(until_ms)));
    if (status == POSTERN_OK) status = database_next(database, error, statement, found);
    if (status < 0 || !*found) return status;
    list->account_id = sqlite3_column_int64(statement, 0);
    list->stream_id = sqlite3_column_int64(statement, 1);
    list->seen_ms = sqlite3_column_int64(statement, 2);
    return POSTERN_OK;
}

static postern_status note(struct journal *journal, void *context, postern_error *error)
{
    const struct removed_list *list = context;
    char key[sizeof MARK + 24];
    snprintf(key, sizeof key, MARK "%lld", (long long)list->account_id);
    return meta_set(&journal->writer.database, key, forget_clock_now(&journal->forget_clock), error);
}

/* How many polls there were stays: what appears when the account is back has another id than what appeared
 * before. */
static postern_status forget_some(struct journal *journal, void *context, postern_error *error)
{
    static const char *const statements[] = {
        "DELETE FROM snapshot_text WHERE id IN"
        " (SELECT id FROM snapshot_item WHERE stream_id = ?1 ORDER BY key LIMIT " STEP_ITEMS ")",
        "DELETE FROM snapshot_item WHERE id IN"
        " (SELECT id FROM snapshot_item WHERE stream_id = ?1 ORDER BY key LIMIT " STEP_ITEMS ")",
        "UPDATE snapshot SET items = (SELECT count(*) FROM snapshot_item WHERE stream_id = ?1),"
        " bytes = (SELECT coalesce(sum(bytes), 0) FROM snapshot_item WHERE stream_id = ?1)"
        " WHERE stream_id = ?1",
    };
    const struct removed_list *list = context;
    postern_status status = POSTERN_OK;
    for (size_t i = 0; status == POSTERN_OK && i < sizeof statements / sizeof *statements; i++)
        status = database_run(&journal->writer.database, error, statements[i],
                              VALUES(value_integer(list->stream_id)));
    return status;
}

/* Of accounts that are back, or have no list any more. */
#define STALE                                                                                                \
    " FROM meta AS mark WHERE mark.key GLOB '" MARK "*' AND NOT EXISTS (SELECT 1 FROM account a CROSS JOIN " \
    "stream r ON r.account_id = a.id CROSS JOIN snapshot s ON s.stream_id = r.id"                            \
    " WHERE a.status = 'removed' AND s.items > 0 AND mark.key = '" MARK "' || a.id)"

static postern_status forget_marks(struct journal *journal, void *context, postern_error *error)
{
    (void)context;
    return database_run(&journal->writer.database, error, "DELETE" STALE, NO_VALUES);
}

bool snapshot_forget_step(struct journal *journal)
{
    postern_error error = ERROR_INIT;
    struct removed_list list;
    bool found = false;
    int64_t stale = 0;
    postern_status status =
        find(journal, forget_clock_now(&journal->forget_clock) - LISTS_KEPT_MS, &list, &found, &error);
    if (status == POSTERN_OK && found)
        status = transaction_run(journal, list.seen_ms ? forget_some : note, &list, &error);
    else if (status == POSTERN_OK)
        status = database_number(&journal->writer.database, &error, 0, &stale,
                                 "SELECT EXISTS (SELECT 1" STALE ")", NO_VALUES);
    if (status == POSTERN_OK && stale) status = transaction_run(journal, forget_marks, NULL, &error);
    if (status < 0) log_error(POSTERN_LOG_WARNING, "journal", &error);
    return status == POSTERN_OK && found;
}

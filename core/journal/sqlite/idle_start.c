/* What an earlier run of the program left in the log of idle polls. */
#include "base/error.h"
#include "journal/sqlite/idle_polls.h"
#include "journal/sqlite/schema.h"
#include "journal/sqlite/store.h"

#define GROUPS_APART ((int64_t)1 << 32) /* more than a log ever has */

/* *waits false: the stream's row is as new, or there is none. */
static postern_status take_again(struct journal *journal, struct idle_poll *poll, bool *waits,
                                 postern_error *error)
{
    struct database *database = &journal->writer.database;
    struct stream_record *record = &poll->record;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    postern_status status =
        database_query(database, error, &statement,
                       "SELECT idle_group, kind, position, position_saved_ms FROM stream WHERE id = ?1",
                       VALUES(value_integer(record->id)));
    if (status == POSTERN_OK) status = database_next(database, error, statement, waits);
    if (status < 0 || !*waits) return status;
    *waits = sqlite3_column_int64(statement, 0) < poll->group && idle_polls_name(journal, record);
    record->kind = (uint32_t)sqlite3_column_int64(statement, 1);
    if (!*waits || !poll->keeps_position) return POSTERN_OK;
    record->position = column_copy(statement, 2);
    record->position_saved_ms = sqlite3_column_int64(statement, 3);
    return record->position ? POSTERN_OK : error_no_memory(error, NULL);
}

/* The rows go on behind whatever stands in the log, should it be read once more. */
static postern_status start_without_log(struct journal *journal, postern_error *error)
{
    struct idle_polls *polls = &journal->writer.idle;
    postern_status status = database_number(&journal->writer.database, error, 0, &polls->log.group,
                                            "SELECT ifnull(max(idle_group), 0) FROM stream", NO_VALUES);
    polls->log.group += GROUPS_APART;
    polls->kept_log = polls->log;
    return status;
}

postern_status idle_polls_start(struct journal *journal, postern_error *error)
{
    struct idle_polls *polls = &journal->writer.idle;
    struct database *database = &journal->writer.database;
    char damage[200];
    if (!schema_idle_log_is_whole(database, damage)) {
        idle_polls_leave_log(polls, damage);
        return start_without_log(journal, error);
    }
    postern_status status = idle_log_start(database, &polls->log, error);
    polls->kept_log = polls->log;
    if (status == POSTERN_OK && polls->log.flushes) status = idle_log_read(database, &polls->waiting, error);
    for (size_t i = 0; status == POSTERN_OK && i < polls->waiting.capacity; i++) {
        struct idle_poll *poll = polls->waiting.by_stream[i];
        bool waits = false;
        if (!poll) continue;
        status = take_again(journal, poll, &waits, error);
        polls->unnoted++;
        atomic_fetch_add(&polls->count, 1);
        if (!waits) idle_polls_drop(polls, poll);
    }
    return status;
}

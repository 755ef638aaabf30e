#include "journal/sqlite/transaction.h"
#include "base/failpoint.h"
#include "journal/sqlite/store.h"

/* What was moved in vain goes back to where the file has it; if that cannot be read, nothing may be removed.
 */
static void restore_cursors(struct journal *journal)
{
    struct writer *writer = &journal->writer;
    postern_error error = ERROR_INIT;
    if (!writer->cursors_ahead) return;
    if (cursors_load(&writer->cursors, &writer->database, &error) == POSTERN_OK) return;
    log_error(POSTERN_LOG_ERROR, "journal", &error);
    for (size_t i = 0; i < writer->cursors.count; i++)
        writer->cursors.list[i].sequence = 0;
}

postern_status transaction_begin(struct journal *journal, postern_error *error)
{
    journal->writer.group_dead = (struct dead_usage){0};
    postern_status status = held_place_check(&journal->held, error);
    if (status < 0) return status;
    return database_run(&journal->writer.database, error, "BEGIN IMMEDIATE", NO_VALUES);
}

postern_status transaction_part(struct journal *journal, journal_step *run, void *context, bool *broken,
                                postern_error *error)
{
    struct database *database = &journal->writer.database;
    struct dead_usage before = journal->writer.group_dead;
    postern_status status = database_run(database, error, "SAVEPOINT part", NO_VALUES);
    if (status == POSTERN_OK) status = run(journal, context, error);
    if (status == POSTERN_OK) status = database_run(database, error, "RELEASE part", NO_VALUES);
    if (status == POSTERN_OK) return status;
    journal->writer.group_dead = before;
    *broken = sqlite3_get_autocommit(database->handle) != 0 ||
              database_run(database, NULL, "ROLLBACK TO part", NO_VALUES) < 0 ||
              database_run(database, NULL, "RELEASE part", NO_VALUES) < 0;
    restore_cursors(journal);
    return status;
}

/* Before anybody looks again: the newest pages in memory are without those that went. */
static void settle_given_up(struct journal *journal)
{
    struct writer *writer = &journal->writer;
    if (writer->given_up) {
        page_cache_drop(&journal->cache, writer->given_up);
        atomic_fetch_add(&journal->hands.drops, 1);
    }
    writer->cursors_ahead = false;
    writer->given_up = 0;
    hands_thaw(&journal->hands);
}

postern_status transaction_commit(struct journal *journal, const char *before, const char *after,
                                  postern_error *error)
{
    struct writer *writer = &journal->writer;
    if (failpoint(before)) return error_set(error, POSTERN_E_IO, "failpoint %s", before);
    postern_status status = database_run(&writer->database, error, "COMMIT", NO_VALUES);
    if (status < 0) return status;
    failpoint(after);
    settle_given_up(journal);
    writer->dead.count += writer->group_dead.count;
    writer->dead.bytes += writer->group_dead.bytes;
    return POSTERN_OK;
}

void transaction_roll_back(struct journal *journal)
{
    if (!sqlite3_get_autocommit(journal->writer.database.handle))
        database_run(&journal->writer.database, NULL, "ROLLBACK", NO_VALUES);
    journal->writer.group_dead = (struct dead_usage){0};
    restore_cursors(journal);
    journal->writer.cursors_ahead = false;
    journal->writer.given_up = 0;
    hands_thaw(&journal->hands);
}

postern_status transaction_run(struct journal *journal, journal_step *run, void *context,
                               postern_error *error)
{
    postern_status status = transaction_begin(journal, error);
    if (status == POSTERN_OK) status = run(journal, context, error);
    if (status == POSTERN_OK)
        status = transaction_commit(journal, "house-before-commit", "house-after-commit", error);
    if (status < 0) transaction_roll_back(journal);
    return status;
}

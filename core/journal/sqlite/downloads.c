/* Which downloads of the page under way are done, so that they are not fetched again when the page is asked
 * again. */
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/store.h"

postern_status downloads_update(struct database *database, const struct journal_commit *commit,
                                postern_error *error)
{
    const int64_t stream_id = commit->stream->id;
    postern_status status = POSTERN_OK;
    for (size_t i = 0; status == POSTERN_OK && i < commit->download_done_count; i++)
        status =
            database_run(database, error,
                         "INSERT INTO download_done (stream_id, key) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                         VALUES(value_integer(stream_id), value_string(commit->downloads_done[i])));
    if (status == POSTERN_OK && commit->downloads_clear)
        status = database_run(database, error, "DELETE FROM download_done WHERE stream_id = ?1",
                              VALUES(value_integer(stream_id)));
    return status;
}

postern_status journal_download_is_done(struct journal *journal, int64_t stream_id, const char *key,
                                        bool *done, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    int64_t found = 0;
    postern_status status = database_number(reading.database, error, 0, &found,
                                            "SELECT 1 FROM download_done WHERE stream_id = ?1 AND key = ?2",
                                            VALUES(value_integer(stream_id), value_string(key)));
    if (status == POSTERN_OK) *done = found != 0;
    return status;
}

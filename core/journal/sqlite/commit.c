/* What one commit does, in the order in which its parts depend on each other. */
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/retention.h"
#include "journal/sqlite/store.h"

static postern_status check(const struct journal_commit *commit, postern_error *error)
{
    if (commit->pages == journal_page_out_of_memory()) return error_no_memory(error, "for pages");
    if (!commit->stream &&
        (commit->pages || commit->coverage || commit->forget_settled || commit->download_done_count ||
         commit->downloads_clear || commit->tries_key || commit->tries_clear || commit->snapshot))
        return error_set(error, POSTERN_E_INVALID, "a commit names what belongs to a stream, but no stream");
    if (commit->stream && commit->stream->position && strlen(commit->stream->position) > POSITION_LIMIT)
        return error_set(error, POSTERN_E_LIMIT, "the position is longer than %zu bytes", POSITION_LIMIT);
    return POSTERN_OK;
}

/* The vendor takes both ends of a range as inclusive and cuts times to seconds, so the next pass, which
 * starts at settled_until, reads again what lies at the end of the last one: its ids are kept a little
 * longer. */
#define FORGET_MARGIN_MS 60000

static postern_status apply_stream(struct journal *journal, struct journal_commit *commit,
                                   postern_error *error)
{
    struct database *database = &journal->writer.database;
    const struct stream_record *stream = commit->stream;
    postern_status status = POSTERN_OK;
    if (!commit->stream_stays)
        status = stream_update(database, stream, journal->writer.idle.log.group, error);
    if (status == POSTERN_OK && commit->pages) status = pages_store(journal, commit, error);
    if (status == POSTERN_OK && commit->forget_settled && stream->kind == POSTERN_STREAM_WINDOW)
        status = retention_forget_window(database, stream->id, stream->settled_until_ms - FORGET_MARGIN_MS,
                                         &commit->forgotten_ids, error);
    if (status == POSTERN_OK && commit->coverage) {
        const struct coverage_commit coverage = {.stream = stream,
                                                 .read = commit->coverage,
                                                 .remember_ms = commit->remember_ms,
                                                 .most_ranges = journal->settings.coverage_ranges,
                                                 .now_ms = commit->read_ms ? commit->read_ms
                                                                           : clock_wall_ms(journal->clock),
                                                 .joined_reads = commit->joined_reads};
        status = coverage_extend(database, &coverage, error);
    }
    if (status == POSTERN_OK) status = downloads_update(database, commit, error);
    if (status == POSTERN_OK) status = tries_update(database, commit, error);
    if (status == POSTERN_OK) status = snapshot_update(journal, commit, error);
    return status;
}

postern_status commit_apply(struct journal *journal, struct journal_commit *commit, postern_error *error)
{
    struct database *database = &journal->writer.database;
    postern_status status = check(commit, error);
    if (status == POSTERN_OK && commit->notice) status = notice_admit(journal, commit->notice, error);
    if (status == POSTERN_OK && commit->account) status = account_update(database, commit->account, error);
    if (status == POSTERN_OK && commit->calls) status = calls_update(database, commit->calls, error);
    if (status == POSTERN_OK && commit->stream) status = apply_stream(journal, commit, error);
    if (status == POSTERN_OK && commit->delivery) status = delivery_update(journal, commit->delivery, error);
    if (status == POSTERN_OK) status = dead_letters_update(journal, commit, error);
    if (status == POSTERN_OK && commit->request_id) status = request_update(journal, commit, error);
    return status;
}

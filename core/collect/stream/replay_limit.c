#include "collect/stream/replay_limit.h"

#include "base/log.h"
#include "base/timestamp.h"
#include "collect/stream/account.h"
#include "collect/stream/page_commit.h"
#include "collect/stream/state.h"

#include <stdio.h>

/* What could not be stored is tried again. */
#define AGAIN_MS 5000

static struct notice gap_notice(const struct stream *stream, const struct page_commit *commit,
                                char message[320])
{
    char first[TIMESTAMP_SIZE], last[TIMESTAMP_SIZE];
    snprintf(message, 320,
             "gap: %s to %s of %s is not read by itself, because the credentials were refused and "
             "replay_limit bounds "
             "what is read after new ones came",
             timestamp_iso(commit->coverage.from_ms, first),
             timestamp_iso(commit->record.settled_until_ms, last), stream->record.name);
    struct notice notice = stream_notice(stream, NOTICE_GAP_RECORDED, message);
    notice.remedy = "ask for that range while the vendor still keeps it, or raise the source's replay_limit";
    return notice;
}

static void gap_stored(struct page_commit *commit)
{
    struct stream *stream = commit->stream;
    stream->phase = PHASE_RESTING;
    if (commit->status < 0) {
        char scope[STREAM_SCOPE_SIZE];
        log_error(POSTERN_LOG_WARNING, stream_scope(stream, scope), &commit->error);
        stream->limit_due = true;
        stream_wake_at(stream, stream_now_ms(stream) + AGAIN_MS);
    } else {
        char message[320];
        const struct notice notice = gap_notice(stream, commit, message);
        notice_log(&notice);
        page_commit_apply(commit);
        stream_wake(stream);
    }
    page_commit_free(commit);
    activity_done(&stream->shared->activity);
}

bool stream_skips_gap(struct stream *stream)
{
    int64_t from_ms, until_ms;
    if (!stream->limit_due) return false;
    stream->limit_due = false;
    if (!stream_is_window(stream)) return false;
    struct page_commit *commit = page_commit_new(stream);
    if (!commit) {
        stream->limit_due = true;
        stream_wake_at(stream, stream_now_ms(stream) + AGAIN_MS);
        return true;
    }
    if (!window_limit_replay(&commit->record, &stream_settings(stream)->window,
                             account_start_ms(stream->account), account_credentials_ms(stream->account),
                             &from_ms, &until_ms)) {
        page_commit_free(commit);
        return false;
    }
    commit->coverage = (struct coverage_read){.from_ms = from_ms, .until_ms = from_ms};
    commit->commit.coverage = &commit->coverage;
    commit->commit.forget_settled = true;
    char message[320];
    const struct notice notice = gap_notice(stream, commit, message);
    notice_emit(stream->shared->journal, &notice);
    stream->polling = stream->pass_open = false;
    stream->phase = PHASE_COMMITTING;
    activity_busy(&stream->shared->activity);
    page_commit_send(commit, gap_stored);
    return true;
}

#include "collect/answer/step.h"

#include "collect/plan/window.h"

postern_status answer_keep_step(struct answer *answer, struct journal_page *pages, int64_t events)
{
    const struct snapshot_change *change = list_page_change(answer->list_page);
    if (!answer->journal || (!pages && !change)) {
        journal_page_free(pages);
        return POSTERN_OK;
    }
    const struct stream_record *record = &answer->record;
    const struct coverage_read coverage =
        answer_coverage(answer, window_counts_at(record, record->pass_from_ms), events);
    answer->record.events += events;
    struct journal_commit commit = {.stream = &answer->record,
                                    .pages = pages,
                                    .received_ms = answer->received_ms,
                                    .pass_until_ms = answer->record.pass_until_ms,
                                    .remember_ms = answer->remember_ms,
                                    .snapshot = change,
                                    .coverage = &coverage};
    postern_status status = journal_commit_now(answer->journal, &commit, &answer->error);
    journal_page_free(pages);
    if (status < 0) {
        answer->step_failed = true;
        return status;
    }
    list_page_committed(answer->list_page);
    answer->kept += events;
    return status;
}

void answer_hold(struct answer *answer, int64_t bytes)
{
    atomic_fetch_add(answer->held, bytes);
    answer->held_bytes += bytes;
}

postern_status answer_keep_last(struct answer *answer, struct journal_page *pages, int64_t events,
                                int64_t bytes)
{
    if (!answer->again && atomic_load(answer->held) + bytes > answer->limits.held_size)
        return answer_keep_step(answer, pages, events);
    answer_hold(answer, bytes);
    answer->pages = pages;
    answer->events = events;
    return POSTERN_OK;
}

struct coverage_read answer_coverage(const struct answer *answer, int64_t counts_at_ms, int64_t events)
{
    struct coverage_read coverage = {.events = events};
    if (answer->declaration->kind == POSTERN_STREAM_WINDOW) {
        coverage.from_ms = coverage.until_ms = counts_at_ms;
        return coverage;
    }
    coverage.newest_ms = answer->newest_ms;
    coverage.from_ms = coverage.until_ms = answer->now_ms; /* by the vendor's time: ours may be set wrong */
    return coverage;
}

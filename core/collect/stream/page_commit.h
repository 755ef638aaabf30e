/* A commit of one stream on its way through the journal: everything that it needs, in memory of its own. */
#ifndef POSTERN_COLLECT_STREAM_PAGE_COMMIT_H
#define POSTERN_COLLECT_STREAM_PAGE_COMMIT_H

#include "collect/plan/progress.h"
#include "collect/stream/stream.h"

struct page_commit {
    struct journal_commit commit;
    struct stream *stream;
    struct stream_record record; /* as it will stand */
    struct account_record account;
    struct coverage_read coverage;
    struct answer *answer;         /* whose pages and dead letters these are; NULL = none */
    const char *download_key;      /* of the answer */
    struct snapshot_change change; /* snapshot: what becomes of the list, ... */
    struct snapshot_state list;    /* ... and how its polls will stand */
    struct snapshot_end end;
    void *context; /* the sender's */
    postern_status status;
    postern_error error;
    void (*done)(struct page_commit *commit); /* [network]; owns the commit from then on: page_commit_free */
    struct network *network;
    struct network_task back;

    /* What follows when it is stored. */
    bool reads_again; /* of the same pass, from its first page */
    bool goes_on;     /* the poll has not been read to its end */
    bool pass_ends;
    int64_t waiting; /* items of the list that there was no room for */
    enum headway progress;
    bool raised_attempt; /* by what it stores the events of */
};

/* A commit that stores the stream's record as it stands, to be changed before it is sent; NULL if out of
 * memory. */
struct page_commit *page_commit_new(struct stream *stream);
/* What an answer brought in steps is in the journal already: to be counted before anything else is made of
 * it. */
void stream_count_steps(struct stream *stream, const struct answer *answer);
/* Snapshot: what cannot be read of the answer may be any item; before the record moves over its page. */
void page_commit_note_damage(struct page_commit *commit, const struct answer *answer);
/* Adds the events of an answer that failed, whose position stays, and what it leaves to the next try; owns
 * the answer. */
void page_commit_add_events(struct page_commit *commit, struct answer *answer);
/* Adds pages, dead letters (without those set aside before) and counts of an answer; owns the answer. */
void page_commit_add_answer(struct page_commit *commit, struct answer *answer);
void page_commit_send(struct page_commit *commit, void (*done)(struct page_commit *commit));
/* After success: the record becomes the stream's. */
void page_commit_apply(struct page_commit *commit);
void page_commit_free(struct page_commit *commit);

#endif

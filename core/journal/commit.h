/* A commit: what is to change together, all or nothing. */
#ifndef POSTERN_JOURNAL_COMMIT_H
#define POSTERN_JOURNAL_COMMIT_H

#include "journal/dead.h"
#include "journal/page_view.h"
#include "journal/records.h"
#include "journal/snapshot.h"

struct notice_commit;

struct state_entry {
    postern_text key, value; /* value empty = remove */
};

struct delivery_move {
    int64_t delivery_id; /* 0 = only the sink's state below */
    const char *sink; /* name of the sink whose state `entries` belong to: several deliveries may share it */
    int64_t cursor;   /* all pages up to this sequence number are done; <= 0: leave the cursor */
    /* Where the next batches end, as in delivery_record; NULL = leave. */
    const char *planned;
    const struct state_entry *entries; /* the sink's state */
    size_t entry_count;
    int64_t delivered, dropped, dead; /* to add to its counts */
    int64_t wrong_types;
    enum delivery_state state; /* DELIVERY_UNKNOWN = leave */
    const char *last_error;    /* NULL = leave; "" = clear */
    const char *remedy;
    const struct drop_count *drops; /* per reason */
    size_t drop_reason_count;
    bool sets_refused; /* and to what, as in delivery_record */
    int64_t refused, refused_kind;
};

struct coverage_read {
    /* Window: the range that was read to its end. Token: when it was received; it follows on what was
     * received before. */
    int64_t from_ms, until_ms;
    int64_t events;
    /* Token: time of the newest event, 0 = none. A hole behind which the stream began anew ends there. */
    int64_t newest_ms;
    /* Token: it begins anew at the vendor's oldest. What was read before does not lead here. */
    bool begins_anew;
};

/* What is known of the calls of an account under a quota: the collector's own text. */
struct journal_calls {
    int64_t account_id;
    const char *quota;
    postern_text text;
};

/* One all-or-nothing change. Everything in it must live until `done` is called. */
struct journal_commit {
    const struct stream_record *stream; /* NULL = none; counts and all are written as they stand */
    bool stream_stays;                  /* the stream is only named: its stored record stays as it is */
    struct journal_page *pages;         /* events of that stream; owned by the caller */
    int64_t received_ms;                /* of the pages */
    int64_t pass_until_ms;              /* window: the until of the pass that brought the pages; 0 = that of
                                         * `coverage`, else of the stream's pass under way, else the furthest
                                         * of all that were read or begun */
    bool forget_settled;                /* window: forget ids of passes whose until lies before
                                         * stream->settled_until_ms (by a margin: bounds are inclusive) */
    int64_t remember_ms;                /* token: how long ids are kept */
    const struct coverage_read *coverage;
    /* Keys of downloads whose events are in this commit; all = page complete. */
    const char *const *downloads_done;
    size_t download_done_count;
    bool downloads_clear; /* the page is complete: forget its done keys */
    /* What the tries at the stream's damaged answer have left so far (journal_tries). */
    const char *tries_key;                  /* of the download, "" = the answer itself; NULL = no change */
    postern_text tries_left;                /* empty = its tries are over */
    bool tries_clear;                       /* all of them are */
    bool may_wait;                          /* it says only how far was read without anything new: `done`
                                             * may come before it is stored (journal_settings.idle_flush_ms) */
    const struct snapshot_change *snapshot; /* what becomes of the remembered list; NULL = nothing */
    const struct account_record *account;
    const struct journal_calls *calls;
    const struct delivery_move *delivery;
    struct dead_letter *const *dead;
    size_t dead_count;
    /* Dead letters that this commit settles: removed. */
    const int64_t *dead_settled;
    size_t dead_settled_count;
    struct notice_commit *notice; /* the pages are a notice, stored where it is news (notice.h); NULL = no */
    int64_t request_id;           /* a request that this commit answers or brings forward; 0 = none */
    const char *request_outcome;  /* NULL: it is not answered yet, ... */
    const char *request_progress; /* ... but has got this far; JSON */

    /* Called on the writer thread after the transaction's end; must be quick and must not call the journal.
     * On failure nothing of this commit is stored. POSTERN_E_LIMIT: the journal (or the dead letters) is
     * full. */
    void (*done)(struct journal_commit *commit, postern_status status, const postern_error *error);
    void *context;

    /* The journal's while the commit is submitted. */
    struct journal_commit *next;
    int64_t forgotten_ids;
    int64_t joined_reads, read_ms; /* `coverage` stands for so many more; when the last was read, 0 = now */
    postern_error failure;
};

#endif

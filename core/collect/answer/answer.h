/* Reading an answer, on a worker: the source takes it apart, events get their ids, those that are known fall
 * out, the rest is packed into pages. Owns all that it needs; nothing is shared with the stream meanwhile. */
#ifndef POSTERN_COLLECT_ANSWER_ANSWER_H
#define POSTERN_COLLECT_ANSWER_ANSWER_H

#include "base/workers.h"
#include "collect/answer/border.h"
#include "collect/answer/list_page.h"
#include "collect/answer/set_aside.h"
#include "collect/answer/trail.h"
#include "http/network.h"
#include "journal/journal.h"

#include <stdatomic.h>

#define ANSWER_DOWNLOAD_LIMIT 10000              /* in one answer */
#define ANSWER_DOWNLOAD_BYTES ((size_t)16 << 20) /* of their names */
#define ANSWER_TYPE_LIMIT     256                /* bytes of a log type */

/* Sizes that bound the work. */
struct answer_limits {
    size_t page_size, page_events;
    size_t step_size;              /* about so many bytes are committed at once */
    int64_t held_size;             /* what all answers together hold from their arrival to their commit */
    int64_t spill_above;           /* larger responses are not in memory */
    size_t record_size;            /* bytes of one event */
    size_t arena_size;             /* what one call of a source may use */
    size_t position_size;          /* of the position that it may leave */
    size_t events;                 /* of one answer; what goes beyond is set aside */
    size_t dead_size;              /* bytes kept of one thing that could not be read */
    struct snapshot_room snapshot; /* what is remembered of one list */
    size_t set_aside_count, set_aside_size; /* letters of one answer, and the bytes that they keep */
    /* What is remembered of an answer while it is tried again (tries.h). */
    size_t places;     /* beyond, damage that another try could read may be set aside all the same */
    size_t tries_size; /* bytes of letters, and of events that are held; beyond, letters are only counted
                        * and events are stored at once */
};

struct request;

struct answer_download {
    char *url, *key;
    postern_text tag; /* malloc'ed */
    int64_t bytes;    /* as the vendor says; 0 = not known */
    bool done;        /* its events are in the journal already, or it is named before in the same answer */
};

struct answer {
    /* What is asked of it; set before answer_read and constant from then on. */
    const postern_source *source;
    const void *self;
    const postern_stream *declaration;
    const postern_options *account_options; /* borrowed; NULL = none */
    struct journal *journal;                /* NULL: a probe; everything is counted and nothing kept */
    struct workers *workers;                /* NULL: read it on this thread */
    struct network *network;                /* where `done` is called */
    char account[64], stream[64];
    unsigned char account_key[16];
    postern_pass pass;
    const struct border *border_before;   /* window: of its pages so far; the stream's. NULL = none */
    struct stream_record record;          /* as it stood when the request was made, with its position */
    struct snapshot_state list;           /* snapshot: the same of the list */
    int64_t remember_ms;                  /* token: how long ids are kept */
    _Atomic int64_t *held;                /* by all answers; see step.h */
    const struct http_exchange *exchange; /* what the vendor answered; part of `request` */
    const postern_set_aside *again;       /* what was set aside, read instead of that; NULL = nothing */
    struct request *request;              /* owned: given to `request_free` with the answer */
    void (*request_free)(struct request *request);
    struct answer_download download; /* texts owned */
    bool is_download;
    struct vendor_call call; /* that brought it, or named the file */
    uint32_t attempt;
    int64_t now_ms, received_ms; /* the vendor's time, ours */
    uint64_t random;
    int64_t left_out_before_ms;
    struct answer_limits limits;
    void (*done)(
        struct answer *answer); /* on the network thread; owns the answer from then on: answer_free */
    void *context;

    /* What came of it. */
    postern_status status;
    int32_t outcome;
    bool keep_position;
    bool step_failed; /* `status` is that of a commit */
    bool is_try;      /* although it failed, what was whole in it is to be stored, with `tries_left` */
    bool was_tried;   /* there are tries before this one, which are over with it unless it failed */
    postern_error error;
    char *next_position; /* NULL = none */
    struct journal_page *pages;
    struct set_asides aside;
    struct border *border;       /* window: behind this page */
    struct list_page *list_page; /* snapshot: what it shows of the list */
    int64_t sighted, waiting; /* snapshot: rows that this poll had not shown yet; that there is no room for */
    bool list_stands_still;   /* snapshot: it shows just what is remembered, and all of it */
    struct trail trail;
    struct buffer tries_left; /* for the next try, which all tries so far have left (tries.h) */
    struct answer_download *downloads;
    size_t download_count, download_bytes;
    int64_t kept;                                 /* new events, committed in steps; whatever `status` says */
    int64_t events, repeats, left_out, set_aside; /* `events`: new ones, in `pages` */
    int64_t held_bytes;
    int64_t newest_ms; /* time of the newest event, 0 = none */
    uint64_t content;  /* a mark of all that it brought, known or not; 0 = nothing */

    struct worker_job job;
    struct network_task back;
};

/* Hands the answer to a worker (or reads it here if there are none). */
void answer_read(struct answer *answer);
/* Comes back as if it had been read, with that status. */
void answer_return(struct answer *answer, postern_status status);
void answer_free(struct answer *answer);

#endif

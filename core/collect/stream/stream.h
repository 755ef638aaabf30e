/* One stream while the program runs: asks, has the answer read, commits, asks again. [network]
 *
 *     stream.c --> next_request.c          what is asked
 *              --> downloads.c             the files that an answer names
 *              --> departures.c            what has left a list
 *              --> replay_limit.c          what is skipped after new credentials
 *              --> page.c --> trouble.c    what came of it, committed by page_commit.c
 *
 * Nothing here starts the work of another stream, nor its own next round, on its stack: stream_wake sets the
 * timer of a stream, and the network's loop runs it. */
#ifndef POSTERN_COLLECT_STREAM_STREAM_H
#define POSTERN_COLLECT_STREAM_STREAM_H

#include "collect/plan/lateness.h"
#include "collect/plan/schedule.h"
#include "collect/plan/window.h"
#include "collect/stream/shared.h"
#include "collect/stream/source_instance.h"

struct account;
struct stream_memory;

enum stream_phase {
    PHASE_RESTING,    /* a timer is set, or it waits for its account */
    PHASE_ASKING,     /* a request is under way */
    PHASE_READING,    /* a worker has the answer */
    PHASE_COMMITTING, /* the journal has it */
    PHASE_FETCHING,   /* downloads of an answer are under way (see downloads.h) */
};

struct stream {
    struct stream_shared *shared;
    struct account *account;
    const struct source_instance *source;
    const postern_stream *declaration;

    struct stream_record record; /* as committed; between commits, with news that the next one will store */
    struct pace pace;
    struct network_timer timer;
    struct request
        *request; /* under way; while resting, one that was abandoned: the next waits for its end */
    struct downloads *downloads;
    struct stream_memory *memory; /* NULL = none, see memory.h */
    struct window_poll poll;
    int64_t poll_began_ms;       /* monotonic */
    int64_t first_refused_ms;    /* monotonic; of the row of refusals */
    int32_t refusals;            /* in a row, of this stream */
    enum stream_phase phase : 7; /* thousands of streams: every byte counts */
    bool authenticated : 1;      /* its requests show whether the account's credentials work */
    bool polling : 1;            /* a poll is under way: its next request need not wait until it is due */
    bool pass_open : 1;          /* window: the pass in `record` is being read by this process */
    bool clock_was_off : 1;      /* the answer at hand showed that its request was signed with a wrong time */
    bool signed_again : 1;       /* for that, once in a row: a server's Date may change with every answer */
    bool planned_again : 1;      /* for a range in the server's future, once in a row likewise */
    bool probes : 1;             /* its request is the account's probe */
    bool looks : 1;              /* the poll was planned without knowing the server's time */
    bool limit_due : 1;          /* what lies before replay_limit is still to be skipped (replay_limit.h) */
    bool waits_for_account : 1, waits_for_token : 1, waits_for_call : 1;
    bool was_read : 1;             /* an answer to this process was stored */
    bool has_more : 1;             /* its last page said so */
    bool departures_due : 1;       /* snapshot: something may have left the list that is not told yet */
    bool poll_ended : 1;           /* snapshot: a poll was read to its end by this process */
    bool has_turn : 1;             /* of the account's requests, at pace.not_before_ms */
    bool token_was_refused : 1;    /* and its request is to be repeated, once, with a fresh one */
    bool finished : 1, failed : 1; /* under `once` */
    /* The notice of its trouble that was emitted; NOTICE_NONE: none, NOTICE_KINDS: not known, because an
     * earlier life may have. */
    uint8_t told : 5;
    struct lateness lateness;
};

/* While building, in memory that is zeroed: the stream of an account, with its record of the journal. */
postern_status stream_init(struct stream *stream, struct account *account,
                           const struct source_instance *source, const postern_stream *declaration,
                           postern_error *error);
void stream_clear(struct stream *stream);
/* First poll at pace.due_ms. */
void stream_start(struct stream *stream);
/* What a request under way brings is thrown away. It is forgotten, or `abandons` it: nothing is asked before
 * it has ended, by this stream or by the one that it is handed over to. */
void stream_pause(struct stream *stream, bool abandons);
/* Who waits for the end of the request that was abandoned is `stream` (NULL = nobody) now. */
void stream_hand_over_call(struct stream *before, struct stream *stream);

#endif

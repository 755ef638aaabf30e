/* The sink "redis": entries of streams, exactly once.
 *
 *   sink.c      the sink's functions and options
 *   connect.c   a connection that is let in, and what the server promises to keep
 *   session.c   commands and replies over it, and what refusals mean
 *   resp.c      the protocol's texts
 *   streams.c   the streams that are known, and what is on record about them
 *   group.c     the events of a batch by stream
 *   recover.c   what of a batch is there already
 *   write.c     a batch into its streams
 *
 * Exactly once: the entries of a batch get the ids N-P, N-(P+gap), N-(P+2 gap) ... of their stream, and N is
 * on record before the first of them is written. P comes from the batch, so that an id shows whether it is
 * one of its places. The entries are written in transactions of Redis, in order; so after a failure the last
 * id of the stream tells how far that went, whatever readers have removed. Where that id or any entry beside
 * N is not ours, somebody else writes there: then what is still there is known by its place and the event's
 * id, and what is left of the batch gets another N behind, which is on record too. So nothing of another
 * writer's is ever taken for ours.
 */
#ifndef REDIS_SINK_H
#define REDIS_SINK_H

#include "session.h"

#define KEY_LIMIT 1024

/* Where the entries of one batch stand, or are to stand. */
#define MOST_RANGES 8
struct redis_plan {
    uint64_t batch;               /* digest of the batch's name; 0 = none was planned yet */
    uint64_t events;              /* digest of its events' ids */
    uint64_t ranges[MOST_RANGES]; /* each N, the newest last */
    size_t range_count;
};

/* One stream as one delivery writes to it; its record is a state entry under `slot`. A dead letter that is
 * tried again has a slot of its own, which goes with it. */
struct redis_stream {
    struct redis_stream *next;
    char *slot; /* what it belongs to, and behind that the key */
    size_t slot_size;
    postern_text key;
    struct redis_plan plan;
    int64_t used_ms;
    bool may_be_written; /* the plan is an earlier try's: what is there must be looked at */
    /* The batch in hand. */
    bool wanted;
    uint64_t next_number; /* of the next entry behind N */
    struct redis_stream *next_wanted;
    size_t first_event, last_event;
};

#define NO_EVENT SIZE_MAX

/* The batch in hand, by stream. */
struct redis_group {
    const postern_batch *batch;
    size_t *next_event; /* of the same stream */
    bool *there;        /* the event is in its stream */
    struct redis_stream *first, **last;
    uint64_t name, events; /* digests, as in a plan */
    bool is_letter;
};

struct redis_sink {
    const postern_host *host;
    const postern_log *log;
    struct net_settings net;
    struct net_target target;
    postern_text key; /* template */
    int64_t database, maxlen, chunk;
    struct redis_session session;
    struct redis_stream *streams;
    bool durability_was_told;
};

/* connect.c */
postern_status redis_connect(struct redis_sink *sink, postern_error *error);
/* The version, and what it keeps, for `sink test`. */
postern_status redis_probe(void *self, const postern_call *call, const postern_report *report,
                           postern_error *error);

/* streams.c */
/* A slot is the delivery, for a dead letter its id, and the key, with blanks between. */
#define SLOT_LIMIT (KEY_LIMIT + 64)
/* Made if it is not known; NULL if out of memory. */
struct redis_stream *redis_stream_find(struct redis_sink *sink, postern_text slot, size_t key_at);
postern_status redis_stream_read(struct redis_sink *sink, const postern_pair *entry);
postern_status redis_stream_record(const struct redis_stream *stream, postern_result *result);
postern_status redis_stream_unrecord(const struct redis_stream *stream, postern_result *result);
void redis_streams_free(struct redis_sink *sink);
/* Those that nothing was written to for days. */
postern_status redis_streams_forget_old(struct redis_sink *sink, int64_t now_ms, postern_result *result);

/* group.c */
postern_status redis_group_make(struct redis_sink *sink, const postern_call *call, const postern_batch *batch,
                                postern_result *result, struct redis_group *group, postern_error *error);

/* recover.c */
/* The last id that the stream gave out: *first-*second; 0-0 if there is no stream. */
postern_status redis_last_id(struct redis_sink *sink, const struct redis_stream *stream, uint64_t *first,
                             uint64_t *second, postern_error *error);
/* The second part of the id of an entry with this number. */
uint64_t redis_place(const struct redis_plan *plan, uint64_t number);
/* Sets `there` for the events of the stream that an earlier try wrote, and next_number. *taken: somebody
 * else wrote too, so that what is left needs another N. */
postern_status redis_recover(struct redis_sink *sink, struct redis_stream *stream, struct redis_group *group,
                             bool *taken, postern_error *error);

/* write.c */
postern_status redis_write(void *self, const postern_call *call, const postern_batch *batch,
                           postern_result *result, postern_error *error);

#endif

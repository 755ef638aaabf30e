/* A delivery: a pipeline's events on their way to one sink, a consumer of the journal with a cursor of its
 * own. Touched by the sink's thread alone, but for what is atomic. */
#ifndef POSTERN_DELIVER_SINK_DELIVERY_H
#define POSTERN_DELIVER_SINK_DELIVERY_H

#include "deliver/route/failure_share.h"
#include "deliver/route/feed.h"
#include "deliver/sink/batch.h"
#include "deliver/sink/plan.h"
#include "deliver/sink/refusals.h"
#include "journal/hand.h"
#include "journal/notice_rules.h"

struct sink_runner;

struct delivery {
    char name[130]; /* "pipeline/sink" */
    char sink[64];
    char key[33]; /* hex; names its batches to receivers */
    int64_t id;   /* of its record */
    struct sink_runner *runner;
    struct feed feed;
    int64_t cursor;              /* committed */
    _Atomic int64_t passed;      /* everything up to here is delivered or not for us */
    struct batch_plan plan;      /* committed ends behind the cursor */
    struct batch *first, **last; /* batches that are closed and not committed, in order */
    size_t batch_count;
    int64_t gathering_since_ms; /* monotonic: when the first page of the next batch was there; 0 = none */
    bool at_damage;             /* the page behind those in the queue cannot be read */
    bool at_end;                /* no further page is there yet */
    int failures;               /* of its scripts, dead letters and commits, in a row: the back-off */
    int64_t not_before_ms;      /* monotonic: its next try */
    int sink_failures;          /* of the sink with its batches, in a row */
    int64_t sink_not_before_ms; /* monotonic: until then it leaves the sink to others */
    int64_t trouble_since_ms; /* wall: since when nothing was delivered in spite of tries; 0 = all is well */
    uint64_t said;            /* of the trouble that the log has told last; 0 = none */
    enum notice_kind told;    /* the notice of it that was emitted last, ... */
    enum notice_kind letters_told; /* ... and of its dead letters */
    bool stopped;                  /* its dead letters find no room */
    bool drops_oldest;             /* the journal may move its cursor, to make room, ... */
    struct journal_hand hand;      /* ... but not over these pages: batches that were begun */
    int64_t drops_seen;            /* journal_given_up, when it last looked where its cursor is */
    struct failure_share share;    /* on how many of its events the scripts failed */
    struct refusals refusals;      /* of its sink, since it has last taken an event */
    int held_tries;                /* of a page on too many of whose events they fail */
    int64_t held_until_ms;         /* monotonic: when they are tried on it again */
    _Atomic bool held;             /* it waits for other scripts: time alone will not help */
    struct delivery *next;         /* of the same sink */
};

struct delivery *delivery_new(struct pipeline *pipeline, const char *sink, struct sink_runner *runner,
                              const struct route_parts *parts, struct feed_owner *owner);
/* Loads where it stands; before the sink's thread knows it. */
postern_status delivery_load(struct delivery *delivery, postern_error *error);
/* All that is in hand is thrown away: the journal has it. Nothing of it is in flight. */
void delivery_drop(struct delivery *delivery);
/* The same, but for a first batch that only its commit is missing to. */
void delivery_drop_unwritten(struct delivery *delivery);
void delivery_free(struct delivery *delivery); /* dropped before */
/* Where the pages that no batch has begin. */
int64_t delivery_gathered(const struct delivery *delivery);
/* The first batch is committed: the cursor moves on. */
void delivery_take_off(struct delivery *delivery);
/* What its scripts failed on may be tried again at once. */
void delivery_let_go(struct delivery *delivery);
/* The journal may have given up pages: what was read of them is let go. */
void delivery_follow(struct delivery *delivery);
/* A batch goes to the sink: the journal keeps its pages. False: delivery_follow first. */
bool delivery_take_in_hand(struct delivery *delivery, const struct batch *batch);
/* The cursor stands there, with nothing in hand. */
void delivery_moved(struct delivery *delivery, int64_t cursor);

#endif

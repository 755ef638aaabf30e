/* What is remembered of a list that is whole at each poll: its items as they were seen last, and since when
 * they are missed. Reading; what a page showed is committed with its events (commit.h).
 *
 * An item is known by its key, 16 bytes. It is *missed* once a whole poll did not show it, and *leaves* with
 * the second one in a row; then it waits here until the event that says so is committed. */
#ifndef POSTERN_JOURNAL_SNAPSHOT_H
#define POSTERN_JOURNAL_SNAPSHOT_H

#include "base/arena.h"
#include "journal/page_view.h"

struct journal;

enum snapshot_sight {
    SNAPSHOT_APPEARED, /* it was not in the list */
    SNAPSHOT_CHANGED,  /* it was, with another text */
    SNAPSHOT_SHOWN,    /* it was, just so */
};

/* An item that a page shows. */
struct snapshot_item {
    unsigned char key[EVENT_ID_SIZE];
    uint64_t sum; /* of the text */
    enum snapshot_sight sight;
    postern_text text; /* unless it is SNAPSHOT_SHOWN */
};

/* A poll that was read to its end. */
struct snapshot_end {
    int64_t since;     /* items that were last seen by an earlier poll than this may hide in what cannot be
                        * read: nothing is said of them */
    int64_t missed_ms; /* when the poll began */
};

/* How the polls of a list stand (collect/plan/snapshot.h). */
struct snapshot_state {
    int64_t polls;        /* that were read to their end; the one under way has the next number */
    int64_t damage;       /* a mark of what could not be read in the poll under way; 0 = nothing */
    int64_t last_damage;  /* the same of the last whole one, ... */
    int64_t damage_since; /* ... and the poll since which it is the same */
};

/* The part of a commit that is about the list. */
struct snapshot_change {
    const struct snapshot_state *state; /* NULL = it stays */
    int64_t poll;                       /* the number of the poll that shows the items */
    const struct snapshot_item *items;
    size_t count;
    const struct snapshot_end *end; /* NULL = the poll has not been read to its end */
    /* Items whose leaving is told by events of the same commit, by their `row`: forgotten. */
    const int64_t *left;
    size_t left_count;
};

/* Whether it says no more than that one more poll was read to its end. */
bool snapshot_only_counts(const struct snapshot_change *change);

struct snapshot_totals {
    struct snapshot_state state;
    int64_t items, bytes;
};

/* What is remembered of an item. */
struct snapshot_known {
    bool is_known;
    uint64_t sum;
    int64_t bytes; /* of its text */
    int64_t seen;  /* by the poll of that number */
    bool is_missed;
};

/* An item that leaves. */
struct snapshot_leaver {
    int64_t row;
    unsigned char key[EVENT_ID_SIZE];
    int64_t appeared; /* with the poll of that number */
    int64_t missed_ms;
    postern_text text; /* lives for the call */
};

/* The lists of all streams, in the arena. */
struct snapshot_list {
    int64_t stream_id;
    struct snapshot_totals totals;
};
postern_status journal_snapshot_lists(struct journal *journal, postern_arena *arena,
                                      const struct snapshot_list **lists, size_t *count,
                                      postern_error *error);

/* All zero of a stream that has no list yet. */
postern_status journal_snapshot_totals(struct journal *journal, int64_t stream_id,
                                       struct snapshot_totals *totals, postern_error *error);
/* For each of `count` keys (16 bytes each, one behind the other) what is remembered. */
postern_status journal_snapshot_known(struct journal *journal, int64_t stream_id, const unsigned char *keys,
                                      size_t count, struct snapshot_known *known, postern_error *error);
/* Those that leave, in their order, until `take` returns false. */
typedef bool journal_take_leaver(void *context, const struct snapshot_leaver *leaver);
postern_status journal_snapshot_leavers(struct journal *journal, int64_t stream_id, journal_take_leaver *take,
                                        void *context, postern_error *error);

#endif

/* What the journal keeps of accounts, streams and deliveries, and what it tells about itself. Plain data.
 *
 * Thousands of accounts and streams are held in memory, so theirs are small: names belong to whoever asked
 * for the record, words are there only while there is trouble. */
#ifndef POSTERN_JOURNAL_RECORDS_H
#define POSTERN_JOURNAL_RECORDS_H

#include "journal/states.h"
#include "journal/trouble_words.h"
#include <postern/module.h>

#define RECORD_NAME_SIZE 64 /* with the NUL */
#define POSITION_LIMIT   ((size_t)64 * 1024)

struct account_record {
    int64_t id;            /* set by journal_account */
    unsigned char key[16]; /* made once; survives renaming; part of every event's identity */
    const char *name;      /* borrowed */
    int64_t added_ms;      /* when the account was first seen */
    enum account_status status;
    bool ever_connected;
    bool replay_limit_due; /* the credentials replaced refused ones, and nothing has been answered to them yet
                            */
    int64_t status_since_ms;
    unsigned char fingerprint[32]; /* keyed hash of the credentials: another one = new credentials */
    int64_t credentials_since_ms;
    int64_t clock_off_ms;     /* the vendor's clock minus ours at the latest answer; 0 = within a minute */
    int64_t first_failure_ms; /* of the run of refused credentials under way; 0 = none */
    int64_t failure_count;
    struct trouble_words *trouble; /* owned; NULL = none */
};

struct stream_record {
    int64_t id;
    int64_t account_id;
    const char *account, *source, *name; /* borrowed; name: the stream's */
    const char *auth;                    /* borrowed: the authentication profile that it is read with */
    uint32_t kind;                       /* POSTERN_STREAM_... */
    enum stream_state state;
    int64_t settled_until_ms;            /* window: all up to here is read for good; 0 = nothing yet */
    int64_t pass_from_ms, pass_until_ms; /* the pass under way; until 0 = none (window) */
    int64_t pass_start_ms;               /* server time at which the poll of that pass began */
    int64_t position_saved_ms;           /* when `position` was stored */
    char *position;                      /* owned, NUL-terminated (may hold any byte but NUL); NULL = none */
    int64_t page_number;                 /* pages read in the pass under way */
    int64_t attempt; /* the source's next try at the present position; 0 and 1: the first */
    int64_t last_attempt_ms, last_success_ms; /* success: data or an explicit "nothing new" */
    int64_t last_event_ms;                    /* newest event time seen */
    int64_t caught_up_ms;                     /* when a pass was last read to the present; lag = now - this */
    int64_t last_error_ms;
    struct trouble_words *trouble;                          /* owned; NULL when the last try succeeded */
    int64_t next_attempt_ms;                                /* wall clock, for `status` */
    int64_t requests, events, repeats, left_out, set_aside; /* since the beginning */
};

/* Frees what the record owns. */
void account_record_clear(struct account_record *record);
void stream_record_clear(struct stream_record *record);
/* A copy that owns what it needs to, over whatever `to` was; false and nothing to free if out of memory. */
bool account_record_copy(struct account_record *to, const struct account_record *from);
bool stream_record_copy(struct stream_record *to, const struct stream_record *from);

#define PLANNED_SIZE 1400

struct delivery_record {
    int64_t id;
    unsigned char key[16]; /* made once; survives renaming; names its batches to receivers */
    char name[130];        /* "pipeline/sink" */
    int64_t cursor;
    /* Sequence numbers behind the cursor at which the next batches end, rising, "12 17 23": so they are the
     * same after a crash. What they mean is the deliverer's. */
    char planned[PLANNED_SIZE];
    int64_t delivered, dropped, dead, wrong_types;
    int64_t drops_oldest; /* 1: its oldest pages are given up when they fill the journal, ... */
    int64_t skipped;      /* ... events that it lost by that */
    enum delivery_state state;
    char last_error[480], remedy[320];
    int64_t last_success_ms;
    /* Counted on load, of what it takes: pages, events, bytes of them unpacked; and when the oldest came, 0 =
     * none waits. */
    int64_t backlog_pages, backlog_events, backlog_bytes, waiting_since_ms;
    int64_t trouble_since_ms; /* since when it is not ok; 0 = it is */
    int64_t removed_ms;       /* 0 = configured */
    /* Events that its sink has refused in a row, and for which kind of reason: what that means is the
     * deliverer's. */
    int64_t refused, refused_kind;
};
/* The sink's name in a delivery's. */
const char *delivery_sink(const struct delivery_record *delivery);

struct coverage_range {
    int64_t from_ms, until_ms, events;
    int64_t first_read_ms, last_read_ms; /* when it was read */
    int64_t holes, missing_ms; /* in it, of ranges so old that they are not listed singly any more */
};

/* What was not read between two ranges; or several of these, that are not listed singly any more. */
struct coverage_gap {
    const char *account, *stream;
    int64_t from_ms, until_ms;
    int64_t holes, missing_ms;
};

/* How often a delivery's scripts dropped an event for a reason. Reasons beyond a limit are counted together,
 * so that the sum of all is what was dropped. */
#define DROP_REASON_OTHERS "other reasons"
struct drop_count {
    const char *reason;
    int64_t count;
};

/* Words and not numbers: a command and a daemon of two versions may meet, and what is not known is named. */
#define REQUEST_DEAD_RETRY "dead letters retry" /* arguments: a dead_filter */
#define REQUEST_DEAD_DROP  "dead letters drop"  /* the same */
#define REQUEST_SWITCH     "account switch"     /* the account's name, as it is */

struct journal_request {
    int64_t id;
    char kind[32];   /* REQUEST_... */
    char *arguments; /* JSON; malloc'ed */
    char *progress;  /* where an earlier run of the daemon got to; NULL = nowhere; malloc'ed */
};

/* Whether the journal takes what comes, and if not, why. */
struct journal_space {
    enum space_kind kind;
    int64_t since_ms; /* monotonic */
    char words[320];  /* what the system said; "" = nothing */
};

struct journal_totals {
    int64_t pages, events, bytes_on_disk, max_size, oldest_received_ms;
    int64_t dead_letters, dead_bytes, dead_limit;
    /* What deliveries that wait have not passed: its bytes as they are stored, since when the oldest of it is
     * there (0 = there is none), and how many bytes of it there may be. */
    int64_t undelivered_bytes, undelivered_since_ms, usable_bytes;
    int64_t dead_expired;   /* since the beginning */
    int64_t remembered_ids; /* of events, so that they are not delivered twice */
    int64_t forgotten_ids;  /* before their time, for want of space; since the beginning */
    bool full;
};

#endif

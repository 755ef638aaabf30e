/* The journal: one SQLite file that holds raw events in pages, where each stream and each delivery stands,
 * and what could not be read or delivered. The running daemon is its only writer.
 *
 * Writing is by commits: a commit is all or nothing, and one writer thread puts many of them into one
 * transaction. Reading never blocks writing and never holds a transaction open longer than one call. */
#ifndef POSTERN_JOURNAL_JOURNAL_H
#define POSTERN_JOURNAL_JOURNAL_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"

struct journal;

/* 0 = the default named behind it. */
struct journal_settings {
    int64_t max_size;   /* bytes of the database file(s), without the dead letters; 2 GiB */
    int64_t retain_ms;  /* how long delivered pages are kept; 24 h */
    int64_t dead_limit; /* bytes of dead letters; 256 MiB */
    int64_t cache_size; /* bytes of newest pages kept in memory; 16 MiB */
    int64_t
        ids_memory; /* bytes of known ids kept in memory; 64 MiB. Beyond it the stored ones are searched */
};

/* Opens (creating if absent) state directory and database, takes state/lock, migrates, starts the writer
 * thread. Refuses: a directory that others own or can write, a second daemon, a foreign, newer or corrupt
 * database; each with advice, and nothing is overwritten. Any thread may call all functions below unless said
 * otherwise. */
postern_status journal_open(const char *directory, const struct journal_settings *settings,
                            const struct clock *clock, struct journal **journal, postern_error *error);
/* For other commands while a daemon runs: read only, no lock. Every call is a short transaction. */
postern_status journal_open_reader(const char *directory, const struct clock *clock, struct journal **journal,
                                   postern_error *error);
/* Commits what was submitted, ends the writer, closes. */
void journal_close(struct journal *journal);

/* ---- Accounts and streams
 * -------------------------------------------------------------------------------------- */

#define RECORD_REMOVED "removed" /* status or state of what the configuration does not name any more */

struct account_record {
    int64_t id;            /* set by journal_account */
    unsigned char key[16]; /* made once; survives renaming; part of every event's identity */
    char name[64];
    int64_t added_ms; /* when the account was first seen */
    char status[24];  /* "connection pending", "connected", "failing", "failed", RECORD_REMOVED */
    int64_t status_since_ms;
    unsigned char fingerprint[32]; /* keyed hash of the credentials: another one = new credentials */
    int64_t credentials_since_ms;
    int64_t first_failure_ms; /* of the run of refused credentials under way; 0 = none */
    int64_t failure_count;
    bool ever_connected;
    char last_error[480], remedy[320];
};

/* Loads the account's record by name, creating it. Synchronous. */
postern_status journal_account(struct journal *journal, const char *name, struct account_record *record,
                               postern_error *error);

#define POSITION_LIMIT (64 * 1024)

struct stream_record {
    int64_t id;
    int64_t account_id;
    char account[64], source[64], name[64]; /* name: the stream's, "ttp-url" */
    uint32_t kind;                          /* POSTERN_STREAM_... */
    int64_t settled_until_ms;               /* window: all up to here is read for good; 0 = nothing yet */
    int64_t pass_from_ms, pass_until_ms;    /* the pass under way; until 0 = none (window) */
    int64_t pass_start_ms;                  /* server time at which the poll of that pass began */
    int64_t position_saved_ms;              /* when `position` was stored */
    char *position;      /* malloc'ed, NUL-terminated (may hold any byte but NUL); NULL = none */
    int64_t page_number; /* pages read in the pass under way */
    int64_t last_attempt_ms, last_success_ms; /* success: data or an explicit "nothing new" */
    int64_t last_event_ms;                    /* newest event time seen */
    int64_t caught_up_ms;                     /* when a pass was last read to the present; lag = now - this */
    char state[24]; /* "pending", "ok", "retrying", "waiting", "not permitted", "not licensed", "failed",
                     * "full", RECORD_REMOVED */
    int64_t last_error_ms;
    char last_error[480], remedy[320];                      /* empty when the last try succeeded */
    int64_t next_attempt_ms;                                /* wall clock, for `status` */
    int64_t requests, events, repeats, left_out, set_aside; /* since the beginning */
};

/* Loads the stream's record, creating it. record->position must be freed by stream_record_clear. Synchronous.
 */
postern_status journal_stream(struct journal *journal, int64_t account_id, const char *account,
                              const char *source, const char *name, uint32_t kind,
                              struct stream_record *record, postern_error *error);
void stream_record_clear(struct stream_record *record);
/* All records, for `status`; free with free() after stream_record_clear on each. */
postern_status journal_accounts(struct journal *journal, struct account_record **records, size_t *count,
                                postern_error *error);
postern_status journal_streams(struct journal *journal, struct stream_record **records, size_t *count,
                               postern_error *error);

/* ---- Pages of events
 * --------------------------------------------------------------------------------------------- */

#define EVENT_ID_SIZE 16

struct journal_event {
    unsigned char id[EVENT_ID_SIZE];
    int64_t time_ms;
    postern_text type;
    postern_text json;
};

/* Gathers events and packs them (zstd) into pages of at most `page_size` bytes or `page_events` events. One
 * thread. */
struct page_builder;
struct journal_page; /* one packed page, not yet stored */
struct page_builder *page_builder_new(size_t page_size, size_t page_events);
bool page_builder_add(struct page_builder *builder,
                      const struct journal_event *event); /* copies; false: no memory */
/* The pages so far as a list, NULL if there are none; the builder is empty again. If memory was out, a list
 * that no commit takes (POSTERN_E_MEMORY), so that events are never lost in silence. */
struct journal_page *page_builder_take(struct page_builder *builder);
void page_builder_free(struct page_builder *builder);
/* A committed page may be freed as soon as `done` was called. */
void journal_page_free(struct journal_page *list);
/* Memory that they take, packed and unpacked. */
size_t journal_page_bytes(const struct journal_page *list);

/* ---- Dead letters
 * ------------------------------------------------------------------------------------------------- */

struct dead_letter {
    int64_t id; /* set when stored */
    int64_t created_ms;
    char account[64], source[64], stream[64];
    char delivery[130];                    /* "pipeline/sink"; empty: the bytes could not be read as events */
    char stage[16];                        /* "collect", "script", "sink" */
    unsigned char event_id[EVENT_ID_SIZE]; /* zero if none */
    char type[64];
    int64_t received_ms, time_ms;
    char *reason;                           /* NUL-terminated */
    char *name;                             /* where it was (member, line), or NULL */
    char *script, *script_hash, *traceback; /* NULL if no script was involved */
    postern_text bytes;                     /* the raw event, or what could not be read */
    int64_t retries;
};

/* ---- Commits
 * ------------------------------------------------------------------------------------------------------- */

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
    const char *state;      /* NULL = leave; "ok", "retrying", "stopped" */
    const char *last_error; /* NULL = leave; "" = clear */
    const char *remedy;
    const struct drop_count {
        const char *reason;
        int64_t count;
    } * drops; /* per reason */
    size_t drop_reason_count;
};

struct coverage_read {
    int64_t from_ms, until_ms; /* range that was read to its end (window), or received (token) */
    int64_t events;
};

/* One all-or-nothing change. Everything in it must live until `done` is called. */
struct journal_commit {
    const struct stream_record *stream; /* NULL = none; counts and all are written as they stand */
    struct journal_page *pages;         /* events of that stream; owned by the caller */
    int64_t received_ms;                /* of the pages */
    int64_t pass_until_ms;              /* window: the until of the pass that brought the pages; 0 = that of
                                         * `coverage`, else of the stream's pass under way */
    bool forget_settled;                /* window: forget ids of passes whose until lies before
                                         * stream->settled_until_ms (by a margin: bounds are inclusive) */
    int64_t remember_ms;                /* token: how long ids are kept */
    const struct coverage_read *coverage;
    const char *const
        *downloads_done; /* keys of downloads whose events are in this commit; all = page complete */
    size_t download_done_count;
    bool downloads_clear; /* the page is complete: forget its done keys */
    const struct account_record *account;
    const struct delivery_move *delivery;
    struct dead_letter *const *dead;
    size_t dead_count;
    int64_t dead_retried_id; /* a dead letter that this commit settles: removed; 0 = none */
    int64_t request_id;      /* a request that this commit answers; 0 = none */
    const char *request_outcome;

    /* Called on the writer thread after the transaction's end; must be quick and must not call the journal.
     * On failure nothing of this commit is stored. POSTERN_E_LIMIT: the journal (or the dead letters) is
     * full. */
    void (*done)(struct journal_commit *commit, postern_status status, const postern_error *error);
    void *context;

    /* The journal's while the commit is submitted. */
    struct journal_commit *next;
    int64_t forgotten_ids;
    postern_error failure;
};

void journal_submit(struct journal *journal, struct journal_commit *commit);
/* Submits and waits; `done` is not called. */
postern_status journal_commit_now(struct journal *journal, struct journal_commit *commit,
                                  postern_error *error);
/* True while undelivered pages fill the journal: do not ask the vendor for more. */
bool journal_is_full(struct journal *journal);
/* Called (on any thread) whenever pages were committed or space came back; must be quick. At most 8
 * listeners. */
void journal_listen(struct journal *journal, void (*wake)(void *context), void *context);
/* Takes back what was said with that context; when this returns `wake` is not running and never called again.
 */
void journal_unlisten(struct journal *journal, void *context);

/* ---- Known ids
 * ------------------------------------------------------------------------------------------------------ */

/* For each of `count` ids (16 bytes each, one behind the other) sets known[i] if an event of the stream with
 * that id is remembered. The ids of committed pages count from the moment of the commit. One call at a time
 * per stream. */
postern_status journal_known_ids(struct journal *journal, int64_t stream_id, const unsigned char *ids,
                                 size_t count, bool *known, postern_error *error);
/* Which download keys of the page under way are done. */
postern_status journal_download_is_done(struct journal *journal, int64_t stream_id, const char *key,
                                        bool *done, postern_error *error);

/* ---- The coverage ledger
 * ----------------------------------------------------------------------------------------- */

struct coverage_range {
    int64_t from_ms, until_ms, events;
    int64_t first_read_ms, last_read_ms; /* when it was read */
};
/* The contiguous ranges of a stream that were read to their end, oldest first, in the arena. */
postern_status journal_coverage(struct journal *journal, int64_t stream_id, postern_arena *arena,
                                const struct coverage_range **ranges, size_t *count, postern_error *error);

/* ---- Deliveries
 * ------------------------------------------------------------------------------------------------------ */

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
    char state[24]; /* "ok", "retrying", "stopped" */
    char last_error[480], remedy[320];
    int64_t last_success_ms;
    int64_t backlog_pages, backlog_events; /* computed on load */
    int64_t removed_ms;                    /* 0 = configured */
};

/* Loads a delivery by name, creating it: a new one starts at the end of the journal, or with `oldest` (or on
 * an empty journal) at the beginning. Puts back one that was removed. */
postern_status journal_delivery(struct journal *journal, const char *name, bool oldest,
                                struct delivery_record *record, postern_error *error);
/* Marks those not in `names` as removed: they stop pinning pages, their cursor is kept 7 days. Logs what each
 * had undelivered. */
postern_status journal_deliveries_keep(struct journal *journal, const char *const *names, size_t count,
                                       postern_error *error);
postern_status journal_deliveries(struct journal *journal, struct delivery_record **records, size_t *count,
                                  postern_error *error);
/* The committed state of a sink (kept by the sink's name), in the arena. */
postern_status journal_sink_state(struct journal *journal, const char *sink, postern_arena *arena,
                                  const postern_pair **entries, size_t *count, postern_error *error);

/* How often a delivery's scripts dropped an event, per reason, the most frequent first; in the arena. */
postern_status journal_drops(struct journal *journal, int64_t delivery_id, postern_arena *arena,
                             const struct drop_count **drops, size_t *count, postern_error *error);

/* A page on its way out: immutable, counted. Release it before the journal is closed. */
struct page_view {
    int64_t sequence;
    int64_t stream_id;
    int64_t received_ms;
    bool replay;
    const char *account, *source, *stream;
    size_t event_count;
    size_t bytes; /* unpacked */
};
/* The first page behind `after` of a stream that `wanted` accepts (NULL = all); *page NULL if there is none
 * yet. From the cache or unpacked from the file. *next_after tells where to go on: the page's own number;
 * without a page the last one that was looked at, so that a cursor may move over what was not wanted; and
 * behind a page that cannot be read (damage), which fails with POSTERN_E_PROTOCOL. */
postern_status
journal_next_page(struct journal *journal, int64_t after,
                  bool (*wanted)(void *context, int64_t stream_id, const char *account, const char *source),
                  void *context, const struct page_view **page, int64_t *next_after, postern_error *error);
/* Walks a page's events: *cursor starts at 0. False at the end. The texts live as long as the page is held.
 */
bool page_next_event(const struct page_view *page, size_t *cursor, struct journal_event *event);
void page_release(const struct page_view *page);
/* The highest sequence number ever given to a page; 0 = none yet. */
postern_status journal_end(struct journal *journal, int64_t *sequence, postern_error *error);

/* ---- Dead letters: looking and retrying
 * -------------------------------------------------------------------------- */

/* Letters with id > after, at most `limit`, oldest first, in the arena; without bytes and traceback unless
 * `whole`. */
postern_status journal_dead_list(struct journal *journal, postern_arena *arena, int64_t after, size_t limit,
                                 bool whole, struct dead_letter **letters, size_t *count,
                                 postern_error *error);
postern_status journal_dead_count(struct journal *journal, int64_t *count, int64_t *bytes,
                                  postern_error *error);
/* Whether a commit with these letters would find room now; POSTERN_E_LIMIT if not. Not in a reader. */
postern_status journal_dead_room(struct journal *journal, struct dead_letter *const *letters, size_t count,
                                 postern_error *error);

/* ---- Requests of other commands to the daemon
 * ---------------------------------------------------------------------- */

struct journal_request {
    int64_t id;
    char kind[32];   /* "dead retry" ... */
    char *arguments; /* JSON; malloc'ed */
    char *outcome;   /* NULL until done; malloc'ed */
};
/* From any process: one row in one statement. */
postern_status journal_request_put(struct journal *journal, const char *kind, const char *arguments,
                                   int64_t *id, postern_error *error);
/* The oldest open request, or *request->id 0. */
postern_status journal_request_next(struct journal *journal, struct journal_request *request,
                                    postern_error *error);
postern_status journal_request_outcome(struct journal *journal, int64_t id, char **outcome,
                                       postern_error *error);
/* True if a daemon holds state/lock in this directory. */
bool journal_daemon_runs(const char *directory);

/* ---- For `status`
 * -------------------------------------------------------------------------------------------------- */

struct journal_totals {
    int64_t pages, events, bytes_on_disk, max_size, oldest_received_ms;
    int64_t dead_letters, dead_bytes;
    bool full;
};
postern_status journal_totals(struct journal *journal, struct journal_totals *totals, postern_error *error);

#endif

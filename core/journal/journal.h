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
#include "journal/commit.h"
#include "journal/dead.h"
#include "journal/page_view.h"
#include "journal/records.h"

struct journal;

/* None of them has a default here: the configuration's stand in config/settings.c. */
struct journal_settings {
    int64_t max_size;   /* bytes of the database file(s), without the dead letters */
    int64_t retain_ms;  /* how long delivered pages are kept; 0 = not at all */
    int64_t dead_limit; /* bytes of dead letters */
    int64_t
        dead_account_share;  /* percent of it that may be what one account's sources could not read; 0: all */
    int64_t dead_retain_ms;  /* how long dead letters are kept; 0 = for ever */
    int64_t cache_size;      /* bytes of newest pages kept in memory; 0 = none */
    int64_t coverage_ranges; /* of a stream in the coverage ledger; beyond it the oldest are joined */
    int64_t
        idle_flush_ms;    /* polls without anything new wait so long at most for each other; 0 = not at all */
    int64_t idle_at_once; /* so many of them are stored by themselves in that time */
    int64_t ids_memory;   /* bytes of known ids kept in memory; beyond it the stored ones are searched */
};

/* Opens (creating if absent) state directory and database, takes state/lock, migrates, starts the writer
 * thread. Refuses: a directory that others own or can write, a second daemon, a foreign, newer or corrupt
 * database; each with advice, and nothing is overwritten. Any thread may call all functions below unless said
 * otherwise. */
postern_status journal_open(const char *directory, const struct journal_settings *settings,
                            const struct clock *clock, struct journal **journal, postern_error *error);
/* The state directory's path without links: whoever else keeps files in it opens them there. */
const char *journal_directory(const struct journal *journal);
/* POSTERN_E_STOPPED once its lock or its database was removed or replaced, with what to do: nothing is
 * written any more, and the program must end. */
postern_status journal_check_place(struct journal *journal, postern_error *error);
/* For other commands while a daemon runs: read only, no lock. Every call is a short transaction. */
postern_status journal_open_reader(const char *directory, const struct clock *clock, struct journal **journal,
                                   postern_error *error);
/* Commits what was submitted, ends the writer, closes. */
void journal_close(struct journal *journal);

/* ---- Accounts and streams ---------------------------------------------------------------------- */

/* Loads the account's record by name, creating it. The name is borrowed for as long as the record is used;
 * the rest must be freed by account_record_clear. Synchronous. */
postern_status journal_account(struct journal *journal, const char *name, struct account_record *record,
                               postern_error *error);
/* Loads the stream's record, creating it. The names are borrowed for as long as the record is used; the rest
 * must be freed by stream_record_clear. A stream whose kind has changed, or its authentication profile `auth`
 * ("" = none), starts again: position and pass of the other one mean nothing to it. What is settled, its ids
 * and its counts stay, because the events are the same. Synchronous. */
postern_status journal_stream(struct journal *journal, int64_t account_id, const char *account,
                              const char *source, const char *name, uint32_t kind, const char *auth,
                              struct stream_record *record, postern_error *error);
/* An account, or with `source` one of its streams. */
struct enrolled {
    const char *account, *source, *name, *auth;
    uint32_t kind;
};
/* Makes those that are not there yet, all in one transaction: thousands are new at once, and loading each by
 * itself would take a transaction for each. What is there stays as it is. An account's streams stand behind
 * each other. Synchronous. */
postern_status journal_enrol(struct journal *journal, const struct enrolled *list, size_t count,
                             postern_error *error);
/* All records, by name and by account, source and name, in one piece with their names: free() after the clear
 * function on each. Without those that hold notices: nobody reads them from a vendor. */
postern_status journal_accounts(struct journal *journal, struct account_record **records, size_t *count,
                                postern_error *error);
postern_status journal_streams(struct journal *journal, struct stream_record **records, size_t *count,
                               postern_error *error);

/* ---- Commits ----------------------------------------------------------------------------------- */

void journal_submit(struct journal *journal, struct journal_commit *commit);
/* Submits and waits; `done` is not called. */
postern_status journal_commit_now(struct journal *journal, struct journal_commit *commit,
                                  postern_error *error);
/* The same of many, which share transactions: the first failure, once all have ended. */
postern_status journal_commit_all(struct journal *journal, struct journal_commit *commits, size_t count,
                                  postern_error *error);
/* True while undelivered pages fill the journal: do not ask the vendor for more. */
bool journal_is_full(struct journal *journal);
/* The same with the reason. */
void journal_space(struct journal *journal, struct journal_space *space);
/* What the writer's thread is at. */
struct pulse *journal_pulse(struct journal *journal);
/* Somebody who is told whenever pages were committed or space came back. The caller's; it lives until it was
 * taken back. */
struct journal_listener {
    void (*wake)(void *context); /* on any thread; must be quick and must not call the journal */
    void *context;
    struct journal_listener *next; /* the journal's */
};
void journal_listen(struct journal *journal, struct journal_listener *listener);
/* When this returns `wake` is not running and never called again. */
void journal_unlisten(struct journal *journal, struct journal_listener *listener);

/* ---- Known ids --------------------------------------------------------------------------------- */

/* For each of `count` ids (16 bytes each, one behind the other) sets known[i] if an event of the stream with
 * that id is remembered. The ids of committed pages count from the moment of the commit. The newest ids are
 * held against each other whole, older ones by their first 64 bits: that a new event is taken for one of 40
 * million remembered ones has the odds of 1 to 4e11. times_ms[i]: the event's own time, which says where to
 * look for older ones; NULL: everywhere, which is slow. Calls for one stream wait for each other. */
postern_status journal_known_ids(struct journal *journal, int64_t stream_id, const unsigned char *ids,
                                 const int64_t *times_ms, size_t count, bool *known, postern_error *error);
/* Which download keys of the page under way are done. */
postern_status journal_download_is_done(struct journal *journal, int64_t stream_id, const char *key,
                                        bool *done, postern_error *error);

/* What the tries at a damaged answer of the stream have left, as it was committed: `take` is called for the
 * one with that key, or with NULL for each. What it is given lives for that call; false: no memory. A row
 * that cannot be read is said in the log and passed over. */
typedef bool journal_take_tries(void *context, const char *key, postern_text left);
postern_status journal_tries(struct journal *journal, int64_t stream_id, const char *key,
                             journal_take_tries *take, void *context, postern_error *error);

/* What was last committed of the calls of an account under that quota (journal_calls); appended to the text,
 * nothing if there was none. */
postern_status journal_calls(struct journal *journal, int64_t account_id, const char *quota,
                             struct buffer *text, postern_error *error);

/* The vendor said, over verified TLS and in an answer that counts as a success, what time it is; our wall
 * clock at that moment. What is forgotten goes by both (steady_time.h). */
void journal_server_time(struct journal *journal, int64_t server_ms, int64_t wall_ms);
/* An account goes on over another way of being let in (journal_switches: free()), ... */
struct account_switch {
    int64_t account_id;
    char auth[RECORD_NAME_SIZE]; /* the authentication profile */
    int64_t at_ms;               /* since when; not given to the journal */
};
postern_status journal_note_switch(struct journal *journal, const struct account_switch *to,
                                   const unsigned char fingerprint[32], postern_error *error);
postern_status journal_take_switch_back(struct journal *journal, const struct account_switch *of,
                                        postern_error *error);
postern_status journal_switches(struct journal *journal, struct account_switch **switches, size_t *count,
                                postern_error *error);
/* ... at first with the credentials of that fingerprint: since when, 0 = none did. */
postern_status journal_switched_with(struct journal *journal, const unsigned char fingerprint[32],
                                     int64_t *at_ms, postern_error *error);

/* The time by which things are forgotten. Not in a reader. */
int64_t journal_steady_ms(struct journal *journal);

/* ---- The coverage ledger ----------------------------------------------------------------------- */

/* The contiguous ranges of a stream that were read to their end, oldest first, in the arena. */
postern_status journal_coverage(struct journal *journal, int64_t stream_id, postern_arena *arena,
                                const struct coverage_range **ranges, size_t *count, postern_error *error);

/* The holes between the ranges of all configured streams, newest first, at most so many, in the arena. */
#define GAPS_LISTED 1000
postern_status journal_gaps(struct journal *journal, postern_arena *arena, const struct coverage_gap **gaps,
                            size_t *count, postern_error *error);

/* ---- Deliveries -------------------------------------------------------------------------------- */

/* Loads a delivery by name, creating it: a new one starts at the end of the journal, or with `oldest` (or on
 * an empty journal) at the beginning. Puts back one that was removed. */
postern_status journal_delivery(struct journal *journal, const char *name, bool oldest,
                                struct delivery_record *record, postern_error *error);
/* Marks those not in `names` as removed: they stop pinning pages, their cursor is kept 7 days. Logs what each
 * had undelivered. */
postern_status journal_deliveries_keep(struct journal *journal, const char *const *names, size_t count,
                                       postern_error *error);
/* Which events it takes (wants.h): only these wait for it. Written if that is news. */
postern_status journal_delivery_wants(struct journal *journal, int64_t delivery_id, const char *wants,
                                      postern_error *error);
/* Whether its oldest pages are given up when nothing else makes room: its cursor moves over them. */
postern_status journal_delivery_drops_oldest(struct journal *journal, int64_t delivery_id, bool drops_oldest,
                                             postern_error *error);
/* Grows each time that such cursors were moved: look again where yours stands, and name what was skipped. */
int64_t journal_given_up(struct journal *journal);
postern_status journal_deliveries(struct journal *journal, struct delivery_record **records, size_t *count,
                                  postern_error *error);
/* The committed state of a sink (kept by the sink's name), in the arena. */
postern_status journal_sink_state(struct journal *journal, const char *sink, postern_arena *arena,
                                  const postern_pair **entries, size_t *count, postern_error *error);

/* How often a delivery's scripts dropped an event, per reason, the most frequent first; in the arena. */
postern_status journal_drops(struct journal *journal, int64_t delivery_id, postern_arena *arena,
                             const struct drop_count **drops, size_t *count, postern_error *error);

/* The first page behind `after` of a stream that `wanted` accepts (NULL = all); *view NULL if there is none
 * yet. From the cache or unpacked from the file. *next_after tells where to go on: the page's own number;
 * without a page the last one that was looked at, so that a cursor may move over what was not wanted; and
 * behind a page that cannot be read (damage), which fails with POSTERN_E_PROTOCOL. */
postern_status
journal_next_page(struct journal *journal, int64_t after,
                  bool (*wanted)(void *context, int64_t stream_id, const char *account, const char *source),
                  void *context, const struct page_view **view, int64_t *next_after, postern_error *error);
/* The highest sequence number ever given to a page; 0 = none yet. */
postern_status journal_end(struct journal *journal, int64_t *sequence, postern_error *error);

/* ---- Dead letters: looking and retrying -------------------------------------------------------- */

/* Letters with id > after, at most `limit`, oldest first, in the arena; without bytes and traceback unless
 * `whole`. */
postern_status journal_dead_list(struct journal *journal, postern_arena *arena, int64_t after, size_t limit,
                                 bool whole, struct dead_letter **letters, size_t *count,
                                 postern_error *error);
/* The same of those that the filter takes. */
postern_status journal_dead_find(struct journal *journal, postern_arena *arena,
                                 const struct dead_filter *filter, int64_t after, size_t limit, bool whole,
                                 struct dead_letter **letters, size_t *count, postern_error *error);
/* Removes some of those that the filter takes and adds to *dropped what they were, whatever the end; to be
 * called until *more is false. *dropped is zeroed before the first call. Not in a reader. */
postern_status journal_dead_drop(struct journal *journal, const struct dead_filter *filter,
                                 struct dead_dropped *dropped, bool *more, postern_error *error);
postern_status journal_dead_count(struct journal *journal, int64_t *count, int64_t *bytes,
                                  postern_error *error);
/* Whether a commit with these letters would find room now; POSTERN_E_LIMIT if not. Not in a reader. */
postern_status journal_dead_room(struct journal *journal, struct dead_letter *const *letters, size_t count,
                                 postern_error *error);

/* The streams of which journal_set_aside finds any, whenever they came: their ids, rising; free(). */
postern_status journal_set_aside_streams(struct journal *journal, int64_t **ids, size_t *count,
                                         postern_error *error);
/* What the stream's source could not read and is still among the letters: the newest of those that came after
 * `after_ms` by our clock, at most `limit`; `take` is given the event_id of each. False: no memory. */
typedef bool journal_take_set_aside(void *context, const unsigned char *id, int64_t received_ms);
postern_status journal_set_aside(struct journal *journal, const struct stream_record *stream,
                                 int64_t after_ms, size_t limit, journal_take_set_aside *take, void *context,
                                 postern_error *error);

/* ---- Requests of other commands to the daemon -------------------------------------------------- */

/* From any process: one row in one statement. */
postern_status journal_request_put(struct journal *journal, const char *kind, const char *arguments,
                                   int64_t *id, postern_error *error);
/* The oldest open request, or *request->id 0. */
postern_status journal_request_next(struct journal *journal, struct journal_request *request,
                                    postern_error *error);
/* What became of it, NULL = it is not done, and how far it is, NULL = nowhere; malloc'ed. */
postern_status journal_request_look(struct journal *journal, int64_t id, char **outcome, char **progress,
                                    postern_error *error);
/* True if a daemon holds state/lock in this directory. */
bool journal_daemon_runs(const char *directory);
/* The same with its process id, and since when it holds it (wall). */
bool journal_daemon(const char *directory, int64_t *pid, int64_t *since_ms);

/* ---- For `status` ------------------------------------------------------------------------------ */

postern_status journal_totals(struct journal *journal, struct journal_totals *totals, postern_error *error);

#endif

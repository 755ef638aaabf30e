/* All accounts and streams of a configuration, and what they share. Internal to core/collect.
 *
 * Threads: fleet_build and fleet_free run where the caller likes while nothing else touches the fleet;
 * everything else runs on the network thread only. Workers and the journal's writer get structs of their own
 * (answer, page_commit) and hand them back through network_post. */
#ifndef POSTERN_COLLECT_FLEET_H
#define POSTERN_COLLECT_FLEET_H

#include "collect/answer/answer.h"
#include "collect/collector.h"
#include "collect/plan/account_status.h"
#include "collect/plan/schedule.h"
#include "collect/plan/trouble.h"
#include "collect/plan/window.h"
#include "collect/stream/request.h"
#include "collect/stream/source_instance.h"

#include <stdatomic.h>

struct fleet;
struct account;

/* Things set aside lately, so that reading the unsettled zone again does not keep them again. */
struct recent_letters {
    struct recent_letter {
        unsigned char id[EVENT_ID_SIZE];
        int64_t pass_until_ms;
    } * items;
    size_t count;
};

enum stream_phase {
    STREAM_RESTING,    /* a timer is set, or it waits for its account or for space */
    STREAM_ASKING,     /* a request is under way */
    STREAM_READING,    /* a worker has the answer */
    STREAM_COMMITTING, /* the journal has it */
    STREAM_FETCHING,   /* downloads of an answer are under way (see downloads.h) */
};

struct stream {
    struct fleet *fleet;
    struct account *account;
    const struct source_instance *source;
    const postern_stream *declaration;
    char scope[130];    /* "acme/ttp-url", for the log */
    bool authenticated; /* its requests show whether the account's credentials work */
    int64_t interval_ms, remember_ms, left_out_before_ms;
    struct window_settings window;

    struct stream_record record; /* as committed; between commits, with news that the next one will store */
    struct pace pace;
    struct network_timer timer;
    enum stream_phase phase;
    struct request *request;
    struct downloads *downloads;
    struct recent_letters letters;

    struct window_poll poll;
    int64_t poll_wall_ms; /* our time at which the poll began */
    bool polling;         /* a poll is under way: its next request need not wait until it is due */
    bool pass_open;       /* window: the pass in `record` is being read by this process */
    bool clock_was_off;   /* the answer at hand showed that its request was signed with a wrong time */
    bool probes;          /* its request is the account's probe */
    bool waits_for_account, waits_for_space;
    int32_t refusals;         /* in a row, of this stream */
    int64_t first_refused_ms; /* monotonic; of that row */
    bool finished, failed;    /* under `once` */
};

struct account {
    struct fleet *fleet;
    char name[64];
    int api;
    char *base_url;
    struct host *host;
    struct api1_keys keys;
    bool allow_private; /* its downloads may come from private addresses, because its base URL is one */
    struct account_record record;
    struct account_health health;
    bool record_changed;     /* the next commit of a stream takes it along */
    int64_t last_success_ms; /* monotonic; 0 = none in this process */
    struct stream **streams;
    size_t stream_count;
};

struct fleet_progress {
    atomic_size_t streams, finished, failed;
    _Atomic int64_t last_progress_ms, requests, events;
};

struct fleet {
    struct module_registry *registry;
    struct journal *journal;
    struct network *network;
    struct workers *workers;
    const struct clock *clock;
    struct random_source *random;
    bool once;
    struct answer_limits limits;
    struct fleet_progress *progress;

    struct source_instance *sources;
    size_t source_count;
    struct account **accounts;
    size_t account_count;
    struct stream **streams;
    size_t stream_count;
    struct host *hosts;
    postern_arena *scratch; /* of the network thread, reset for each request */

    bool running;
    size_t busy; /* answers being read and commits under way */
    void (*idle)(void *context);
    void *idle_context;
    struct network_timer space_timer; /* looks whether the journal has space again */
    bool space_timer_set;
    int64_t download_bytes; /* held by fetched downloads that were not read yet, or reserved for those under
                               way */
};

/* Builds accounts, streams and source instances from the configuration and the journal. `before` (may be
 * NULL) is the fleet that this one replaces: it must be idle; what it knows of server clocks and rate limits
 * is taken over. Without a journal (a probe) every account and stream is new. */
postern_status fleet_build(const struct collector_parts *parts, struct fleet_progress *progress,
                           const struct fleet *before, struct fleet **fleet, postern_error *error);
/* Stores what the accounts have learned since the last commit that took them along. The fleet must be idle.
 */
void fleet_store_accounts(struct fleet *fleet);
void fleet_free(struct fleet *fleet);

/* [network] Starts all streams. */
void fleet_go(struct fleet *fleet);
/* [network] Starts nothing new and forgets requests that are under way; calls `idle` as soon as no answer is
 * being read and nothing is being committed (maybe at once). */
void fleet_pause(struct fleet *fleet, void (*idle)(void *context), void *context);

/* For stream.c and friends. */
void fleet_busy(struct fleet *fleet);
void fleet_done(struct fleet *fleet);
/* The stream waits until the journal has space again. */
void fleet_wait_for_space(struct fleet *fleet);

#endif

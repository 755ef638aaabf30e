/* Collecting: every stream of every account, scheduled, read and committed to the journal. Runs on the
 * network thread; on_response, identities and packing run on the workers. */
#ifndef POSTERN_COLLECT_COLLECTOR_H
#define POSTERN_COLLECT_COLLECTOR_H

#include "base/late_polls.h"
#include "base/workers.h"
#include "config/config.h"
#include "http/network.h"
#include "journal/journal.h"
#include "journal/vendor_call.h"
#include "module/registry.h"

struct collector;

struct collector_parts {
    const struct config *config; /* borrowed until stop or the next reload */
    struct module_registry *registry;
    struct journal *journal;
    struct network *network;
    struct workers *workers;
    const struct clock *clock;
    struct random_source *random;
    bool once; /* one pass per stream at once, whatever its schedule */
};

/* Progress of `run --once`, from any thread. */
struct collector_progress {
    size_t streams, finished; /* of all streams that exist */
    size_t failed;            /* finished without success (not counting "not licensed") */
    int64_t last_progress_ms; /* monotonic: when data or "nothing new" last came; ahead while a quota is
                               * waited for */
    int64_t requests, events;
};

/* Makes a source as a start would and throws it away. */
postern_status collector_check_source(const struct config_source *config, struct module_registry *registry,
                                      postern_error *error);
postern_status collector_start(const struct collector_parts *parts, struct collector **collector,
                               postern_error *error);
/* Takes over a new configuration: streams and accounts come, go and change; what is in flight finishes. The
 * old configuration may be freed when this returns. */
postern_status collector_reload(struct collector *collector, const struct config *config,
                                postern_error *error);
void collector_progress(struct collector *collector, struct collector_progress *progress);
/* The streams that are polled less often than they should be; `settings` are left alone. Any thread. */
void collector_late_polls(struct collector *collector, struct late_polls *polls);
/* For each stream that failed or did not finish under `once`: its name, error and remedy. Any thread. */
void collector_each_unfinished(struct collector *collector,
                               void (*each)(void *context, const char *stream, const char *message,
                                            const char *remedy),
                               void *context);
/* Starts nothing new, waits for what has been answered to be committed, at most `grace_ms` of real time;
 * requests under way are forgotten and cost no time. False: an answer is still being read, and nothing that
 * the collector uses may be taken from it. Before network_stop, workers_free and journal_close. */
bool collector_stop(struct collector *collector, int64_t grace_ms);

/* What a probe found out about one stream, and about all of an account. Valid during the call. */
struct probed_stream {
    const postern_stream *stream;
    postern_error error;              /* code 0: it works */
    char request_id[REQUEST_ID_SIZE]; /* of its answer; "" = none */
    bool is_empty;                    /* it works, and the vendor has nothing to give for it */
};
struct probed_account {
    const char *name, *base_url;
    const postern_auth *profile;
    size_t requests; /* that were sent for it */
    size_t stream_count;
    struct probed_stream streams[];
};

/* `check --live`: asks each stream's endpoint of each account once, keeps nothing. `names` (ends with NULL)
 * are the only accounts that are asked; NULL = all. `each` is called on the calling thread, when an account
 * is done. */
postern_status collector_probe(const struct collector_parts *parts, const char *const *names,
                               void (*each)(void *context, const struct probed_account *account),
                               void *context, postern_error *error);

#endif

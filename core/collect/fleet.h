/* All accounts and streams of a configuration, and what they share.
 *
 * Threads: fleet_build and fleet_free run where the caller likes while nothing else touches the fleet;
 * everything else runs on the network thread only. Workers and the journal's writer get structs of their own
 * (answer, page_commit) and hand them back through network_post. */
#ifndef POSTERN_COLLECT_FLEET_H
#define POSTERN_COLLECT_FLEET_H

#include "collect/collector.h"
#include "collect/stream/account.h"
#include "collect/stream/shared.h"
#include "collect/stream/source_instance.h"
#include "collect/stream/stream.h"

struct fleet {
    struct stream_shared shared;
    struct module_registry *registry;
    struct source_instance *sources;
    size_t source_count;
    struct account **accounts;
    size_t account_count;
    size_t stream_count; /* of all accounts */
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
/* [network] Likewise, but the vendor is not asked the same again while it still answers: the streams, or
 * those of the fleet that takes this one's place, wait until it has. Before the fleet is freed,
 * fleet_hand_over_calls is due. */
void fleet_pause_for_reload(struct fleet *fleet, void (*idle)(void *context), void *context);
void fleet_hand_over_calls(struct fleet *fleet, const struct fleet *fresh);

#endif

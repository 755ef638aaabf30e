/* All that happens to the invented customers: which events exist, and from when on they can be seen. The
 * world only grows; it is deterministic by seed and by the clock. Not locked: the service is. */
#ifndef SIMULATOR_WORLD_H
#define SIMULATOR_WORLD_H

#include "application.h"
#include "event.h"
#include "keys.h"
#include "settings.h"

struct log {
    struct event *events; /* sorted by event time, then sequence */
    size_t count, capacity;
    uint32_t next_sequence, next_message;
};

struct batch_store; /* the same for API 2.0 */
struct siem_files;  /* the published MTA log files of one account */

struct account {
    struct keys keys; /* of generation 0 */
    struct event_style style;
    struct log logs[SOURCES]; /* logs[SIEM]: what is not published yet; the rest is in the files */
    struct siem_files *files; /* NULL as long as the account has no events: see --scale */
    struct batch_store *store;
    unsigned used;            /* the APIs that somebody called it over */
    uint32_t live_clusters;   /* how many live clusters were made */
    double live_due;          /* events that the live rate owes */
    unsigned oldest_valid;    /* generations of keys before this have expired */
    bool revoked;             /* no keys work */
    uint32_t forbidden;       /* bit per source: the permission is missing */
    bool without_threat_feed; /* not opted in */
    struct application application;
};

/* Told of each event once, when it becomes visible. Damage says what a damaged file still yields. */
struct world_listener {
    void (*visible)(void *context, const struct account *account, const struct event *event, bool salvageable,
                    const char *file, const char *member);
    /* It is gone, or another version of it is shown, from now on. */
    void (*gone)(void *context, const struct account *account, const struct event *event);
    void *context;
};

struct world {
    const struct settings *settings;
    struct account *accounts;
    size_t account_count;
    int64_t start_ms, last_live_ms;
    int64_t
        publish_at_once_ms; /* not 0: MTA events are published at this time, not with the next regular one */
    bool begun;             /* the history is made */
    double live_per_minute;
    _Atomic int64_t clock_off_ms; /* Date, signatures and ends of ranges go by a clock so much ahead */
    struct world_listener listener;
    struct fault_menu *faults;
    struct waiting *waiting; /* events that exist but are not visible yet */
    size_t waiting_count, waiting_capacity;
};

void world_begin(struct world *world, const struct settings *settings, struct fault_menu *faults,
                 int64_t now_ms, struct world_listener listener);
/* Lets everything happen that is due at `now_ms`. */
void world_advance(struct world *world, int64_t now_ms);
/* Makes the history of an account that has none yet. */
void world_make(struct world *world, struct account *account, int64_t now_ms);
/* When Mimecast knows of a mail event, and can publish it. */
int64_t world_known_ms(const struct world *world, const struct event *event);
/* Makes `count` events of one account (NULL: of all) happen now; of one source, or SOURCES for the usual
 * mixture. */
void world_publish(struct world *world, int64_t now_ms, struct account *account, enum source source,
                   size_t count);
/* The `count` oldest messages leave the hold queue of one account (NULL: of each) now. Returns how many did.
 */
size_t world_release(struct world *world, int64_t now_ms, struct account *account, size_t count);
/* From now on nothing happens, and nothing becomes of what there is: no version replaces another, nothing
 * leaves. What happened and is late comes. */
void world_stand_still(struct world *world, int64_t now_ms);
struct account *world_account(struct world *world, const char *name);
void world_end(struct world *world);

#endif

/* API 2.0's batch files of one account: published every quarter of an hour, kept for seven days, one list per
 * type. API 1.0's files show the same mail events, never before these. */
#ifndef SIMULATOR_BATCH_STORE_H
#define SIMULATOR_BATCH_STORE_H

#include "batch_file.h"
#include "world.h"

struct batch_list {
    struct batch_file *files; /* by the time of their publication */
    size_t count, capacity;
};

struct batch_store *batch_store_new(struct world *world, struct account *account);
void batch_store_free(struct batch_store *store);

/* An event of `siem` or `siem-ci` that happened. */
void batch_store_add(struct batch_store *store, const struct event *event);
/* Publishes all that is due; tells the world's listener of events that only API 2.0 has. */
void batch_store_publish(struct batch_store *store, int64_t now_ms);
/* When the event is in a file. */
int64_t batch_time(const struct world *world, const struct event *event);
/* False if its file is damaged for good so that nobody can expect it. */
bool batch_store_keeps(const struct batch_store *store, const struct event *event);
/* Calls `each` for every event of `siem-ci` published so far. */
void batch_store_each(const struct batch_store *store,
                      void (*each)(void *context, const struct account *account, const struct event *event,
                                   bool salvageable, const char *file, const char *member),
                      void *context);
struct batch_list *batch_store_list(struct batch_store *store, unsigned type);
/* The size that the file has in the storage. */
size_t batch_store_size(const struct batch_store *store, struct batch_file *file);

#endif

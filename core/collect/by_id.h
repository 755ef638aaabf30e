/* The accounts or streams of a fleet by their id in the journal: thousands are looked for at a reload. */
#ifndef POSTERN_COLLECT_BY_ID_H
#define POSTERN_COLLECT_BY_ID_H

#include "collect/fleet.h"

struct by_id {
    struct id_entry {
        int64_t id;
        void *item;
    } * entries; /* sorted */
    size_t count;
};

/* False if out of memory; by_id_free is due all the same. The fleet's accounts and streams stay where they
 * are. */
bool by_id_accounts(const struct fleet *fleet, struct by_id *found);
bool by_id_streams(const struct fleet *fleet, struct by_id *found);
void by_id_free(struct by_id *list);
/* NULL if there is none. */
struct account *by_id_account(const struct by_id *accounts, int64_t id);
struct stream *by_id_stream(const struct by_id *streams, int64_t id);

#endif

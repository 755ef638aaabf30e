/* The endpoints that are read by time range, page by page. */
#ifndef SIMULATOR_PAGES_H
#define SIMULATOR_PAGES_H

#include "endpoint.h"
#include "http.h"
#include "world.h"

struct selection {
    const struct event **events; /* in the order of the answer; freed by the caller */
    size_t count;
};

/* What can be seen of a range, both ends inclusive. `own_mailbox`: only what concerns one mailbox. */
struct selection selection_of(const struct log *log, int64_t from_ms, int64_t to_ms, bool oldest_first,
                              bool own_mailbox, int64_t now_ms);
/* Writes one page into the reply's body. False, with `violation` filled, if the page cannot be asked so; its
 * rule is NULL if the client is not to blame (a token that is too old). A good page may also leave a
 * violation: what is answered although no collector should ask so. `date_offset_ms` is how wrong a Date
 * header the client may believe. */
bool pages_answer(const struct world *world, const struct account *account, const struct endpoint *endpoint,
                  const struct question *question, int64_t now_ms, int64_t date_offset_ms, uint64_t nonce,
                  struct http_reply *reply, struct violation *violation);

#endif

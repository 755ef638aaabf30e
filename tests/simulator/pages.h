/* The endpoints that are read by time range, page by page. */
#ifndef SIMULATOR_PAGES_H
#define SIMULATOR_PAGES_H

#include "endpoint.h"
#include "http.h"
#include "world.h"

/* Writes one page into the reply's body. False, with `violation` filled, if the page cannot be asked so; its
 * rule is NULL if the client is not to blame (a token that is too old). A good page may also leave a
 * violation: what is answered although no collector should ask so. `date_offset_ms` is how wrong a Date
 * header the client may believe. */
bool pages_answer(const struct world *world, const struct account *account, const struct endpoint *endpoint,
                  const struct question *question, int64_t now_ms, int64_t date_offset_ms, uint64_t nonce,
                  struct http_reply *reply, struct violation *violation);

#endif

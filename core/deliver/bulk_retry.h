/* Dead letters that are tried again on request, however many: a part at a time, in the order of their
 * numbers, so that the caller can look after other things in between. On the thread that also reloads. */
#ifndef POSTERN_DELIVER_BULK_RETRY_H
#define POSTERN_DELIVER_BULK_RETRY_H

#include "deliver/deliverer.h"

struct bulk_retry;

/* Letters that hold bytes which no source could read: what is whole in one becomes events again. */
struct bytes_retry {
    postern_status (*run)(void *context, const struct dead_letter *letter, postern_error *error);
    void *context;
};

/* `filter` is what dead_filter_write writes; `progress` (may be NULL) where an earlier run got to. The
 * request (0 = none) is brought forward with each part. */
postern_status bulk_retry_new(struct journal *journal, const char *filter, int64_t request_id,
                              const char *progress, struct bulk_retry **bulk, postern_error *error);
/* False: it is done. A failure of the journal ends it too, with *error set; POSTERN_E_STOPPED: the program is
 * to end, and the request goes on when it runs again. `bytes` NULL: such letters stay. */
bool bulk_retry_step(struct bulk_retry *bulk, struct deliverer *deliverer, const struct bytes_retry *bytes,
                     postern_error *error);
const struct retry_tally *bulk_retry_tally(const struct bulk_retry *bulk);
/* As the outcome of a request: malloc'ed. */
char *bulk_retry_outcome(const struct bulk_retry *bulk);
void bulk_retry_free(struct bulk_retry *bulk); /* NULL is fine */

/* One letter, at once. */
postern_status retry_one(struct deliverer *deliverer, struct journal *journal, int64_t letter_id,
                         postern_error *error);

#endif

/* Lookups (postern_lookup): a question that a user asks by hand, of one account, beside whatever collects. */
#ifndef POSTERN_COLLECT_LOOKUP_H
#define POSTERN_COLLECT_LOOKUP_H

#include "collect/collector.h"

#define LOOKUP_POSITION_LIMIT ((size_t)16 << 20)

struct lookup {
    const postern_lookup *declaration;
    const struct config_account *account;
    const struct option_value *values; /* of its parameters; a TIME in milliseconds since 1970 */
    size_t value_count;
    /* One result, an object on one line or several. False: no more is wanted. On the calling thread. */
    bool (*result)(void *context, postern_text json);
    void *context;
};

/* Asks until the lookup is at its end; `parts` need no journal and no workers. POSTERN_E_INVALID: the
 * parameters do not fit together, and nothing was asked. */
postern_status lookup_run(const struct collector_parts *parts, const struct lookup *lookup,
                          postern_error *error);

#endif

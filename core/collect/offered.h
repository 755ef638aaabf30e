/* Which streams are read of an account. */
#ifndef POSTERN_COLLECT_OFFERED_H
#define POSTERN_COLLECT_OFFERED_H

#include "collect/fleet.h"

/* What is read of one account. */
struct wanted {
    const struct config *config;
    const struct config_account *account;
};

/* Those that the account can read and that are wanted, one by one, until a call fails. */
typedef postern_status offered_visit(void *context, const struct source_instance *source,
                                     const postern_stream *stream, postern_error *error);
postern_status fleet_each_offered(const struct fleet *fleet, const struct wanted *wanted,
                                  offered_visit *visit, void *context, postern_error *error);

#endif

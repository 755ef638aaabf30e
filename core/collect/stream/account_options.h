/* What an account sets for single sources, as their calls read it. */
#ifndef POSTERN_COLLECT_STREAM_ACCOUNT_OPTIONS_H
#define POSTERN_COLLECT_STREAM_ACCOUNT_OPTIONS_H

#include "collect/stream/account.h"
#include "collect/stream/source_instance.h"

/* While building. Copies the configured values, for those of the sources that the account sets something of.
 */
postern_status account_options_take(struct account *account, const struct config_account *config,
                                    const struct source_instance *sources, size_t source_count,
                                    postern_error *error);
/* What the account has set for the source, or else the defaults; NULL if the source has no such options. */
const postern_options *account_options_of(const struct account *account,
                                          const struct source_instance *source);
void account_options_free(struct given_options *given);

#endif

/* One account while the program runs: its credentials, its status, and which stream may ask. [network] unless
 * said otherwise. */
#ifndef POSTERN_COLLECT_STREAM_ACCOUNT_H
#define POSTERN_COLLECT_STREAM_ACCOUNT_H

#include "collect/fleet.h"

/* While building. Copies what it needs of the configuration. Credentials with another fingerprint make the
 * account pending again; *renewed_after_failure tells that refused ones were replaced. */
postern_status account_new(struct fleet *fleet, const struct config_account *config, struct account **account,
                           bool *renewed_after_failure, postern_error *error);
void account_free(struct account *account);
/* True if the account can read streams with this authentication profile. */
bool account_offers(const struct account *account, const char *auth);

/* A probe has ended, or the status changed: whoever waits asks again. */
void account_wake(struct account *account);
/* What the stream's request showed. */
void account_saw_success(struct account *account);
void account_saw_refusal(struct account *account, const postern_error *error);

#endif

/* Accounts on their way to another API (config/migrate.c): the switch, and what holds after it. */
#ifndef POSTERN_ENGINE_MIGRATION_H
#define POSTERN_ENGINE_MIGRATION_H

#include "config/config.h"
#include "journal/journal.h"

/* Before anything else looks at the accounts: those that were switched go on with the credentials of their
 * trials, whatever these are by now and whatever the account is called. Says so, and what may be left out of
 * the configuration. */
postern_status migration_adopt(struct journal *journal, struct config *config, postern_error *error);

/* The configuration is in force: an account that is let in as before its switch, and has no trial any more,
 * was taken back. Says so. */
void migration_settle(struct journal *journal, const struct config *config);

/* Decides that an account goes on with its trial's credentials; the next load of the configuration carries it
 * out. POSTERN_E_INVALID: there is nothing to switch to. */
postern_status migration_switch(struct journal *journal, const struct config *config, const char *account,
                                postern_error *error);

/* When it was switched; 0 = it was not. */
postern_status migration_switched(struct journal *journal, const struct config *config,
                                  const struct config_account *trial, int64_t *at_ms, postern_error *error);

#endif

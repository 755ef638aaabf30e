/* Accounts and streams that the journal does not know yet. */
#ifndef POSTERN_COLLECT_ENROL_H
#define POSTERN_COLLECT_ENROL_H

#include "collect/fleet.h"

/* Makes them in the journal, some thousands in a transaction, each account with all its streams: what a crash
 * leaves is whole accounts, and the next start makes the rest. Reads the roster. Behind the sources, before
 * the accounts. */
postern_status fleet_enrol(struct fleet *fleet, const struct config *config, postern_error *error);

#endif

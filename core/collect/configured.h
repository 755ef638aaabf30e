/* Accounts and streams that the journal knows and the configuration does not name (any more). */
#ifndef POSTERN_COLLECT_CONFIGURED_H
#define POSTERN_COLLECT_CONFIGURED_H

#include "collect/fleet.h"

/* Marks their records as removed, so that `status` leaves them out, and takes the mark from those that
 * came back. What they have read and where they stand is kept. The fleet must be idle. */
void fleet_mark_configured(struct fleet *fleet);

#endif

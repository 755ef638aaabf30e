/* What time it is at a host, as the answers of all accounts that ask it show; a clock that is off is said.
 * [network] */
#ifndef POSTERN_COLLECT_STREAM_HOST_CLOCK_H
#define POSTERN_COLLECT_STREAM_HOST_CLOCK_H

#include "collect/stream/request.h"
#include "journal/journal.h"

/* A signature made with a time that is off by more than this may have been refused for that alone. */
#define HOST_CLOCK_OFF_MS ((int64_t)60 * 1000)

/* Takes the Date of the answer. `success`: as for server_clock_observe. Without a journal, which a probe does
 * not have, a clock that is off is said in the log alone. */
void host_clock_take(struct host *host, const struct request *request, bool success, struct journal *journal);

#endif

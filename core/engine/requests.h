/* What other commands ask of the running program, through the journal: dead letters are tried again or
 * dropped. */
#ifndef POSTERN_ENGINE_REQUESTS_H
#define POSTERN_ENGINE_REQUESTS_H

#include "engine/engine.h"

/* Carries out what waits, for a moment at most: true if there is more to do at once. A request that was begun
 * goes on where it stood, also after a crash. */
bool engine_serve_requests(struct engine *engine);

/* ---- The outcome of a request: JSON, or the words of a failure ---- */

/* Of a request that has nothing to tell. */
#define REQUEST_DONE "{}"

/* For "dead letters drop", its outcome and how far it has got; malloc'ed. */
char *drop_outcome_write(const struct dead_dropped *dropped);
bool drop_outcome_read(const char *outcome, struct dead_dropped *dropped); /* false: it is a failure */

#endif

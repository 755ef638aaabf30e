/* Dead letters with bytes that no source could read, for whoever retries dead letters: read again by the
 * sources as they are configured now. */
#ifndef POSTERN_ENGINE_REREAD_H
#define POSTERN_ENGINE_REREAD_H

#include "engine/engine.h"

struct bytes_retry engine_bytes_retry(struct engine *engine);
/* The configuration or what runs under it is about to go; or nothing is retried any more. */
void engine_forget_reread(struct engine *engine);

#endif

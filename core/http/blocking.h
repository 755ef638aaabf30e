/* Exchanges that are run to their end on the caller's thread, over kept connections: for sinks, whose threads
 * may wait. The network thread does the same for many at once; what one exchange is, both share. */
#ifndef POSTERN_HTTP_BLOCKING_H
#define POSTERN_HTTP_BLOCKING_H

#include "http/exchange.h"
#include "http/settings.h"

struct blocking_client;

/* Copies the settings; max_connections and release_after are not looked at. */
postern_status blocking_client_new(const struct http_settings *settings, struct blocking_client **client,
                                   postern_error *error);
/* Nothing may be under way. NULL is fine. */
void blocking_client_free(struct blocking_client *client);

/* Sends the request and waits for the whole answer; `done` is not called. `stopping` is asked ten times a
 * second: once it says true, the exchange ends with POSTERN_E_STOPPED; it may be NULL. Any number of threads
 * at once. http_exchange_clear is due in any case. */
void blocking_client_run(struct blocking_client *client, struct http_exchange *exchange,
                         bool (*stopping)(const void *context), const void *context);

#endif

/* The options of the service http/1: a sink that has the flag POSTERN_SINK_HTTP has them beside its own. */
#ifndef POSTERN_MODULE_HTTP_OPTIONS_H
#define POSTERN_MODULE_HTTP_OPTIONS_H

#include <postern/module.h>

/* The bounds of a client's settings, here and in `http { ... }`: milliseconds and bytes. */
#define HTTP_TIMEOUT_LEAST_MS        100
#define HTTP_TIMEOUT_MOST_MS         ((int64_t)60 * 60 * 1000)
#define HTTP_CONNECT_TIMEOUT_MOST_MS ((int64_t)10 * 60 * 1000)
#define HTTP_RESPONSE_LIMIT_LEAST    ((int64_t)64 << 10)
#define HTTP_RESPONSE_LIMIT_MOST     ((int64_t)4 << 30)

/* True if one of them has that name, which no option of the sink's own may have then. */
bool http_options_have(const char *name);
/* The sink's own options (NULL = none) and these behind them, in one table; malloc'ed, NULL: out of memory.
 */
const postern_option **http_options_join(const postern_option *const *own);

#endif

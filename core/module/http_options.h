/* The options of the service http/1: a sink that has the flag POSTERN_SINK_HTTP has them beside its own. */
#ifndef POSTERN_MODULE_HTTP_OPTIONS_H
#define POSTERN_MODULE_HTTP_OPTIONS_H

#include <postern/module.h>

/* True if one of them has that name, which no option of the sink's own may have then. */
bool http_options_have(const char *name);
/* The sink's own options (NULL = none) and these behind them, in one table; malloc'ed, NULL: out of memory.
 */
const postern_option **http_options_join(const postern_option *const *own);

#endif

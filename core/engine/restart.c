#include "engine/restart.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/log.h"
#include <string.h>

#define NAMES_LIMIT 2048

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static void add(struct buffer *names, const char *name, bool same)
{
    if (!same) buffer_printf(names, "%s%s", names->size ? ", " : "", name);
}

static bool same_modules(const struct config *before, const struct config *now)
{
    if (before->module_directory_count != now->module_directory_count) return false;
    for (size_t i = 0; i < now->module_directory_count; i++)
        if (!same_text(before->module_directories[i], now->module_directories[i])) return false;
    return true;
}

#define TEXT_SETTING(group, field)                                                                           \
    add(&names, #group "." #field, same_text(before->group.field, now->group.field))
#define NUMBER_SETTING(group, field, name) add(&names, name, before->group.field == now->group.field)

void restart_report(const struct config *before, const struct config *now)
{
    _cleanup_(buffer_free) struct buffer names = {.limit = NAMES_LIMIT};
    add(&names, "modules", same_modules(before, now));
    TEXT_SETTING(http, ca_file);
    TEXT_SETTING(http, proxy);
    TEXT_SETTING(http, no_proxy);
    NUMBER_SETTING(http, connect_timeout_ms, "http.connect_timeout");
    NUMBER_SETTING(http, timeout_ms, "http.timeout");
    NUMBER_SETTING(http, idle_timeout_ms, "http.idle_timeout");
    NUMBER_SETTING(http, max_connections, "http.max_connections");
    NUMBER_SETTING(http, max_connections_per_host, "http.max_connections_per_host");
    NUMBER_SETTING(http, response_limit, "http.response_limit");
    NUMBER_SETTING(http, spill_above, "http.spill_above");
    NUMBER_SETTING(http, http2, "http.http2");
    NUMBER_SETTING(journal, max_size, "journal.max_size");
    NUMBER_SETTING(journal, retain_ms, "journal.retain");
    NUMBER_SETTING(journal, dead_limit, "journal.dead_limit");
    NUMBER_SETTING(journal, cache_size, "journal.cache_size");
    NUMBER_SETTING(limits, workers, "limits.workers");
    if (names.size)
        log_write(POSTERN_LOG_WARNING, NULL,
                  "RESTART NEEDED: %s changed, and a reload does not take that over", buffer_string(&names));
}

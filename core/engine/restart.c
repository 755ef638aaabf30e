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

/* What new clients of "http/1" take over at once (http_service_set_defaults), the network only at a start. */
static void add_shared(struct buffer *names, const struct config_http *before, const struct config_http *now)
{
    add(names, "http.ca_file", same_text(before->ca_file, now->ca_file));
    add(names, "http.proxy", same_text(before->proxy, now->proxy));
    add(names, "http.no_proxy", same_text(before->no_proxy, now->no_proxy));
    add(names, "http.connect_timeout", before->connect_timeout_ms == now->connect_timeout_ms);
    add(names, "http.timeout", before->timeout_ms == now->timeout_ms);
    add(names, "http.idle_timeout", before->idle_timeout_ms == now->idle_timeout_ms);
    add(names, "http.response_limit", before->response_limit == now->response_limit);
    add(names, "http.http2", before->http2 == now->http2);
}

#define NUMBER_SETTING(group, field, name) add(&names, name, before->group.field == now->group.field)

void restart_report(const struct config *before, const struct config *now)
{
    _cleanup_(buffer_free) struct buffer names = {.limit = NAMES_LIMIT};
    add(&names, "modules", same_modules(before, now));
    add_shared(&names, &before->http, &now->http);
    NUMBER_SETTING(http, max_connections, "http.max_connections");
    NUMBER_SETTING(http, max_connections_per_host, "http.max_connections_per_host");
    NUMBER_SETTING(http, spill_above, "http.spill_above");
    NUMBER_SETTING(journal, max_size, "journal.max_size");
    NUMBER_SETTING(journal, retain_ms, "journal.retain");
    NUMBER_SETTING(journal, dead_limit, "journal.dead_limit");
    NUMBER_SETTING(journal, cache_size, "journal.cache_size");
    NUMBER_SETTING(journal, coverage_ranges, "journal.coverage_ranges");
    NUMBER_SETTING(journal, idle_flush_ms, "journal.idle_flush");
    NUMBER_SETTING(journal, idle_at_once, "journal.idle_at_once");
    NUMBER_SETTING(limits, workers, "limits.workers");
    if (!names.size) return;
    _cleanup_(buffer_free) struct buffer shared = {.limit = NAMES_LIMIT};
    add_shared(&shared, &before->http, &now->http);
    log_write(POSTERN_LOG_WARNING, NULL,
              "RESTART NEEDED: %s changed, and a reload does not take that over%s%s", buffer_string(&names),
              shared.size ? ", except that sinks opened from now on use the new " : "",
              shared.size ? buffer_string(&shared) : "");
}

/* The sinks of this module, one file each. */
#ifndef HTTP_PRESETS_H
#define HTTP_PRESETS_H

#include "../http_sink.h"
#include "../options.h"

/* What the postern_sink of every preset has in common. */
#define HTTP_SINK(name_, title_, options_, batching_, preset_)                                               \
    .size = sizeof(postern_sink),                                                                            \
    .flags = POSTERN_SINK_HTTP | POSTERN_SINK_CONCURRENT | POSTERN_SINK_STABLE_BATCHES, .name = (name_),     \
    .title = (title_), .options = (options_), .batching = (batching_), .data = (preset_),                    \
    .create = http_sink_create, .destroy = http_sink_destroy, .open = http_sink_open,                        \
    .write = http_sink_write, .probe = http_sink_probe

extern const postern_sink webhook_sink, elasticsearch_sink, opensearch_sink, splunk_hec_sink, logscale_sink,
    datadog_sink, sentinel_sink, clickhouse_sink, otlp_sink, loki_sink, google_secops_sink, sumo_sink,
    axiom_sink, cortex_sink;

#endif

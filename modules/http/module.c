#include "presets/presets.h"

// clang-format off
static const postern_sink *const sinks[] = {
    &webhook_sink,
    &elasticsearch_sink,
    &opensearch_sink,
    &splunk_hec_sink,
    &logscale_sink,
    &datadog_sink,
    &sentinel_sink,
    &clickhouse_sink,
    &otlp_sink,
    &loki_sink,
    &google_secops_sink,
    &sumo_sink,
    &axiom_sink,
    &cortex_sink,
    NULL,
};
// clang-format on

KIT_MODULE(.name = "http", .version = POSTERN_VERSION, .summary = "events to receivers that speak HTTP",
           .sinks = sinks);

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
    NULL,
};
// clang-format on

const postern_module postern_module_entry = {.size = sizeof(postern_module),
                                             .magic = POSTERN_MODULE_MAGIC,
                                             .abi_major = POSTERN_ABI_MAJOR,
                                             .abi_minor = POSTERN_ABI_MINOR,
                                             .name = "http",
                                             .version = POSTERN_VERSION,
                                             .summary = "events to receivers that speak HTTP",
                                             .sinks = sinks};

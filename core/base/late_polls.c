#include "base/late_polls.h"

const char *late_cause_name(enum late_cause cause)
{
    static const char *const names[LATE_CAUSES] = {
        "connections", "host_connections", "host", "requests_per_second", "rate_limit", "answer", "machine",
    };
    return names[cause];
}

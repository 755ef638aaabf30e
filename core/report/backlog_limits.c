#include "report/backlog_limits.h"
#include "base/smaller.h"

int64_t backlog_age_ms(const struct delivery_record *delivery, int64_t now_ms)
{
    return delivery->waiting_since_ms ? larger(now_ms - delivery->waiting_since_ms, 0) : 0;
}

static bool passes(const struct backlog_limits *limits, const struct delivery_record *delivery,
                   int64_t now_ms, int64_t part)
{
    return (limits->events && delivery->backlog_events > limits->events / part) ||
           (limits->bytes && delivery->backlog_bytes > limits->bytes / part) ||
           (limits->age_ms && backlog_age_ms(delivery, now_ms) > limits->age_ms / part);
}

bool backlog_is_over(const struct backlog_limits *limits, const struct delivery_record *delivery,
                     int64_t now_ms)
{
    return passes(limits, delivery, now_ms, 1);
}

bool backlog_is_under(const struct backlog_limits *limits, const struct delivery_record *delivery,
                      int64_t now_ms)
{
    return !passes(limits, delivery, now_ms, 2);
}

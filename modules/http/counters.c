/* What an instance counts, for `postern status` and whoever reads the metrics. */
#include "http_sink.h"

static const struct {
    const char *name, *help, *label, *value;
} counters[COUNTERS] = {
#define REQUESTS "postern_http_requests_total", "requests of batches by what became of them", "outcome"
    [COUNT_REQUESTS + OUTCOME_BY_TABLE] = {REQUESTS, "no_answer"},
    [COUNT_REQUESTS + OUTCOME_DELIVERED] = {REQUESTS, "delivered"},
    [COUNT_REQUESTS + OUTCOME_SENT] = {REQUESTS, "taken"},
    [COUNT_REQUESTS + OUTCOME_AGAIN] = {REQUESTS, "in_part"},
    [COUNT_REQUESTS + OUTCOME_TOO_LARGE] = {REQUESTS, "too_large"},
    [COUNT_REQUESTS + OUTCOME_REFUSED] = {REQUESTS, "refused"},
    [COUNT_REQUESTS + OUTCOME_RETRY] = {REQUESTS, "retry"},
    [COUNT_REQUESTS + OUTCOME_CONFIGURATION] = {REQUESTS, "configuration"},
#define EVENTS "postern_http_events_total", "events that were settled", "outcome"
    [COUNT_ACCEPTED] = {EVENTS, "delivered"},
    [COUNT_REJECTED] = {EVENTS, "rejected"},
#define BYTES "postern_http_bytes_total", "bytes of the bodies of requests", "form"
    [COUNT_PLAIN_BYTES] = {BYTES, "plain"},
    [COUNT_SENT_BYTES] = {BYTES, "sent"},
#define SPLITS "postern_http_splits_total", "requests whose events were sent again in smaller ones", "reason"
    [COUNT_SPLIT_TOO_LARGE] = {SPLITS, "too_large"},
    [COUNT_SPLIT_REFUSED] = {SPLITS, "refused"},
    [COUNT_THROTTLED] = {"postern_http_throttled_total", "answers 429", NULL, NULL},
    [COUNT_WAIT_SECONDS] = {"postern_http_wait_seconds_total",
                            "seconds that the receiver asked to wait for (Retry-After)", NULL, NULL},
};

void counters_init(struct http_instance *sink)
{
    const postern_metrics *metrics = sink->metrics;
    for (size_t i = 0; metrics && i < COUNTERS; i++) {
        const postern_pair label = {kit_text(counters[i].label), kit_text(counters[i].value)};
        sink->counters[i] = metrics->counter(sink->host, counters[i].name, counters[i].help, &label,
                                             counters[i].label ? 1 : 0);
    }
}

void count(const struct http_instance *sink, size_t counter, double amount)
{
    if (sink->metrics) sink->metrics->add(sink->host, sink->counters[counter], amount);
}

void count_answer(const struct http_instance *sink, enum outcome outcome, const struct judged_answer *answer)
{
    count(sink, COUNT_REQUESTS + outcome, 1);
    if (answer->status == 429) count(sink, COUNT_THROTTLED, 1);
    if (outcome == OUTCOME_RETRY) count(sink, COUNT_WAIT_SECONDS, (double)answer->retry_after_ms / 1000);
}

#include "report/skipped.h"
#include "base/show.h"
#include "base/timestamp.h"
#include "report/wrap.h"
#include <cjson/cJSON.h>

#define MOST_SHOWN   10
#define SHOWN_FOR_MS ((int64_t)30 * 86400000)

void skipped_print_text(const struct status_report *report, FILE *to)
{
    size_t shown = 0;
    for (size_t i = 0; i < report->skipped_count; i++) {
        const struct skipped_range *range = &report->skipped[i];
        if (range->noted_ms < report->now_ms - SHOWN_FOR_MS) continue;
        if (++shown > MOST_SHOWN) continue;
        char from[TIMESTAMP_SIZE], until[TIMESTAMP_SIZE], text[640];
        snprintf(text, sizeof text, "%s: %lld events, received from %s to %s, are not delivered: %s",
                 range->delivery, (long long)range->events, timestamp_iso(range->from_ms, from),
                 timestamp_iso(range->until_ms, until), skip_reason_words(range->reason));
        if (shown == 1) show(to, "\n  skipped\n");
        print_wrapped(to, 4, "- ", text);
    }
    if (shown > MOST_SHOWN) show(to, "    and %zu more, see `postern status --json`\n", shown - MOST_SHOWN);
}

static void add_time(cJSON *object, const char *name, int64_t ms)
{
    char text[TIMESTAMP_SIZE];
    cJSON_AddStringToObject(object, name, timestamp_iso(ms, text));
}

cJSON *skipped_array(const struct status_report *report)
{
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < report->skipped_count; i++) {
        const struct skipped_range *range = &report->skipped[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "delivery", range->delivery);
        cJSON_AddStringToObject(object, "reason", skip_reason_name(range->reason));
        add_time(object, "from", range->from_ms);
        add_time(object, "until", range->until_ms);
        cJSON_AddNumberToObject(object, "events", (double)range->events);
        add_time(object, "noted", range->noted_ms);
        cJSON_AddItemToArray(array, object);
    }
    return array;
}

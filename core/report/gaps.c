#include "report/gaps.h"
#include "base/show.h"
#include "base/timestamp.h"
#include "base/units.h"
#include "report/wrap.h"
#include <cjson/cJSON.h>

#define MOST_SHOWN 10

static void print(const struct coverage_gap *gap, FILE *to)
{
    char from[TIMESTAMP_SIZE], until[TIMESTAMP_SIZE], length[32], text[320];
    duration_format(gap->missing_ms, length);
    timestamp_iso(gap->from_ms, from);
    timestamp_iso(gap->until_ms, until);
    if (gap->holes > 1)
        snprintf(text, sizeof text, "%s/%s: in %lld gaps between %s and %s, %s in all, nothing was read",
                 gap->account, gap->stream, (long long)gap->holes, from, until, length);
    else
        snprintf(text, sizeof text, "%s/%s: nothing was read from %s to %s (%s)", gap->account, gap->stream,
                 from, until, length);
    print_wrapped(to, 4, "- ", text);
}

void gaps_print_text(const struct status_report *report, FILE *to)
{
    if (report->gap_count) show(to, "\n  gaps\n");
    for (size_t i = 0; i < report->gap_count && i < MOST_SHOWN; i++)
        print(&report->gaps[i], to);
    if (report->gap_count > MOST_SHOWN)
        show(to, "    and %zu more, see `postern status --json`\n", report->gap_count - MOST_SHOWN);
}

cJSON *gaps_array(const struct status_report *report)
{
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < report->gap_count; i++) {
        const struct coverage_gap *gap = &report->gaps[i];
        char from[TIMESTAMP_SIZE], until[TIMESTAMP_SIZE];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "account", gap->account);
        cJSON_AddStringToObject(object, "stream", gap->stream);
        cJSON_AddStringToObject(object, "from", timestamp_iso(gap->from_ms, from));
        cJSON_AddStringToObject(object, "until", timestamp_iso(gap->until_ms, until));
        cJSON_AddNumberToObject(object, "gaps", (double)gap->holes);
        cJSON_AddNumberToObject(object, "missing_seconds", (double)gap->missing_ms / 1000);
        cJSON_AddItemToArray(array, object);
    }
    return array;
}

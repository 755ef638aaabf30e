#include "report/missing.h"
#include "base/plural.h"
#include "base/show.h"
#include "base/timestamp.h"
#include "base/units.h"
#include "report/wrap.h"
#include <cjson/cJSON.h>

#define MOST_SHOWN           10
#define SKIPPED_SHOWN_FOR_MS ((int64_t)30 * 86400000)

/* ---- For people ---- */

/* A heading as soon as there is something below it, and how many did not find room. */
struct section {
    const char *heading;
    FILE *to;
    size_t count;
};

static void section_add(struct section *section, const char *text)
{
    if (++section->count > MOST_SHOWN) return;
    if (section->count == 1) show(section->to, "\n  %s\n", section->heading);
    print_wrapped(section->to, 4, "- ", text);
}

static void section_end(const struct section *section)
{
    if (section->count > MOST_SHOWN)
        show(section->to, "    and %zu more, see `postern status --json`\n", section->count - MOST_SHOWN);
}

static void add_gap(struct section *section, const struct coverage_gap *gap)
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
    section_add(section, text);
}

static void add_skipped(struct section *section, const struct skipped_range *range)
{
    char from[TIMESTAMP_SIZE], until[TIMESTAMP_SIZE], text[640];
    snprintf(text, sizeof text, "%s: %lld event%s, received from %s to %s, %s not delivered: %s",
             range->delivery, (long long)range->events, plural(range->events),
             timestamp_iso(range->from_ms, from), timestamp_iso(range->until_ms, until),
             plural_are(range->events), skip_reason_words(range->reason));
    section_add(section, text);
}

void missing_print_text(const struct status_report *report, FILE *to)
{
    struct section gaps = {.heading = "gaps", .to = to}, skipped = {.heading = "skipped", .to = to};
    for (size_t i = 0; i < report->gap_count; i++)
        add_gap(&gaps, &report->gaps[i]);
    section_end(&gaps);
    for (size_t i = 0; i < report->skipped_count; i++)
        if (report->skipped[i].noted_ms >= report->now_ms - SKIPPED_SHOWN_FOR_MS)
            add_skipped(&skipped, &report->skipped[i]);
    section_end(&skipped);
}

/* ---- For programs ---- */

static void add_time(cJSON *object, const char *name, int64_t ms)
{
    char text[TIMESTAMP_SIZE];
    cJSON_AddStringToObject(object, name, timestamp_iso(ms, text));
}

static cJSON *gap_object(const struct coverage_gap *gap)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "account", gap->account);
    cJSON_AddStringToObject(object, "stream", gap->stream);
    add_time(object, "from", gap->from_ms);
    add_time(object, "until", gap->until_ms);
    cJSON_AddNumberToObject(object, "gaps", (double)gap->holes);
    cJSON_AddNumberToObject(object, "missing_seconds", (double)gap->missing_ms / 1000);
    return object;
}

static cJSON *skipped_object(const struct skipped_range *range)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "delivery", range->delivery);
    cJSON_AddStringToObject(object, "reason", skip_reason_name(range->reason));
    add_time(object, "from", range->from_ms);
    add_time(object, "until", range->until_ms);
    cJSON_AddNumberToObject(object, "events", (double)range->events);
    add_time(object, "noted", range->noted_ms);
    return object;
}

void missing_add_json(cJSON *root, const struct status_report *report)
{
    cJSON *gaps = cJSON_AddArrayToObject(root, "gaps"), *skipped = cJSON_AddArrayToObject(root, "skipped");
    for (size_t i = 0; i < report->gap_count; i++)
        cJSON_AddItemToArray(gaps, gap_object(&report->gaps[i]));
    for (size_t i = 0; i < report->skipped_count; i++)
        cJSON_AddItemToArray(skipped, skipped_object(&report->skipped[i]));
}

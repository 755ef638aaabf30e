#include "deliver/replay/retry_tally.h"
#include "base/request_mark.h"
#include "base/text.h"
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

static struct retry_reason *find_reason(struct retry_tally *tally, const char *reason)
{
    char text[RETRY_REASON_SIZE];
    text_to_string(text_of(reason), text, sizeof text);
    for (int i = 0; i < tally->reason_count; i++)
        if (request_mark_alike(tally->reasons[i].text, text)) return &tally->reasons[i];
    if (tally->reason_count == RETRY_REASONS) {
        struct retry_reason *others = &tally->reasons[RETRY_REASONS - 1];
        snprintf(others->text, sizeof others->text, "other reasons");
        return others;
    }
    struct retry_reason *made = &tally->reasons[tally->reason_count++];
    *made = (struct retry_reason){.count = 0};
    memcpy(made->text, text, sizeof text);
    return made;
}

void retry_tally_fail(struct retry_tally *tally, const char *reason, int64_t count)
{
    tally->failed += count;
    find_reason(tally, reason)->count += count;
}

void retry_tally_add(struct retry_tally *tally, const struct retry_tally *more)
{
    tally->delivered += more->delivered;
    tally->failed += more->failed;
    tally->missing += more->missing;
    for (int i = 0; i < more->reason_count; i++)
        find_reason(tally, more->reasons[i].text)->count += more->reasons[i].count;
}

/* ---- JSON ---- */

static const struct {
    const char *name;
    size_t offset;
} counts[] = {
    {"wanted", offsetof(struct retry_tally, wanted)},
    {"delivered", offsetof(struct retry_tally, delivered)},
    {"failed", offsetof(struct retry_tally, failed)},
    {"missing", offsetof(struct retry_tally, missing)},
};
#define COUNTS (sizeof counts / sizeof *counts)

char *retry_tally_write(const struct retry_tally *tally, int64_t after)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "after", (double)after);
    for (size_t i = 0; i < COUNTS; i++) {
        int64_t count;
        memcpy(&count, (const char *)tally + counts[i].offset, sizeof count);
        cJSON_AddNumberToObject(object, counts[i].name, (double)count);
    }
    cJSON *reasons = cJSON_AddArrayToObject(object, "reasons");
    for (int i = 0; i < tally->reason_count; i++) {
        cJSON *reason = cJSON_CreateObject();
        cJSON_AddStringToObject(reason, "reason", tally->reasons[i].text);
        cJSON_AddNumberToObject(reason, "count", (double)tally->reasons[i].count);
        cJSON_AddItemToArray(reasons, reason);
    }
    char *text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}

static void read_reasons(const cJSON *reasons, struct retry_tally *tally)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, reasons)
    {
        const cJSON *reason = cJSON_GetObjectItem(item, "reason"),
                    *count = cJSON_GetObjectItem(item, "count");
        if (cJSON_IsString(reason) && cJSON_IsNumber(count))
            find_reason(tally, reason->valuestring)->count += (int64_t)count->valuedouble;
    }
}

bool retry_tally_read(const char *json, struct retry_tally *tally, int64_t *after)
{
    cJSON *object = cJSON_Parse(json);
    const cJSON *place = cJSON_GetObjectItem(object, "after");
    bool good = cJSON_IsNumber(place);
    *tally = (struct retry_tally){0};
    for (size_t i = 0; i < COUNTS && good; i++) {
        const cJSON *item = cJSON_GetObjectItem(object, counts[i].name);
        int64_t count = cJSON_IsNumber(item) ? (int64_t)item->valuedouble : 0;
        memcpy((char *)tally + counts[i].offset, &count, sizeof count);
    }
    if (good) read_reasons(cJSON_GetObjectItem(object, "reasons"), tally);
    if (good && after) *after = (int64_t)place->valuedouble;
    cJSON_Delete(object);
    return good;
}

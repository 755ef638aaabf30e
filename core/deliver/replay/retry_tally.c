#include "deliver/replay/retry_tally.h"
#include "base/error.h"
#include "base/request_mark.h"
#include "base/text.h"
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

/* ---- Letters ---- */

static void add_letters(struct retry_letters *letters, const struct retry_letters *more)
{
    letters->count += more->count;
    if (!more->first) return;
    if (!letters->first || more->first < letters->first) letters->first = more->first;
    if (more->last > letters->last) letters->last = more->last;
}

void retry_letters_add(struct retry_letters *letters, int64_t id)
{
    const struct retry_letters one = retry_letter(id);
    add_letters(letters, &one);
}

/* ---- Reasons ---- */

static struct retry_reason *find_reason(struct retry_reasons *reasons, const char *text, const char *remedy)
{
    struct retry_reason wanted = {.letters = {0}};
    text_to_string(text_of(text), wanted.text, sizeof wanted.text);
    text_to_string(text_of(remedy), wanted.remedy, sizeof wanted.remedy);
    for (int i = 0; i < reasons->count; i++)
        if (request_mark_alike(reasons->list[i].text, wanted.text)) return &reasons->list[i];
    if (reasons->count == RETRY_REASONS) {
        struct retry_reason *others = &reasons->list[RETRY_REASONS - 1];
        snprintf(others->text, sizeof others->text, "other reasons");
        others->remedy[0] = '\0';
        return others;
    }
    struct retry_reason *made = &reasons->list[reasons->count++];
    *made = wanted;
    return made;
}

static void add_reason(struct retry_reasons *reasons, const struct retry_reason *more)
{
    add_letters(&find_reason(reasons, more->text, more->remedy)->letters, &more->letters);
}

static void add_error(struct retry_reasons *reasons, const char *delivery, const postern_error *error,
                      const struct retry_letters *letters)
{
    postern_error placed = *error;
    error_prefix(&placed, "%s: ", delivery);
    add_letters(&find_reason(reasons, placed.message, placed.remedy)->letters, letters);
}

void retry_tally_fail(struct retry_tally *tally, const char *reason, const struct retry_letters *letters)
{
    tally->failed += letters->count;
    add_letters(&find_reason(&tally->failures, reason, "")->letters, letters);
}

void retry_tally_fail_at(struct retry_tally *tally, const char *delivery, const postern_error *error,
                         const struct retry_letters *letters)
{
    tally->failed += letters->count;
    add_error(&tally->failures, delivery, error, letters);
}

void retry_tally_leave(struct retry_tally *tally, const char *delivery, const postern_error *error,
                       const struct retry_letters *letters)
{
    tally->untried += letters->count;
    add_error(&tally->stops, delivery, error, letters);
}

int64_t retry_tally_done(const struct retry_tally *tally)
{
    return tally->delivered + tally->failed + tally->untried;
}

void retry_tally_add(struct retry_tally *tally, const struct retry_tally *more)
{
    tally->delivered += more->delivered;
    tally->failed += more->failed;
    tally->untried += more->untried;
    tally->missing += more->missing;
    for (int i = 0; i < more->failures.count; i++)
        add_reason(&tally->failures, &more->failures.list[i]);
    for (int i = 0; i < more->stops.count; i++)
        add_reason(&tally->stops, &more->stops.list[i]);
}

/* ---- JSON ---- */

static const struct {
    const char *name;
    size_t offset;
} counts[] = {
    {"wanted", offsetof(struct retry_tally, wanted)},
    {"delivered", offsetof(struct retry_tally, delivered)},
    {"failed", offsetof(struct retry_tally, failed)},
    {"untried", offsetof(struct retry_tally, untried)},
    {"missing", offsetof(struct retry_tally, missing)},
};
#define COUNTS (sizeof counts / sizeof *counts)

static void write_reasons(cJSON *object, const char *name, const struct retry_reasons *reasons)
{
    cJSON *list = cJSON_AddArrayToObject(object, name);
    for (int i = 0; i < reasons->count; i++) {
        const struct retry_reason *reason = &reasons->list[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "reason", reason->text);
        cJSON_AddStringToObject(item, "remedy", reason->remedy);
        cJSON_AddNumberToObject(item, "count", (double)reason->letters.count);
        cJSON_AddNumberToObject(item, "first", (double)reason->letters.first);
        cJSON_AddNumberToObject(item, "last", (double)reason->letters.last);
        cJSON_AddItemToArray(list, item);
    }
}

char *retry_tally_write(const struct retry_tally *tally, int64_t after)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "after", (double)after);
    for (size_t i = 0; i < COUNTS; i++) {
        int64_t count;
        memcpy(&count, (const char *)tally + counts[i].offset, sizeof count);
        cJSON_AddNumberToObject(object, counts[i].name, (double)count);
    }
    write_reasons(object, "reasons", &tally->failures);
    write_reasons(object, "stops", &tally->stops);
    char *text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}

static int64_t number_in(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(object, name);
    return cJSON_IsNumber(item) ? (int64_t)item->valuedouble : 0;
}

/* An earlier release wrote no numbers and no remedy. */
static void read_reasons(const cJSON *list, struct retry_reasons *reasons)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, list)
    {
        const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(item, "reason"));
        const char *remedy = cJSON_GetStringValue(cJSON_GetObjectItem(item, "remedy"));
        const struct retry_letters letters = {number_in(item, "count"), number_in(item, "first"),
                                              number_in(item, "last")};
        if (text) add_letters(&find_reason(reasons, text, remedy ? remedy : "")->letters, &letters);
    }
}

bool retry_tally_read(const char *json, struct retry_tally *tally, int64_t *after)
{
    cJSON *object = cJSON_Parse(json);
    const cJSON *place = cJSON_GetObjectItem(object, "after");
    bool good = cJSON_IsNumber(place);
    *tally = (struct retry_tally){0};
    for (size_t i = 0; i < COUNTS && good; i++) {
        int64_t count = number_in(object, counts[i].name);
        memcpy((char *)tally + counts[i].offset, &count, sizeof count);
    }
    if (good) read_reasons(cJSON_GetObjectItem(object, "reasons"), &tally->failures);
    if (good) read_reasons(cJSON_GetObjectItem(object, "stops"), &tally->stops);
    if (good && after) *after = (int64_t)place->valuedouble;
    cJSON_Delete(object);
    return good;
}

/* Which dead letters are meant: asked of one letter, and as the JSON of a request. */
#include "base/text.h"
#include "journal/dead.h"
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static int compare_ids(const void *a, const void *b)
{
    int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;
    return (first > second) - (first < second);
}

bool dead_filter_takes(const struct dead_filter *filter, const struct dead_letter *letter)
{
    if (filter->ids && !bsearch(&letter->id, filter->ids, filter->id_count, sizeof *filter->ids, compare_ids))
        return false;
    if (filter->account && strcmp(filter->account, letter->account) != 0) return false;
    if (filter->delivery && strcmp(filter->delivery, letter->delivery) != 0) return false;
    if (filter->source && strcmp(filter->source, letter->source) != 0) return false;
    if (filter->reason && !strstr(letter->reason ? letter->reason : "", filter->reason)) return false;
    if (filter->script && !strstr(letter->script ? letter->script : "", filter->script)) return false;
    if (filter->stage != DEAD_UNKNOWN && filter->stage != letter->stage) return false;
    if (filter->created_from_ms && letter->created_ms < filter->created_from_ms) return false;
    return !filter->before_ms || letter->created_ms < filter->before_ms;
}

/* ---- JSON ---- */

static bool add_ids(cJSON *object, const struct dead_filter *filter)
{
    cJSON *list = cJSON_AddArrayToObject(object, "ids");
    for (size_t i = 0; list && i < filter->id_count; i++)
        if (!cJSON_AddItemToArray(list, cJSON_CreateNumber((double)filter->ids[i]))) return false;
    return list != NULL;
}

static bool add_text(cJSON *object, const char *name, const char *text)
{
    return !text || cJSON_AddStringToObject(object, name, text);
}

static bool add_time(cJSON *object, const char *name, int64_t ms)
{
    return !ms || cJSON_AddNumberToObject(object, name, (double)ms);
}

char *dead_filter_write(const struct dead_filter *filter)
{
    cJSON *object = cJSON_CreateObject();
    bool good =
        object && (!filter->ids || add_ids(object, filter)) && add_text(object, "account", filter->account) &&
        add_text(object, "delivery", filter->delivery) && add_text(object, "reason", filter->reason) &&
        add_text(object, "source", filter->source) && add_text(object, "script", filter->script) &&
        add_text(object, "stage", filter->stage ? dead_stage_name(filter->stage) : NULL) &&
        add_time(object, "from", filter->created_from_ms) && add_time(object, "before", filter->before_ms);
    char *text = good ? cJSON_PrintUnformatted(object) : NULL;
    cJSON_Delete(object);
    return text;
}

static bool read_ids(const cJSON *list, postern_arena *arena, struct dead_filter *filter)
{
    size_t count = (size_t)cJSON_GetArraySize(list);
    int64_t *ids = arena_allocate(arena, (count + 1) * sizeof *ids);
    if (!cJSON_IsArray(list) || !ids) return false;
    filter->ids = ids;
    for (const cJSON *item = list->child; item; item = item->next) {
        if (!cJSON_IsNumber(item)) return false;
        ids[filter->id_count++] = (int64_t)item->valuedouble;
    }
    qsort(ids, count, sizeof *ids, compare_ids);
    return true;
}

static bool read_text(const cJSON *item, postern_arena *arena, const char **text)
{
    if (!cJSON_IsString(item)) return false;
    *text = arena_copy(arena, text_of(item->valuestring)).data;
    return *text != NULL;
}

static bool read_time(const cJSON *item, int64_t *ms)
{
    if (!cJSON_IsNumber(item)) return false;
    *ms = (int64_t)item->valuedouble;
    return true;
}

static bool read_stage(const cJSON *item, enum dead_stage *stage)
{
    if (cJSON_IsString(item)) *stage = dead_stage_of(item->valuestring);
    return *stage != DEAD_UNKNOWN;
}

static bool read_item(const cJSON *item, postern_arena *arena, struct dead_filter *filter)
{
    if (strcmp(item->string, "ids") == 0) return read_ids(item, arena, filter);
    if (strcmp(item->string, "account") == 0) return read_text(item, arena, &filter->account);
    if (strcmp(item->string, "delivery") == 0) return read_text(item, arena, &filter->delivery);
    if (strcmp(item->string, "reason") == 0) return read_text(item, arena, &filter->reason);
    if (strcmp(item->string, "source") == 0) return read_text(item, arena, &filter->source);
    if (strcmp(item->string, "script") == 0) return read_text(item, arena, &filter->script);
    if (strcmp(item->string, "stage") == 0) return read_stage(item, &filter->stage);
    if (strcmp(item->string, "from") == 0) return read_time(item, &filter->created_from_ms);
    return strcmp(item->string, "before") == 0 && read_time(item, &filter->before_ms);
}

const struct dead_filter *dead_filter_read(const char *json, postern_arena *arena)
{
    cJSON *object = cJSON_Parse(json);
    struct dead_filter *filter = arena_allocate(arena, sizeof *filter);
    bool good = filter && cJSON_IsObject(object);
    if (filter) *filter = (struct dead_filter){0};
    for (const cJSON *item = good ? object->child : NULL; good && item; item = item->next)
        good = read_item(item, arena, filter);
    cJSON_Delete(object);
    return good ? filter : NULL;
}

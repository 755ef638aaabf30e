#include "key_value.h"
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_free_text(const char *key)
{
    static const char *const keys[] = {"Subject", "RejType", "RejInfo", "Err", "Error"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcasecmp(key, keys[i]) == 0) return true;
    return false;
}

static void write_plain(struct text *out, const char *value)
{
    for (; *value; value++)
        text_put(out, *value == '\n' || *value == '\r' ? ' ' : *value);
}

static void write_value(struct text *out, const cJSON *value)
{
    if (cJSON_IsString(value)) {
        write_plain(out, value->valuestring);
    } else if (cJSON_IsArray(value) && cJSON_GetArraySize(value)) {
        const cJSON *item;
        cJSON_ArrayForEach(item, value)
        {
            if (item->prev && item != value->child) text_put(out, ',');
            write_value(out, item);
        }
    } else if (!cJSON_IsNull(value)) {
        char *printed = cJSON_PrintUnformatted(value);
        text_puts(out, printed);
        free(printed);
    }
}

void key_value_write(struct text *out, const char *json)
{
    cJSON *object = cJSON_Parse(json);
    const cJSON *member;
    cJSON_ArrayForEach(member, object)
    {
        if (member != object->child) text_put(out, '|');
        text_puts(out, member->string);
        text_put(out, '=');
        bool wrapped = is_free_text(member->string) && !cJSON_IsNull(member);
        if (wrapped) text_put(out, '\\');
        write_value(out, member);
        if (wrapped) text_put(out, '\\');
    }
    cJSON_Delete(object);
}

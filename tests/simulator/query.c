#include "query.h"
#include <stdlib.h>

bool query_read(const struct endpoint *endpoint, const struct http_request *request,
                struct question *question, struct violation *violation)
{
    *question = (struct question){0};
    cJSON *item = cJSON_CreateObject();
    for (size_t i = 0; i < request->argument_count && i < HTTP_ARGUMENTS; i++)
        cJSON_AddStringToObject(item, request->arguments[i].name, request->arguments[i].value);
    bool good = request->argument_count <= HTTP_ARGUMENTS ||
                violate(violation, "unknown-field", 400, "err_validation_unknown_field", NULL,
                        "there are too many parameters");
    if (good && item_check(endpoint, item, violation))
        *question = (struct question){.root = item, .item = item};
    else
        cJSON_Delete(item);
    return question->root != NULL;
}

const char *query_text(const struct question *question, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(question->item, name);
    return value ? value->valuestring : NULL;
}

size_t query_number(const struct question *question, const char *name, size_t absent)
{
    const char *text = query_text(question, name);
    return text ? strtoull(text, NULL, 10) : absent;
}

/* Reads a request body and checks it against what its endpoint allows. */
#include "endpoint.h"
#include "times.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_choice(const char *choices, const char *value, bool any_case)
{
    char wanted[64];
    if (strchr(value, ' ') || snprintf(wanted, sizeof wanted, " %s ", value) >= (int)sizeof wanted)
        return false;
    return (any_case ? strcasestr(choices, wanted) : strstr(choices, wanted)) != NULL;
}

static bool check_text(const struct field *field, const cJSON *value, struct violation *violation)
{
    if (!cJSON_IsString(value))
        return violate(violation, "field-type", 400, "err_validation_invalid", field->name,
                       "must be a string");
    if (value->valuestring[0] == '\0')
        return violate(violation, "blank-field", 400, "err_validation_blank", field->name,
                       "is empty: leave it out");
    /* fileFormat is the one value seen in other letters. */
    if (field->choices &&
        !is_choice(field->choices, value->valuestring, strcmp(field->name, "fileFormat") == 0))
        return violate(violation, strcmp(field->name, "pageSize") == 0 ? "page-size" : "field-value", 400,
                       "err_validation_invalid", field->name, "is none of%s", field->choices);
    return true;
}

static bool only_members(const cJSON *object, const char *where, const char *allowed,
                         struct violation *violation)
{
    const cJSON *member;
    cJSON_ArrayForEach(member, object) if (!is_choice(allowed, member->string, false)) return violate(
        violation, "unknown-field", 400, "err_validation_unknown_field", member->string, "%s allows only%s",
        where, allowed);
    return true;
}

/* {"fieldName":...,"value":...} */
static bool check_search(const struct field *field, const cJSON *value, struct violation *violation)
{
    static const struct field text = {"value", FIELD_TEXT, true, NULL};
    struct field name = {"fieldName", FIELD_CHOICE, true, field->choices};
    if (!cJSON_IsObject(value))
        return violate(violation, "field-type", 400, "err_validation_invalid", field->name,
                       "must be an object with fieldName and value");
    const cJSON *wanted[] = {cJSON_GetObjectItemCaseSensitive(value, "fieldName"),
                             cJSON_GetObjectItemCaseSensitive(value, "value")};
    if (!wanted[0] || !wanted[1])
        return violate(violation, "missing-field", 400, "err_validation_null",
                       wanted[0] ? "value" : "fieldName", "is required in %s", field->name);
    return only_members(value, field->name, " fieldName value ", violation) &&
           check_text(&name, wanted[0], violation) && check_text(&text, wanted[1], violation);
}

static bool check_number(const struct field *field, const cJSON *value, struct violation *violation)
{
    unsigned long long least, most, number;
    char *end;
    sscanf(field->choices, "%llu..%llu", &least, &most);
    number = strtoull(value->valuestring, &end, 10);
    size_t digits = strspn(value->valuestring, "0123456789");
    return (digits && digits < 10 && !*end && number >= least && number <= most) ||
           violate(violation, strcmp(field->name, "pageSize") == 0 ? "page-size" : "field-value", 400,
                   "err_validation_invalid", field->name, "must be %s", field->choices);
}

/* {"from":...,"subject":...} */
static bool check_options(const struct field *field, const cJSON *value, struct violation *violation)
{
    if (!cJSON_IsObject(value))
        return violate(violation, "field-type", 400, "err_validation_invalid", field->name,
                       "must be an object");
    if (!only_members(value, field->name, field->choices, violation)) return false;
    const cJSON *member;
    cJSON_ArrayForEach(member, value)
    {
        struct field text = {member->string, FIELD_TEXT, false, NULL};
        bool list = cJSON_IsArray(member) && strcmp(member->string, "route") == 0;
        if (!list && !check_text(&text, member, violation)) return false;
    }
    return true;
}

static bool check_field(const struct field *field, const cJSON *value, struct violation *violation)
{
    if (cJSON_IsNull(value))
        return violate(violation, "null-field", 400, "err_validation_null", field->name,
                       "is null: leave it out");
    switch (field->kind) {
    case FIELD_BOOLEAN:
        return cJSON_IsBool(value) || violate(violation, "field-type", 400, "err_validation_invalid",
                                              field->name, "must be true or false");
    case FIELD_DATE: {
        int64_t ms;
        return check_text(field, value, violation) &&
               (time_parse_iso(value->valuestring, &ms) ||
                violate(violation, "date-spelling", 400, "err_validation_invalid_date", field->name,
                        "must look like 2026-01-31T23:59:59+0000"));
    }
    case FIELD_INSTANT: {
        int64_t ms;
        return check_text(field, value, violation) &&
               (time_parse_instant(value->valuestring, &ms) ||
                violate(violation, "date-spelling", 400, "err_validation_invalid_date", field->name,
                        "must look like 2026-01-31T23:59:59+0000 or 2026-01-31T23:59:59.000Z"));
    }
    case FIELD_NUMBER:
        return check_number(field, value, violation);
    case FIELD_TEXT:
    case FIELD_CHOICE:
        return check_text(field, value, violation);
    case FIELD_OPTIONS:
        return check_options(field, value, violation);
    case FIELD_SEARCH:
        return check_search(field, value, violation);
    case FIELD_TEXTS:
    case FIELD_CHOICES:
    case FIELD_FILTERS: {
        if (!cJSON_IsArray(value))
            return violate(violation, "field-type", 400, "err_validation_invalid", field->name,
                           "must be an array");
        const cJSON *item;
        cJSON_ArrayForEach(item, value) if (!(field->kind == FIELD_FILTERS ? check_search : check_text)(
                                                field, item, violation)) return false;
        return true;
    }
    }
    return true;
}

bool item_check(const struct endpoint *endpoint, const cJSON *item, struct violation *violation)
{
    for (size_t i = 0; i < endpoint->field_count; i++) {
        const struct field *field = &endpoint->fields[i];
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, field->name);
        if (!value && field->required)
            return violate(violation, "missing-field", 400, "err_validation_null", field->name, "is missing");
        if (value && !check_field(field, value, violation)) return false;
    }
    const cJSON *member;
    cJSON_ArrayForEach(member, item)
    {
        size_t i = 0, same = 0;
        while (i < endpoint->field_count && strcmp(member->string, endpoint->fields[i].name) != 0)
            i++;
        if (i == endpoint->field_count)
            return violate(violation, "unknown-field", 400, "err_validation_unknown_field", member->string,
                           "this endpoint has no such field");
        for (const cJSON *other = item->child; other; other = other->next)
            same += !strcmp(other->string, member->string);
        if (same > 1)
            return violate(violation, "repeated-field", 400, "err_validation_invalid", member->string,
                           "is there twice");
    }
    if (endpoint->never_empty && !item->child)
        return violate(violation, "missing-field", 400, "err_validation_null", endpoint->from,
                       "or another field is required");
    const cJSON *search = cJSON_GetObjectItemCaseSensitive(item, "searchField");
    if (search && !cJSON_GetObjectItemCaseSensitive(item, "query"))
        return violate(violation, "missing-field", 400, "err_validation_null", "query",
                       "is required with searchField");
    return true;
}

static bool read_pagination(const cJSON *pagination, size_t page_limit, struct question *question,
                            struct violation *violation)
{
    if (!cJSON_IsObject(pagination))
        return violate(violation, "body-shape", 400, "err_validation_invalid", "pagination",
                       "must be an object");
    if (!only_members(pagination, "meta.pagination", " pageSize pageToken ", violation)) return false;
    const cJSON *size = cJSON_GetObjectItemCaseSensitive(pagination, "pageSize");
    const cJSON *token = cJSON_GetObjectItemCaseSensitive(pagination, "pageToken");
    if (size) {
        double number = cJSON_IsNumber(size) ? size->valuedouble : 0;
        if (!(number >= 1 && number <= (double)page_limit) || number != (double)(size_t)number)
            return violate(violation, "page-size", 400, "err_validation_invalid", "pageSize",
                           "must be 1 to %zu", page_limit);
        question->page_size = (size_t)number;
    }
    if (token) {
        static const struct field field = {"pageToken", FIELD_TEXT, false, NULL};
        if (!check_field(&field, token, violation)) return false;
        question->page_token = token->valuestring;
    }
    return true;
}

static bool read_meta(const struct endpoint *endpoint, const cJSON *meta, size_t page_limit,
                      struct question *question, struct violation *violation)
{
    if (!meta) return true;
    if (!cJSON_IsObject(meta))
        return violate(violation, "body-shape", 400, "err_validation_invalid", "meta", "must be an object");
    if (!only_members(meta, "meta", endpoint->no_pages ? " " : " pagination ", violation)) return false;
    const cJSON *pagination = cJSON_GetObjectItemCaseSensitive(meta, "pagination");
    return !pagination || read_pagination(pagination, page_limit, question, violation);
}

bool question_read(const struct endpoint *endpoint, const char *body, size_t size, size_t page_limit,
                   struct question *question, struct violation *violation)
{
    *question = (struct question){.page_size = 25};
    const char *end = NULL;
    question->root = cJSON_ParseWithLengthOpts(body, size, &end, false);
    const cJSON *root = question->root, *data = cJSON_GetObjectItemCaseSensitive(root, "data");
    bool good = false;
    if (!root || strspn(end, " \t\r\n") != (size_t)(body + size - end))
        violate(violation, "body-json", 400, "err_request_body", NULL, "the body is not one JSON document");
    else if (!cJSON_IsObject(root) || !cJSON_IsArray(data))
        violate(violation, "body-shape", 400, "err_request_body", "data",
                "the body must be {\"data\":[{...}]}");
    else if (cJSON_GetArraySize(data) != 1 || !cJSON_IsObject(data->child))
        violate(violation, "one-item", 400, "err_request_body", "data",
                "must hold exactly one object, holds %d items", cJSON_GetArraySize(data));
    else
        good = only_members(root, "the body", " meta data ", violation) &&
               read_meta(endpoint, cJSON_GetObjectItemCaseSensitive(root, "meta"), page_limit, question,
                         violation) &&
               item_check(endpoint, data->child, violation);
    if (good)
        question->item = data->child;
    else
        question_free(question);
    return good;
}

void question_free(struct question *question)
{
    cJSON_Delete(question->root);
    *question = (struct question){0};
}

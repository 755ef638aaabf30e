#include "script/map/types.h"

#include "base/text.h"
#include "script/map/parts.h"

const char *const field_type_names[] = {
    "any",  "text",  "keyword",   "boolean", "long", "size", "port",   "float",  "date",   "ip", "domain",
    "host", "email", "extension", "hash",    "md5",  "sha1", "sha256", "sha512", "object", NULL};
const char *const field_hash_names[] = {"any", "md5", "sha1", "sha256", "sha512", NULL};

bool field_type_read(postern_text text, enum field_type *type, bool *is_list)
{
    *is_list = text_ends_with(text, "[]");
    if (*is_list) text.size -= 2;
    for (int i = 0; field_type_names[i]; i++) {
        if (text.size == 0 || text.data[0] != field_type_names[i][0] || !text_is(text, field_type_names[i]))
            continue;
        *type = (enum field_type)i;
        return !(*is_list && *type == FIELD_ANY);
    }
    return false;
}

bool field_type_is(enum field_type has, enum field_type wanted)
{
    bool is_number = has >= FIELD_LONG && has <= FIELD_PORT;
    switch (wanted) {
    case FIELD_ANY:
        return true;
    case FIELD_TEXT:
    case FIELD_KEYWORD:
        return has == FIELD_TEXT || has == FIELD_KEYWORD || (has >= FIELD_DATE && has <= FIELD_SHA512);
    case FIELD_LONG:
    case FIELD_FLOAT:
        return has == wanted || is_number;
    case FIELD_SIZE:
        return has == FIELD_SIZE || has == FIELD_PORT;
    case FIELD_HOST:
        return has == FIELD_HOST || has == FIELD_DOMAIN || has == FIELD_IP;
    case FIELD_HASH:
        return has >= FIELD_HASH && has <= FIELD_SHA512;
    default:
        return has == wanted;
    }
}

/* What a script's method of that name checks; FIELD_ANY = it is no such method. */
enum field_type field_type_of_method(enum operation operation)
{
    switch (operation) {
    case OPERATION_IP:
        return FIELD_IP;
    case OPERATION_DOMAIN:
        return FIELD_DOMAIN;
    case OPERATION_HOST:
        return FIELD_HOST;
    case OPERATION_PORT:
        return FIELD_PORT;
    case OPERATION_SIZE:
        return FIELD_SIZE;
    case OPERATION_EXTENSION:
        return FIELD_EXTENSION;
    default:
        return FIELD_ANY;
    }
}

static enum field_type type_of_part(const struct step *step)
{
    if (step->operation == OPERATION_EMAIL) return step->part == EMAIL_ADDRESS ? FIELD_EMAIL : FIELD_TEXT;
    switch ((enum map_url)step->part) {
    case URL_DOMAIN:
        return FIELD_HOST;
    case URL_PORT:
        return FIELD_PORT;
    case URL_EXTENSION:
        return FIELD_EXTENSION;
    default:
        return FIELD_TEXT;
    }
}

enum field_type map_type_given(const struct step *step)
{
    switch ((enum operation)step->operation) {
    case OPERATION_LOWER:
    case OPERATION_UPPER:
    case OPERATION_TRIM: {
        enum field_type given = map_type_given(step->input);
        return given >= FIELD_IP && given <= FIELD_SHA512 ? given : FIELD_TEXT;
    }
    case OPERATION_UNQUOTE:
    case OPERATION_REPLACE:
    case OPERATION_BEFORE:
    case OPERATION_AFTER:
    case OPERATION_AFTER_LAST:
    case OPERATION_SPLIT:
    case OPERATION_TEXT:
    case OPERATION_SUB:
    case OPERATION_MATCH:
    case OPERATION_FIND:
    case OPERATION_PIECE:
    case OPERATION_PROSE:
    case OPERATION_CONCAT:
    case OPERATION_JOIN:
    case OPERATION_ORIGINAL:
        return FIELD_TEXT;
    case OPERATION_EMAIL:
    case OPERATION_URL:
        return type_of_part(step);
    case OPERATION_META:
        return step->part == META_RECEIVED || step->part == META_TIME ? FIELD_LONG : FIELD_TEXT;
    case OPERATION_BOOLEAN:
        return FIELD_BOOLEAN;
    case OPERATION_TIME:
        return FIELD_DATE;
    case OPERATION_FORMAT:
        return step->time->form == TIME_PATTERN ? FIELD_TEXT : FIELD_LONG;
    case OPERATION_FILE_EXTENSION:
        return FIELD_EXTENSION;
    case OPERATION_HASH:
        return FIELD_HASH + (enum field_type)step->part;
    case OPERATION_FIT:
        return (enum field_type)step->part;
    default:
        if (operation_is_condition(step->operation)) return FIELD_BOOLEAN;
        return field_type_of_method(step->operation);
    }
}

/* What each type of a field lets through. */
#include "script/map/types.h"

#include "base/text.h"
#include "parse/domain.h"
#include "parse/email.h"
#include "parse/file_extension.h"
#include "script/map/parts.h"
#include "script/map/values.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

/* ---- Texts ---- */

/* The value becomes this text, in which nothing needs an escape. */
static enum map_outcome become(struct map_value *value, postern_text text)
{
    *value = map_text_value(text, TEXT_CLEAN, value->origin);
    return MAP_ONE;
}

/* Numbers and booleans as they are written. */
static enum map_outcome text_type(const struct map_run *run, const struct step *step, struct map_value *value)
{
    (void)run;
    (void)step;
    if (value->type == POSTERN_JSON_STRING) return MAP_ONE;
    if (value->type != POSTERN_JSON_NUMBER && value->type != POSTERN_JSON_BOOLEAN) return MAP_UNREADABLE;
    return become(value, value->text);
}

static enum map_outcome domain_type(const struct map_run *run, const struct step *step,
                                    struct map_value *value)
{
    (void)step;
    postern_text text;
    return map_trimmed_text(run, value, &text) && domain_is_valid(text) ? become(value, text)
                                                                        : MAP_UNREADABLE;
}

static enum map_outcome host_type(const struct map_run *run, const struct step *step, struct map_value *value)
{
    (void)step;
    postern_text text;
    return map_trimmed_text(run, value, &text) && host_is_valid(text) ? become(value, text) : MAP_UNREADABLE;
}

/* A quoted local part needs escapes, and other bytes than UTF-8 are replaced when it is written. */
static enum map_outcome email_type(const struct map_run *run, const struct step *step,
                                   struct map_value *value)
{
    (void)step;
    postern_text text;
    struct email_parts parts;
    if (!map_trimmed_text(run, value, &text) || !email_parse(text, &parts) || parts.address.size != text.size)
        return MAP_UNREADABLE;
    *value = map_text_value(text, TEXT_PLAIN, value->origin);
    return MAP_ONE;
}

/* Some write it with its dot. */
static enum map_outcome extension_type(const struct map_run *run, const struct step *step,
                                       struct map_value *value)
{
    (void)step;
    postern_text text;
    if (!map_trimmed_text(run, value, &text)) return MAP_UNREADABLE;
    if (text.size && text.data[0] == '.') text = text_slice(text.data + 1, text.data + text.size);
    return file_extension_is_valid(text) ? become(value, text) : MAP_UNREADABLE;
}

/* ---- Hashes ---- */

/* The hash that has this many digits; FIELD_HASH = none has. */
static enum field_type hash_of_size(size_t digits)
{
    return digits == 32    ? FIELD_MD5
           : digits == 40  ? FIELD_SHA1
           : digits == 64  ? FIELD_SHA256
           : digits == 128 ? FIELD_SHA512
                           : FIELD_HASH;
}

/* Which hash the value is; FIELD_ANY = none. */
static enum field_type hash_in(const struct map_run *run, const struct map_value *value, postern_text *text)
{
    if (!map_trimmed_text(run, value, text) || hash_of_size(text->size) == FIELD_HASH) return FIELD_ANY;
    for (size_t i = 0; i < text->size; i++) {
        unsigned char byte = (unsigned char)text->data[i], lower = byte | 0x20;
        if ((byte < '0' || byte > '9') && (lower < 'a' || lower > 'f')) return FIELD_ANY;
    }
    return hash_of_size(text->size);
}

/* `:hash "md5"`: another hash is nothing, but not wrong. */
static enum map_outcome hash_method(const struct map_run *run, const struct step *step,
                                    struct map_value *value)
{
    postern_text text;
    enum field_type found = hash_in(run, value, &text), wanted = FIELD_HASH + (enum field_type)step->part;
    if (found == FIELD_ANY) return MAP_UNREADABLE;
    return wanted == FIELD_HASH || found == wanted ? become(value, text) : MAP_NONE;
}

static enum map_outcome hash_type(const struct map_run *run, const struct step *step, struct map_value *value)
{
    postern_text text;
    enum field_type found = hash_in(run, value, &text), wanted = (enum field_type)step->part;
    bool fits = found != FIELD_ANY && (wanted == FIELD_HASH || found == wanted);
    return fits ? become(value, text) : MAP_UNREADABLE;
}

/* ---- Numbers ---- */

/* A whole number from `least` (within 64 bits) to `most`; else the value stays as it is. */
static enum map_outcome whole_number(const struct map_run *run, struct map_value *value, int64_t least,
                                     int64_t most)
{
    struct map_value read = *value;
    if (map_convert_method(OPERATION_INTEGER)(run, NULL, &read) != MAP_ONE) return MAP_UNREADABLE;
    bool negative = read.text.data[0] == '-';
    int64_t number = 0;
    for (size_t i = negative; i < read.text.size; i++) {
        int digit = read.text.data[i] - '0';
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, negative ? -digit : digit, &number))
            return MAP_UNREADABLE;
    }
    if (number < least || number > most) return MAP_UNREADABLE;
    *value = read;
    return MAP_ONE;
}

static enum map_outcome long_type(const struct map_run *run, const struct step *step, struct map_value *value)
{
    (void)step;
    return whole_number(run, value, INT64_MIN, INT64_MAX);
}

static enum map_outcome size_type(const struct map_run *run, const struct step *step, struct map_value *value)
{
    (void)step;
    return whole_number(run, value, 0, INT64_MAX);
}

static enum map_outcome port_type(const struct map_run *run, const struct step *step, struct map_value *value)
{
    (void)step;
    return whole_number(run, value, 0, 65535);
}

/* Stores hold it in 32 bits, and refuse what is beyond them. */
static enum map_outcome float_type(const struct map_run *run, const struct step *step,
                                   struct map_value *value)
{
    char digits[400];
    struct map_value read = *value;
    if (map_convert_method(OPERATION_NUMBER)(run, step, &read) != MAP_ONE ||
        !text_to_string(read.text, digits, sizeof digits) || fabs(strtod(digits, NULL)) > (double)FLT_MAX)
        return MAP_UNREADABLE;
    *value = read;
    return MAP_ONE;
}

/* ---- All ---- */

/* As the method without a unit. */
static enum map_outcome date_type(const struct map_run *run, const struct step *step, struct map_value *value)
{
    static const struct step_time any = {.form = TIME_ANY};
    const struct step time = {.operation = OPERATION_TIME, .time = &any};
    (void)step;
    return map_time_method(OPERATION_TIME)(run, &time, value);
}

static enum map_outcome object_type(const struct map_run *run, const struct step *step,
                                    struct map_value *value)
{
    (void)run;
    (void)step;
    return value->type == POSTERN_JSON_OBJECT ? MAP_ONE : MAP_UNREADABLE;
}

map_method *field_type_method(enum field_type type)
{
    switch (type) {
    case FIELD_ANY:
        return NULL;
    case FIELD_TEXT:
    case FIELD_KEYWORD:
        return text_type;
    case FIELD_BOOLEAN:
        return map_convert_method(OPERATION_BOOLEAN);
    case FIELD_LONG:
        return long_type;
    case FIELD_SIZE:
        return size_type;
    case FIELD_PORT:
        return port_type;
    case FIELD_FLOAT:
        return float_type;
    case FIELD_DATE:
        return date_type;
    case FIELD_IP:
        return map_convert_method(OPERATION_IP);
    case FIELD_DOMAIN:
        return domain_type;
    case FIELD_HOST:
        return host_type;
    case FIELD_EMAIL:
        return email_type;
    case FIELD_EXTENSION:
        return extension_type;
    case FIELD_HASH:
    case FIELD_MD5:
    case FIELD_SHA1:
    case FIELD_SHA256:
    case FIELD_SHA512:
        return hash_type;
    case FIELD_OBJECT:
        return object_type;
    }
    return NULL;
}

map_method *map_type_method(const struct step *step)
{
    switch (step->operation) {
    case OPERATION_FIT:
        return field_type_method((enum field_type)step->part);
    case OPERATION_HASH:
        return hash_method;
    default:
        return field_type_method(field_type_of_method((enum operation)step->operation));
    }
}

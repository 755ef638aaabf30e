#include "journal/sqlite/fields.h"
#include <string.h>

static void read_one(sqlite3_stmt *statement, int column, const struct record_field *field, char *place)
{
    int64_t integer = sqlite3_column_int64(statement, column);
    postern_text bytes;
    switch (field->type) {
    case FIELD_INTEGER:
        memcpy(place, &integer, sizeof integer);
        break;
    case FIELD_BOOLEAN:
        *(bool *)(void *)place = integer != 0;
        break;
    case FIELD_STRING:
        column_string(statement, column, place, field->size);
        break;
    case FIELD_BYTES:
        bytes = column_bytes(statement, column);
        memset(place, 0, field->size);
        if (bytes.size == field->size) memcpy(place, bytes.data, bytes.size);
        break;
    }
}

void fields_read(sqlite3_stmt *statement, int first, const struct record_field *fields, size_t count,
                 void *record)
{
    for (size_t i = 0; i < count; i++)
        read_one(statement, first + (int)i, &fields[i], (char *)record + fields[i].offset);
}

static struct bound_value value_of(const struct record_field *field, const char *place)
{
    int64_t integer;
    switch (field->type) {
    case FIELD_INTEGER:
        memcpy(&integer, place, sizeof integer);
        return value_integer(integer);
    case FIELD_BOOLEAN:
        return value_integer(*(const bool *)(const void *)place);
    case FIELD_STRING:
        return value_string(place);
    default:
        return value_blob(place, field->size);
    }
}

void fields_values(const struct record_field *fields, size_t count, const void *record,
                   struct bound_value *values)
{
    for (size_t i = 0; i < count; i++)
        values[i] = value_of(&fields[i], (const char *)record + fields[i].offset);
}

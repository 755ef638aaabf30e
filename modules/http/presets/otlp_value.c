/* A JSON value as an AnyValue of OTLP. */
#include "otlp.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define DEEPEST        32 /* what lies deeper is a text */
#define LONGEST_NUMBER 64

static const struct message_field string_value = {1, "stringValue"}, bool_value = {2, "boolValue"},
                                  int_value = {3, "intValue"}, double_value = {4, "doubleValue"},
                                  array_value = {5, "arrayValue"}, list_value = {6, "kvlistValue"};
static const struct message_field values = {1, "values"}, key = {1, "key"}, value = {2, "value"};

/* A number that neither type holds keeps its digits, as a text. */
static void write_number(const struct message_writer *writer, postern_text digits)
{
    char text[LONGEST_NUMBER];
    bool whole = true;
    for (size_t i = 0; i < digits.size; i++)
        whole = whole && !strchr(".eE", digits.data[i]);
    snprintf(text, sizeof text, "%.*s", (int)(digits.size < sizeof text ? digits.size : 0), digits.data);
    errno = 0;
    int64_t integer = whole ? strtoll(text, NULL, 10) : 0;
    double number = whole ? 0 : strtod(text, NULL);
    if (digits.size >= sizeof text || (whole && errno) || !isfinite(number))
        message_text(writer, string_value, digits);
    else if (whole)
        message_int64(writer, int_value, integer);
    else
        message_double(writer, double_value, digits, number);
}

static void write_value(const struct message_writer *writer, postern_text json, unsigned depth);

static void write_items(const struct message_writer *writer, postern_text json, unsigned depth)
{
    const char *end = kit_end(json) - 1, *at = kit_json_blanks(json.data + 1, end);
    size_t list = message_open(writer, array_value);
    message_list_open(writer, values);
    while (at < end) {
        const char *behind = kit_json_after(at, end);
        size_t item = message_item_open(writer, values);
        write_value(writer, kit_between(at, behind), depth);
        message_close(writer, item);
        at = kit_json_blanks(behind, end);
        at = kit_json_blanks(at < end ? at + 1 : end, end); /* the comma */
    }
    message_list_close(writer);
    message_close(writer, list);
}

static void write_members(const struct message_writer *writer, postern_text json, unsigned depth)
{
    const char *end = kit_end(json) - 1, *at = kit_json_blanks(json.data + 1, end);
    size_t list = message_open(writer, list_value);
    message_list_open(writer, values);
    while (at < end) {
        const char *behind = kit_json_after_string(at, end);
        size_t pair = message_item_open(writer, values);
        message_json_string(writer, key, kit_between(at, behind));
        at = kit_json_blanks(behind, end);
        at = kit_json_blanks(at < end ? at + 1 : end, end); /* the colon */
        behind = kit_json_after(at, end);
        size_t inside = message_open(writer, value);
        write_value(writer, kit_between(at, behind), depth);
        message_close(writer, inside);
        message_close(writer, pair);
        at = kit_json_blanks(behind, end);
        at = kit_json_blanks(at < end ? at + 1 : end, end); /* the comma */
    }
    message_list_close(writer);
    message_close(writer, list);
}

/* null is a value without fields. */
static void write_value(const struct message_writer *writer, postern_text json, unsigned depth)
{
    char first = json.size ? json.data[0] : 'n';
    bool encloses = first == '{' || first == '[';
    if (encloses && depth == DEEPEST)
        message_text(writer, string_value, json);
    else if (encloses)
        (first == '{' ? write_members : write_items)(writer, json, depth + 1);
    else if (first == '"')
        message_json_string(writer, string_value, json);
    else if (first == 't' || first == 'f')
        message_boolean(writer, bool_value, first == 't');
    else if (first != 'n')
        write_number(writer, json);
}

void otlp_write_json(const struct message_writer *writer, postern_text json)
{
    write_value(writer, kit_trim(json), 0);
}

/* The methods of a map that read numbers, booleans, times and addresses. */
#include "script/map/values.h"

#include "base/text.h"
#include "base/timestamp.h"
#include "parse/ip.h"
#include "script/map/parts.h"
#include <math.h>

/* The text of a string, trimmed; false for all else. */
static bool trimmed(const struct map_run *run, const struct map_value *value, postern_text *text)
{
    if (value->type != POSTERN_JSON_STRING) return false;
    *text = map_trim(map_plain_text(run, value));
    return true;
}

/* Does the text hold a number, and nothing else? *real (if not NULL) is its value. */
static bool number_in(const struct map_run *run, postern_text text, double *real)
{
    if (text.size == 0 || text.size > 400) return false;
    struct json_tape *tape = bridge_take_tape(run->L, run->bridge);
    const struct json_node *root = NULL;
    bool is_number = bridge_parse(run->L, tape, text, NULL, &root, NULL) >= 0 &&
                     root->type == POSTERN_JSON_NUMBER && (!real || json_real(tape, root, real));
    bridge_return_tape(run->bridge);
    return is_number;
}

/* The number that a value is or holds as text; false if there is none. */
static bool read_number(const struct map_run *run, const struct map_value *value, postern_text *text)
{
    if (value->type == POSTERN_JSON_NUMBER) {
        *text = value->text;
        return true;
    }
    return trimmed(run, value, text) && number_in(run, *text, NULL);
}

static bool is_whole(postern_text number)
{
    for (size_t i = 0; i < number.size; i++)
        if (number.data[i] == '.' || number.data[i] == 'e' || number.data[i] == 'E') return false;
    return true;
}

static enum map_outcome become(struct map_value *value, int type, postern_text json)
{
    *value = map_json_value(json, type, value->origin);
    return MAP_ONE;
}

static enum map_outcome integer(const struct map_run *run, const struct step *step, struct map_value *value)
{
    (void)step;
    postern_text text;
    if (!read_number(run, value, &text)) return MAP_UNREADABLE;
    if (is_whole(text)) return become(value, POSTERN_JSON_NUMBER, text); /* however long */
    double real;
    if (!number_in(run, text, &real) || real != floor(real) || fabs(real) > 9007199254740992.0)
        return MAP_UNREADABLE;
    struct buffer digits = {.data = map_scratch(run, 48), .capacity = 48, .limit = 48};
    json_write_integer(&digits, (int64_t)real);
    return become(value, POSTERN_JSON_NUMBER, buffer_text(&digits));
}

static enum map_outcome number(const struct map_run *run, const struct step *step, struct map_value *value)
{
    (void)step;
    postern_text text;
    if (!read_number(run, value, &text)) return MAP_UNREADABLE;
    return become(value, POSTERN_JSON_NUMBER, text);
}

static enum map_outcome boolean(const struct map_run *run, const struct step *step, struct map_value *value)
{
    static const struct {
        const char *word;
        bool meaning;
    } words[] = {{"true", true}, {"false", false}, {"yes", true}, {"no", false},
                 {"1", true},    {"0", false},     {"on", true},  {"off", false}};
    (void)step;
    if (value->type == POSTERN_JSON_BOOLEAN) return MAP_ONE;
    postern_text text = value->text;
    trimmed(run, value, &text);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text_is_ignoring_case(text, words[i].word))
            return become(value, POSTERN_JSON_BOOLEAN, words[i].meaning ? TEXT("true") : TEXT("false"));
    return MAP_UNREADABLE;
}

/* ---- Times ---- */

#define LAST_MS 253402300799999 /* the end of the year 9999 */

/* Whole digits; what is larger than any time is none. */
static bool read_epoch(postern_text digits, enum map_time unit, int64_t *ms)
{
    bool negative = digits.size && digits.data[0] == '-';
    int64_t value = 0;
    if (digits.size == negative || digits.size > 18) return false;
    for (size_t i = negative; i < digits.size; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9') return false;
        value = value * 10 + (digits.data[i] - '0');
    }
    if (unit == TIME_SECONDS && __builtin_mul_overflow(value, 1000, &value)) return false;
    *ms = negative ? -value : value;
    return true;
}

static enum map_outcome time_of(const struct map_run *run, const struct step *step, struct map_value *value)
{
    int64_t ms;
    postern_text text = value->text;
    bool is_text = trimmed(run, value, &text);
    if (!is_text && value->type != POSTERN_JSON_NUMBER) return MAP_UNREADABLE;
    if (!(is_text && timestamp_parse(text, &ms, NULL)) && !read_epoch(text, (enum map_time)step->part, &ms))
        return MAP_UNREADABLE;
    if (ms < -LAST_MS || ms > LAST_MS) return MAP_UNREADABLE;
    struct known_time *known = &run->machine->times[is_text];
    if (known->ms != ms || !known->iso[0]) timestamp_iso(known->ms = ms, known->iso);
    char *iso = memcpy(map_scratch(run, TIMESTAMP_SIZE), known->iso, TIMESTAMP_SIZE);
    *value = map_text_value(text_of(iso), TEXT_CLEAN, value->origin);
    return MAP_ONE;
}

static enum map_outcome ip(const struct map_run *run, const struct step *step, struct map_value *value)
{
    (void)step;
    postern_text text;
    if (!trimmed(run, value, &text) || !ip_is_valid(text)) return MAP_UNREADABLE;
    *value = map_text_value(text, TEXT_CLEAN, value->origin);
    return MAP_ONE;
}

map_method *map_convert_method(enum operation operation)
{
    switch (operation) {
    case OPERATION_INTEGER:
        return integer;
    case OPERATION_NUMBER:
        return number;
    case OPERATION_BOOLEAN:
        return boolean;
    case OPERATION_TIME:
        return time_of;
    case OPERATION_IP:
        return ip;
    default:
        return NULL;
    }
}

/* The methods of a map that read numbers, booleans and addresses. */
#include "script/map/values.h"

#include "base/text.h"
#include "parse/ip.h"
#include <math.h>

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
    return map_trimmed_text(run, value, text) && number_in(run, *text, NULL);
}

static bool is_whole(postern_text number)
{
    for (size_t i = 0; i < number.size; i++)
        if (number.data[i] == '.' || number.data[i] == 'e' || number.data[i] == 'E') return false;
    return true;
}

bool map_fits_64_bits(const struct map_run *run, postern_text number)
{
    double real;
    if (number.size <= 18 && is_whole(number)) return true;
    return number_in(run, number, &real) && fabs(real) < 0x1p63;
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
    map_trimmed_text(run, value, &text);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text_is_ignoring_case(text, words[i].word))
            return become(value, POSTERN_JSON_BOOLEAN, words[i].meaning ? TEXT("true") : TEXT("false"));
    return MAP_UNREADABLE;
}

static enum map_outcome ip(const struct map_run *run, const struct step *step, struct map_value *value)
{
    (void)step;
    postern_text text;
    if (!map_trimmed_text(run, value, &text) || !ip_is_valid(text)) return MAP_UNREADABLE;
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
    case OPERATION_IP:
        return ip;
    default:
        return NULL;
    }
}

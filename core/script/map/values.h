/* What all steps do with the values on the stack. */
#ifndef POSTERN_SCRIPT_MAP_VALUES_H
#define POSTERN_SCRIPT_MAP_VALUES_H

#include "base/letter_case.h"
#include "base/text.h"
#include "script/map/run.h"
#include <postern/kit.h>

/* Pushes constants; `origin`: the field that they stand for. */
void map_push_all(const struct map_run *run, const struct map_value *values, size_t count, map_origin origin);
/* What a step could not read stays in the rest, and so does all that came from the same field: forgets the
 * origin of the values from `base` on that have this one, or several, of which it may be one. */
void map_disown(const struct map_run *run, size_t base, map_origin origin);
/* Replaces the lists among the values from `base` on by their elements, and leaves out null and "". */
void map_spread_lists(const struct map_run *run, size_t base);
static inline void map_spread(const struct map_run *run, size_t base)
{
    const struct map_value *values = run->machine->values;
    for (size_t i = base, count = run->machine->count; i < count; i++) {
        if (values[i].type != POSTERN_JSON_ARRAY) continue;
        map_spread_lists(run, base);
        return;
    }
}

/* Applies the step's method to the value `at`, one of those from `base` on; whether it is what the step
 * gives. */
static inline bool map_apply(const struct map_run *run, const struct step *step, size_t base, size_t at)
{
    map_pay_for_text(run, run->machine->values[at].text);
    switch (step->method(run, step, &run->machine->values[at])) {
    case MAP_ONE:
        return true;
    case MAP_PARTLY:
        map_disown(run, base, run->machine->values[at].origin);
        return false;
    case MAP_UNREADABLE:
        map_note_wrong(run, step, &run->machine->values[at]);
        map_disown(run, base, run->machine->values[at].origin);
        return false;
    default:
        return false;
    }
}

/* Removes the values [base, until), keeping those above. */
void map_drop_inputs(const struct map_run *run, size_t base, size_t until);
postern_text map_unescape(const struct map_run *run, postern_text written);
/* The text as it is meant; of anything but a string its JSON. */
static inline postern_text map_plain_text(const struct map_run *run, const struct map_value *value)
{
    bool is_written = value->type == POSTERN_JSON_STRING && value->form == TEXT_WRITTEN;
    return is_written ? map_unescape(run, value->text) : value->text;
}
/* Of a text as it is meant: most need no escape. */
static inline enum text_form map_form_of(postern_text text)
{
    const char *end = text.data + text.size;
    return kit_find_special(text.data, end, true) == end ? TEXT_CLEAN : TEXT_PLAIN;
}
/* False if there may be white space at its ends. */
static inline bool map_is_trimmed(postern_text text)
{
    return text.size && (unsigned char)text.data[0] > ' ' && (unsigned char)text.data[text.size - 1] > ' ';
}
/* As text_trim, which has nothing to do for nearly all values. */
static inline postern_text map_trim(postern_text text)
{
    return map_is_trimmed(text) ? text : text_trim(text);
}
/* Writes the text with the ASCII letters from `first` ('A' or 'a') on in the other case. */
static inline postern_text map_change_case(postern_text text, char first, char *to)
{
    letter_case_write(text, first, to);
    return (postern_text){to, text.size};
}
/* Whether the text is one of the step's constants. */
static inline bool map_is_constant(const struct step *step, postern_text text)
{
    size_t i = 0;
    while (i < step->constants.count && !text_equal(step->constants.values[i].text, text))
        i++;
    return i < step->constants.count;
}
/* The text of a string, trimmed; false for all else. */
static inline bool map_trimmed_text(const struct map_run *run, const struct map_value *value,
                                    postern_text *text)
{
    if (value->type != POSTERN_JSON_STRING) return false;
    *text = map_trim(map_plain_text(run, value));
    return true;
}
/* The text of a number: does it lie in the range of 64 bits? */
bool map_fits_64_bits(const struct map_run *run, postern_text number);
/* A list or object as a node, parsed if need be. */
void map_give_node(const struct map_run *run, struct map_value *value);

/* Pushes the object that was written from `before` on, which is taken out of what is being written. */
void map_push_written(const struct map_run *run, size_t before, map_origin origin);

#endif

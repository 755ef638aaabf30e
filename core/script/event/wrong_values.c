#include "script/event/wrong_values.h"

#include "base/json.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>

#define PLACES 512              /* that are found without their words; a power of two */
#define OTHERS WRONG_VALUES_MAX /* the number of what has no note of its own */
#define SETS   64

struct known_place {
    struct wrong_place place; /* step NULL = free */
    uint16_t note;
};

/* Several notes that events had together. */
struct noted_set {
    uint64_t notes[WRONG_VALUES_MAX / 64 + 1]; /* a bit each */
    uint64_t events;
};

struct wrong_values {
    struct wrong_value notes[WRONG_VALUES_MAX + 1]; /* the last: the others */
    size_t count;
    struct known_place places[PLACES];    /* by hash; whoever comes later takes the place */
    uint16_t noted[WRONG_VALUES_MAX + 1]; /* for the event at hand */
    size_t noted_count;
    bool is_noted[WRONG_VALUES_MAX + 1];
    struct noted_set sets[SETS]; /* for who moves the notes: they may have to share one there */
    size_t set_count;
};

struct wrong_values *wrong_values_new(void)
{
    return calloc(1, sizeof(struct wrong_values));
}

void wrong_values_free(struct wrong_values *values)
{
    free(values);
}

static struct known_place *place_of(struct wrong_values *values, struct wrong_place place)
{
    uint64_t mixed =
        ((uint64_t)(uintptr_t)place.step ^ (uint64_t)place.fields ^ (place.map << 40)) * 0x9e3779b97f4a7c15u;
    return &values->places[(mixed >> 32) % PLACES];
}

/* The beginning of the value, cut between two characters. */
static void quote(struct wrong_value *note, struct wrong_sample sample)
{
    postern_text text = sample.text;
    bool is_cut = text.size > WRONG_VALUE_SHOWN;
    text.size = text_cut(text, WRONG_VALUE_SHOWN);
    struct buffer out = {.data = note->value, .capacity = sizeof note->value, .limit = sizeof note->value};
    if (sample.is_string)
        json_write_string(&out, text);
    else
        buffer_append_text(&out, text);
    if (is_cut) out.size -= sample.is_string; /* the quotation mark at the end */
    buffer_append_string(&out, is_cut ? "…" : "");
    if (is_cut && sample.is_string) buffer_append_byte(&out, '"');
    buffer_append_byte(&out, '\0');
}

static void note_event(struct wrong_values *values, uint16_t number, struct wrong_sample sample)
{
    if (values->is_noted[number]) return;
    values->is_noted[number] = true;
    values->noted[values->noted_count++] = number;
    if (sample.text.data && values->notes[number].events == 0) quote(&values->notes[number], sample);
}

bool wrong_values_note_known(struct wrong_values *values, struct wrong_place place,
                             struct wrong_sample sample)
{
    const struct known_place *known = place_of(values, place);
    if (known->place.step != place.step || known->place.fields != place.fields ||
        known->place.map != place.map)
        return false;
    note_event(values, known->note, sample);
    return true;
}

static uint16_t find_note(struct wrong_values *values, const char *words, const char *map)
{
    for (size_t i = 0; i < values->count; i++)
        if (!strcmp(values->notes[i].words, words) && !strcmp(values->notes[i].map, map)) return (uint16_t)i;
    if (values->count == WRONG_VALUES_MAX) return OTHERS;
    struct wrong_value *made = &values->notes[values->count];
    snprintf(made->words, sizeof made->words, "%s", words);
    snprintf(made->map, sizeof made->map, "%s", map);
    return (uint16_t)values->count++;
}

void wrong_values_note(struct wrong_values *values, struct wrong_place place, const char *words,
                       const char *map, struct wrong_sample sample)
{
    uint16_t number = find_note(values, words, map);
    *place_of(values, place) = (struct known_place){place, number};
    note_event(values, number, sample);
}

void wrong_values_forget_places(struct wrong_values *values)
{
    memset(values->places, 0, sizeof values->places);
}

/* ---- Events ---- */

size_t wrong_values_mark(const struct wrong_values *values)
{
    return values->noted_count;
}

void wrong_values_rewind(struct wrong_values *values, size_t mark)
{
    while (values->noted_count > mark)
        values->is_noted[values->noted[--values->noted_count]] = false;
}

static void count_set(struct wrong_values *values)
{
    struct noted_set set = {.events = 1};
    if (values->noted_count < 2 || values->set_count == SETS) return;
    for (size_t i = 0; i < values->noted_count; i++)
        set.notes[values->noted[i] / 64] |= UINT64_C(1) << values->noted[i] % 64;
    size_t at = 0;
    while (at < values->set_count && memcmp(values->sets[at].notes, set.notes, sizeof set.notes) != 0)
        at++;
    if (at == values->set_count)
        values->sets[values->set_count++] = set;
    else
        values->sets[at].events++;
}

void wrong_values_end_event(struct wrong_values *values, const struct script_event *event)
{
    for (size_t i = 0; i < values->noted_count; i++) {
        struct wrong_value *note = &values->notes[values->noted[i]];
        if (note->events++ > 0) continue;
        note->file = event->file;
        note->line = event->line;
    }
    count_set(values);
    wrong_values_rewind(values, 0);
}

/* Events that had several of the notes that are not `own` count once among the others. */
static uint64_t counted_again(const struct wrong_values *values, const bool own[WRONG_VALUES_MAX + 1])
{
    uint64_t again = 0;
    for (size_t i = 0; i < values->set_count; i++) {
        const struct noted_set *set = &values->sets[i];
        uint64_t others = 0;
        for (size_t number = 0; number <= WRONG_VALUES_MAX; number++)
            others += !own[number] && set->notes[number / 64] >> number % 64 & 1;
        if (others > 1) again += (others - 1) * set->events;
    }
    return again;
}

void wrong_values_move(struct wrong_values *from, struct wrong_values *into)
{
    bool own[WRONG_VALUES_MAX + 1] = {false};
    if (from->count == 0) return;
    for (size_t i = 0; i < from->count; i++) {
        const struct wrong_value *note = &from->notes[i];
        uint16_t number = find_note(into, note->words, note->map);
        struct wrong_value *sum = &into->notes[number];
        uint64_t before = sum->events;
        own[i] = number != OTHERS;
        if (before == 0 && note->events > 0) *sum = *note;
        sum->events = before + note->events;
    }
    into->notes[OTHERS].events += from->notes[OTHERS].events - counted_again(from, own);
    memset(from->notes, 0, from->count * sizeof *from->notes);
    from->notes[OTHERS].events = 0;
    from->count = from->set_count = 0;
    wrong_values_forget_places(from);
}

bool wrong_values_are_crowded(const struct wrong_values *values)
{
    return values && (values->count > WRONG_VALUES_MAX / 2 || values->set_count == SETS);
}

size_t wrong_values_count(const struct wrong_values *values)
{
    return values->count;
}

const struct wrong_value *wrong_values_at(const struct wrong_values *values, size_t index)
{
    return &values->notes[index];
}

uint64_t wrong_values_others(const struct wrong_values *values)
{
    return values->notes[OTHERS].events;
}

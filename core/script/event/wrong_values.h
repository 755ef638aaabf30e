/* Which values the maps of a runner could not read: one note for each entry, field and method, with a count
 * of events; and what its scripts noted with ctx.note. Bounded: what comes when all notes are taken is
 * counted together. */
#ifndef POSTERN_SCRIPT_EVENT_WRONG_VALUES_H
#define POSTERN_SCRIPT_EVENT_WRONG_VALUES_H

#include "script/event/script_event.h"
#include <stddef.h>
#include <stdint.h>

#define WRONG_VALUES_MAX    128 /* notes */
#define WRONG_VALUE_SHOWN   60  /* bytes of a value that are quoted */
#define WRONG_VALUE_WORDING 400 /* bytes of a note's words */

struct wrong_value {
    char words[WRONG_VALUE_WORDING]; /* "source.ip: field \"IP\" is no IP address (ip)" */
    char map[120];                   /* where the map stands: "ecs.lua:12"; "" = a script's note */
    uint64_t events;                 /* that had such a value */
    /* Of the first, if its event was given in a file: whoever gave it may see what stands there. */
    const char *file; /* NULL = not from a file */
    size_t line;
    char value[WRONG_VALUE_SHOWN * 6 + 8]; /* as JSON, shortened */
};

struct wrong_values;

/* NULL if out of memory. */
struct wrong_values *wrong_values_new(void);
void wrong_values_free(struct wrong_values *values); /* NULL is fine */

/* A place in a map whose value was wrong, as a key that is cheap to find again. */
struct wrong_place {
    uint64_t map; /* a number that no other map of the Lua state has */
    const void *step;
    uintptr_t fields; /* which of those that are tried in turn the step read; 0 = there is no choice */
};
/* What stood there, for a quotation. */
struct wrong_sample {
    postern_text text; /* of a string: as it is meant; else the JSON text; data NULL: it is not to be kept */
    bool is_string;
};
/* True if the place is known: then it is noted for this event, and nothing else need be done. */
bool wrong_values_note_known(struct wrong_values *values, struct wrong_place place,
                             struct wrong_sample sample);
/* The same for a place that is new; notes with the same words and map are one. */
void wrong_values_note(struct wrong_values *values, struct wrong_place place, const char *words,
                       const char *map, struct wrong_sample sample);
/* The Lua state is another one: its places mean nothing any more. */
void wrong_values_forget_places(struct wrong_values *values);

/* What was noted for the event at hand so far, and going back to that. */
size_t wrong_values_mark(const struct wrong_values *values);
void wrong_values_rewind(struct wrong_values *values, size_t mark);
/* The event at hand is over: its notes count. */
void wrong_values_end_event(struct wrong_values *values, const struct script_event *event);

/* Adds the counts of `from`, whose events came after those of `into`; `from` is empty then. As if one table
 * had counted all, if whoever fills `from` moves it after each event with which it is crowded; but for events
 * with more than WRONG_VALUES_MAX / 2 notes. */
void wrong_values_move(struct wrong_values *from, struct wrong_values *into);
/* NULL is not. */
bool wrong_values_are_crowded(const struct wrong_values *values);

/* The notes in the order of their first events. */
size_t wrong_values_count(const struct wrong_values *values);
const struct wrong_value *wrong_values_at(const struct wrong_values *values, size_t index);
/* Events with wrong values for which there was no note left. */
uint64_t wrong_values_others(const struct wrong_values *values);

#endif

/* Steps that are made for the events of one shape: copies of the map's own. */
#ifndef POSTERN_SCRIPT_MAP_PROGRAM_SPECIAL_H
#define POSTERN_SCRIPT_MAP_PROGRAM_SPECIAL_H

#include "script/map/program/shape.h"

/* What a step is known to give. */
enum {
    GIVES_ONE = 1,      /* at most one value, and that is no list */
    GIVES_TEXT = 2,     /* texts only */
    GIVES_SURELY = 4,   /* a value, whatever the event holds; and nothing is noted on the way */
    GIVES_FIELD = 8,    /* the member itself, as it stands in the event */
    GIVES_QUIETLY = 16, /* nothing is noted on the way: where nothing comes of it, it need not be asked */
};

/* What does not lie in the event, but is the same for all that a module calls by one name. */
struct shape_names {
    bool has_source, has_type; /* a step asks for it: other events have another program */
    postern_text source, type;
};

struct known_step;
struct specialiser {
    const struct map *map;
    postern_arena *arena;
    const uint8_t *kinds;      /* enum member_kind by slot */
    uint64_t present;          /* as in map_run */
    struct special_step *made; /* the last one */
    struct known_step **known; /* what became of the map's steps, by their address */
    size_t known_size;         /* a power of two */
    uint32_t memo_count, register_count;
    struct shape_names *names;
    unsigned bodies; /* of eaches that the step at hand lies in */
    bool failed;     /* the arena is full: what was made is of no use */
};

/* A condition is answered, or a step that is asked. */
struct special_condition {
    bool is_known, holds;
    const struct step *step; /* if it is not known */
};

/* Of a shape whose members have these kinds, for each of the map's fields. */
void special_begin(struct specialiser *specialiser, const struct map *map, const uint8_t *kinds,
                   struct shape_names *names, postern_arena *arena);
/* When all are made: those that are asked for several times keep what they gave. */
void special_end(struct specialiser *specialiser);

/* What became of a step that stood in another place before, as one that gives values (only .step counts,
 * NULL: it gives nothing) or as a condition; false if it did not. */
bool special_known(const struct specialiser *specialiser, const struct step *step, bool as_condition,
                   struct special_condition *made);
void special_remember(struct specialiser *specialiser, const struct step *step, bool as_condition,
                      struct special_condition made);
/* One place more asks for the step. */
void special_use(struct specialiser *specialiser, const struct step *step);

/* A copy of the step with these inputs. NULL if the arena is full. */
struct special_step *special_copy(struct specialiser *specialiser, const struct step *step,
                                  const struct step **inputs, size_t count);
/* The step is complete: it gives one value at the most (GIVES_ONE) only if it has a reader. */
const struct step *special_finish(struct specialiser *specialiser, struct special_step *made, unsigned gives);
/* Room for the inputs of a step; NULL if the arena is full. */
const struct step **special_inputs(struct specialiser *specialiser, size_t count);
/* A step that always gives these values, which live as long as the program. */
const struct step *special_constant(struct specialiser *specialiser, const struct step *source,
                                    const struct map_value *values, size_t count);
/* In place of an input that gives nothing, where its place matters. */
const struct step *special_nothing(void);

/* Puts a child behind `last` of the object, or first if that is NULL; returns it. */
static inline struct map_target *special_append(struct map_target *object, struct map_target *last,
                                                struct map_target *child)
{
    *(last ? &last->next : &object->first_child) = child;
    return child;
}

/* The GIVES_... of a step of the program. */
unsigned special_gives(const struct step *step);
/* The one text that a step always gives; false if it may give something else. */
bool special_constant_text(const struct step *step, postern_text *text);
/* The same of any scalar, by its text. */
bool special_constant_scalar(const struct step *step, postern_text *text);

#endif

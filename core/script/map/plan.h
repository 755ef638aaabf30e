/* A compiled map: what postern.map makes of the expressions, and evaluate.c and write.c run.
 * Immutable; all of it lies in memory of the Lua state, held by the map's user value. */
#ifndef POSTERN_SCRIPT_MAP_PLAN_H
#define POSTERN_SCRIPT_MAP_PLAN_H

#include "base/container.h"
#include "script/event/label_table.h"
#include "script/map/expression.h"
#include "script/map/names.h"
#include "script/map/parts.h"
#include "script/map/value.h"

/* One step of a path: to a member of an object, or to an element of a list. */
struct path_name {
    postern_text text;
    int32_t index; /* from 1 on, or from -1 on from the end; 0 = a member */
};

/* A path in an event: "a.b[1].c" is the root member in `slot`, and what stands behind it. */
struct field_path {
    uint32_t slot; /* in map.fields; unused in paths that begin at an item */
    uint32_t count;
    uint64_t bit;                  /* of the root member in map_run.present */
    const struct path_name *names; /* behind the root member */
};

struct enum_entry {
    postern_text text;
    const struct map_value *values;
    size_t count;
};

struct map_run;
struct step;
struct field_members;
/* Pushes what the step gives. */
typedef void map_evaluator(const struct map_run *run, const struct step *step);
enum map_outcome {
    MAP_ONE,        /* the value has become what the method makes of it */
    MAP_NONE,       /* it makes nothing of it */
    MAP_SEVERAL,    /* it has pushed what it makes of it */
    MAP_PARTLY,     /* the same, and its field held more than these */
    MAP_UNREADABLE, /* it cannot read it, or not all; it may have pushed what it could */
};
/* A method that works on one value. A method that pushes must not use `value` after that. */
typedef enum map_outcome map_method(const struct map_run *run, const struct step *step,
                                    struct map_value *value);

/* The parameters of REPLACE, BEFORE, AFTER, SPLIT, CONTAINS ... */
struct step_texts {
    postern_text first, second;
    bool splits_characters; /* the first is not whole in UTF-8: what it divides may not be either */
};

/* How TIME reads, and FORMAT writes. */
struct step_time {
    enum map_time form;
    postern_text pattern; /* of TIME_PATTERN */
};

static inline int map_compare_texts(postern_text a, postern_text b)
{
    if (a.size != b.size) return a.size < b.size ? -1 : 1;
    if (a.size == 0) return 0;
    unsigned char first = (unsigned char)*a.data, other = (unsigned char)*b.data;
    return first != other ? first - other : memcmp(a.data, b.data, a.size); /* most need no call */
}

/* LABELS */
struct step_labels {
    struct label_table table;
    uint32_t memo; /* where the pieces of the event's text are kept, + 1; 0 = they are not */
};

/* Sorted by map_compare_texts. */
struct enum_table {
    const struct enum_entry *entries;
    size_t count;
    const struct map_value *fallback;
    size_t fallback_count;
    bool has_fallback;
};

/* Small, because a map's steps are walked for every event that has no program. */
struct step {
    map_evaluator *evaluate;
    map_method *method; /* what evaluate applies, for methods */
    /* The fields, by slot modulo 64, of which at least one must be there, or the step gives nothing; 0 =
     * unknown. */
    uint64_t needs;
    uint8_t operation; /* enum operation */
    bool is_list;      /* written as a list even if it gives one value */
    bool is_special;   /* it lies in a special_step */
    uint16_t count;    /* of inputs */
    uint32_t memo; /* of a step that stands in several places: where its values are kept, + 1; 0 = it is not
                      kept */
    const struct step *input; /* the first */
    const struct step *const *inputs;
    union {
        struct { /* CONST, and the constants of EQUALS, ONE_OF, EXCEPT */
            const struct map_value *values;
            size_t count;
        } constants;
        struct { /* FIELD, ITEM */
            const struct field_path *paths;
            size_t count;
        } field;
        const struct map_rest *rest; /* REST */
        const struct step_texts *texts;
        const struct step_time *time;
        const struct enum_table *table;
        const struct step_labels *labels;
        const struct step_lookup *lookup; /* lookup.c */
        const struct map_target *object;  /* OBJECT */
        size_t given;                     /* GIVEN: which */
        size_t body;                      /* EACH: the steps that each item goes through */
        int part; /* META, EMAIL, URL, HASH, FIT, FIND: which part, type; PIECE: its number */
        const struct field_members *members; /* MEMBERS */
        double number;                       /* ABOVE, BELOW */
        int function;                        /* CALL: place in the map's user value */
        struct {                             /* SUB: characters, counted from 1, or from -1 on from the end */
            int32_t first, last;
        } range;
    };
};

struct special_step;
/* The value that the step gives, or NULL. It stays where it is until the event is done, but for one that lies
 * in an each. */
typedef const struct map_value *map_reader(const struct map_run *run, const struct special_step *step);

/* A step that was made of one of the map's own for events of one shape (program/). */
struct special_step {
    struct step step;
    const struct step *source; /* the map's own: what notes about wrong values name */
    map_evaluator *direct;     /* what it does where it is asked for the first time */
    map_reader *read;          /* of one that gives one value at the most, and no list; else NULL */
    map_reader *read_direct;   /* as `direct` */
    uint32_t place;            /* of its value in map_run.registers */
    uint32_t uses;             /* places that ask for it */
    uint8_t gives;             /* GIVES_... */
    bool is_of_member;         /* its input is a member of the event: it reads that itself */
    bool in_body;              /* of an each, which asks for it with each item */
    bool is_shared;            /* the map's step that it stands for keeps its values */
    struct special_step *next; /* of all that were made */
};

static inline struct special_step *special_step_of(const struct step *step)
{
    return CONTAINER_OF((uintptr_t)step, struct special_step, step);
}

/* The one that the script wrote. */
static inline const struct step *map_own_step(const struct step *step)
{
    return step->is_special ? special_step_of(step)->source : step;
}

struct field_slots {
    const uint32_t *slots;
    size_t count;
};

/* What a rest() is told. */
struct map_rest {
    struct field_slots without;           /* it leaves them out */
    struct field_slots numbers, booleans; /* each of them is one, or a text under another name */
    const postern_text
        *objects; /* the fields that are objects, all others being none; NULL = all stay as they are */
    size_t object_count;
    uint64_t object_sizes; /* a bit for each size of their names, modulo 64: most others are told by that */
};

/* A node of the output document. */
struct map_target {
    uint64_t needs; /* as of a step: of the leaf's, or of all below */
    const struct map_target *next;
    const struct map_target *source; /* that it was made of for a shape; else NULL */
    const struct step *step;         /* of a leaf; an OPERATION_REST is spliced into the object above */
    postern_text label;              /* "name": ready to be written */
    const struct map_target *first_child;
    postern_text ready; /* of constants: all that is written, label and comma included */
    postern_text name;  /* data NULL for the root and the rest */
    bool is_list;       /* written as a list even if there is one value */
    bool is_single;     /* holds one value */
    uint32_t number;    /* 0 ... map.target_count - 1 */
    uint32_t slot;      /* beside a rest: of the field with the same name */
};

/* Events of one kind have the same members at the same places: what the last event had there. Only for names
 * of up to 16 bytes, which their ends tell in full. */
struct seen_member {
    struct map_name_ends ends;
    uint32_t size; /* 0 = nothing yet */
    uint32_t slot;
};
#define SEEN_MEMBERS 64

/* What the last events had there, and whether all those names are known to differ. */
struct seen_members {
    struct seen_member at[SEEN_MEMBERS];
    size_t count; /* of the event whose names are known to differ; 0 = of none */
};

/* In which entry a step stands that may meet wrong values: the first, if there are several. */
struct map_site {
    const struct step *step;
    const char *target; /* "source.ip" */
};

struct map {
    const struct map_target *root;
    const struct map_names *fields; /* the root members that are read, by slot */
    const struct map_names *given;  /* what callers may add */
    struct seen_members *seen;      /* this and the programs are all that changes here */
    struct programs *programs;
    size_t target_count, memo_count;
    size_t step_count; /* what a run pays */
    const struct map_site *sites;
    size_t site_count;
    const char *place; /* where the script calls postern.map: "ecs.lua:12" */
    uint64_t number;   /* in its Lua state */
    bool has_rest;
};

#endif

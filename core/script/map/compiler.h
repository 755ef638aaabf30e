/* What the parts of the compiler of maps share: its state, memory, names and errors. */
#ifndef POSTERN_SCRIPT_MAP_COMPILER_H
#define POSTERN_SCRIPT_MAP_COMPILER_H

#include "script/event/bridge.h"
#include "script/map/plan.h"

/* Names that are being gathered; each gets the number of its place. */
struct name_list {
    postern_text *names;
    uint64_t *bits; /* of those that steps read, in map_run.present */
    size_t count, capacity, bits_given;
};

struct compiler {
    lua_State *L;
    struct bridge *bridge;
    int held; /* stack index: the map's user value, which holds memory and functions */
    int held_count;
    char *chunk;
    size_t chunk_left;
    int known; /* stack index: expressions that were compiled before, with their steps */
    struct name_list fields, given;
    bool ignore_case;
    uint32_t target_count, memo_count, step_count;
    int depth;           /* of the expression at hand in others */
    size_t item_count;   /* of item() so far: a step with one in it gives other values each time */
    const char *place;   /* "entry 3 (\"event.kind\"): ", for errors */
    const char *target;  /* "event.kind"; of an entry in an object: "email.attachments.file.name" */
    int schema;          /* stack index: types by targets; 0 = there is none */
    const char *object;  /* where in the schema the entries at hand lie, "" = at its root; NULL = nowhere */
    size_t object_count; /* of objects so far: one that stands in two places has other types in each */
    struct map_site *sites;
    size_t site_count, site_capacity;
};

_Noreturn void compile_error(struct compiler *compiler, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Zeroed memory that lives as long as the map. */
void *compile_allocate(struct compiler *compiler, size_t bytes);
/* The same for `count` elements of `element` bytes; `count` may be anything that a script says. */
void *compile_array(struct compiler *compiler, size_t count, size_t element);
postern_text compile_copy(struct compiler *compiler, postern_text text);
/* The text at `index`, copied. */
postern_text compile_text(struct compiler *compiler, int index);
/* Keeps the Lua value at `index` alive; returns its place in the map's user value. */
int compile_hold(struct compiler *compiler, int index);
/* The number of a name, added if it is new. */
uint32_t compile_name(struct compiler *compiler, struct name_list *list, postern_text name);
/* The bit of a field in map_run.present: its own, else `shared` if that is not 0, else a new one. What one
 * step reads under several names shares a bit, so that the 64 there are suffice and a step is passed over
 * where none of its names is there. */
uint64_t compile_bit(struct compiler *compiler, uint32_t slot, uint64_t shared);
const struct map_names *compile_names(struct compiler *compiler, const struct name_list *list,
                                      bool ignore_case);

/* The step stands in the entry at hand. */
void compile_site(struct compiler *compiler, const struct step *step);

#endif

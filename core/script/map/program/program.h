/* A map as a straight line: what it does with the events of one shape, one operation behind the other. What
 * it makes of an event is, to the byte, what the general machine (evaluate.c, write.c) makes of it. */
#ifndef POSTERN_SCRIPT_MAP_PROGRAM_PROGRAM_H
#define POSTERN_SCRIPT_MAP_PROGRAM_PROGRAM_H

#include "script/map/program/shape.h"
#include "script/map/program/special.h"
#include "script/map/run.h"

enum program_code {
    PROGRAM_TEXT,    /* writes `text` */
    PROGRAM_MEMBER,  /* writes `text`, and the member of the event as it stands there */
    PROGRAM_TRIMMED, /* the same, if there is no white space at its ends */
    PROGRAM_ONE,     /* writes the value that the step of `target` gives, if it gives one */
    PROGRAM_LEAF,    /* writes what the step of `target` gives */
    PROGRAM_OPEN,    /* begins an object that may stay empty */
    PROGRAM_CLOSE,   /* ends it */
    PROGRAM_END,     /* ends an object that is not empty */
    PROGRAM_REST,
};

struct program_op {
    uint8_t code;
    bool is_noted;     /* that the target was written is asked for by the rest */
    uint32_t number;   /* of the target */
    uint32_t slot;     /* of the member */
    postern_text text; /* label and comma included */
    const struct map_target *target;
    const struct program_rest *rest;
};

/* A member that the rest may hold. */
struct rest_member {
    uint32_t number; /* in the event */
    bool is_plain;   /* it is written as it stands, unless it was taken */
    bool follows;    /* the one in front of it in the event may be in the rest as well */
};

/* A target beside the rest, of whose name the event has a member, which may come under it as well. */
struct rest_beside {
    uint32_t target, member; /* their numbers */
};

struct program_rest {
    struct map_rest told; /* what of it concerns the shape */
    const struct rest_beside *beside;
    size_t beside_count;
    const struct rest_member *members;
    size_t count;
};

struct map_program {
    struct map_shape shape;
    struct shape_names names;
    const struct program_op *ops;
    size_t count;
    uint32_t memo_count, register_count;
    postern_arena *arena; /* all of it lies there */
};

/* For events of the shape of this one, whose fields are in run->slots and whose shape_hash is `hash`, not 0.
 * NULL if none can be made: too large a program, two members of one name. */
struct map_program *program_new(const struct map_run *run, uint64_t hash);
void program_free(struct map_program *program);
/* Whether the program is one for the event: run->members and run->slots then say where its members are. */
bool program_fits(struct map_program *program, struct map_run *run);
/* The same, quickly, of an event with that outline; false also if the program did not have one of it last. */
bool program_fits_outline(const struct map_program *program, struct map_run *run, uint64_t outline);

/* Writes the document, which is not empty unless this returns false. */
bool program_run(const struct map_program *program, struct map_run *run);
/* (program/rest.c) */
void program_write_rest(const struct program_rest *rest, const struct map_run *run);

#endif

/* A map's schema: which targets it may have, and of which types their values are. Enforced where a target is
 * written: its step gets one more that checks, unless it gives nothing else anyway. */
#ifndef POSTERN_SCRIPT_MAP_SCHEMA_H
#define POSTERN_SCRIPT_MAP_SCHEMA_H

#include "script/map/compiler.h"
#include "script/map/types.h"

struct schema_field {
    enum field_type type;
    bool is_list;
    const struct field_members *members; /* of an object; NULL = any */
};

/* Takes the schema at `index`: a table of targets and types, or a list of such tables, of which the first
 * that knows a target counts. Raises an error for a type that there is not. */
void schema_read(struct compiler *compiler, int index);
/* What it says of a target in the object at hand (compiler->object); NULL if it has no say there. Raises an
 * error for a target that it does not know. */
const struct schema_field *schema_find(struct compiler *compiler, postern_text path);
/* Where the objects in the target's expression lie, for compiler->object; NULL = in nothing that it knows. */
const char *schema_object(struct compiler *compiler, const struct schema_field *field, postern_text path);
/* Binds a target whose step is known to its field, which may be NULL. */
void schema_apply(struct compiler *compiler, const struct schema_field *field, struct map_target *target);
/* The same for a target that is a rest(). */
void schema_check_rest(struct compiler *compiler, const struct schema_field *field);

/* The members that the schema knows of an object; NULL if none (object_schema.c). */
const struct field_members *schema_members(struct compiler *compiler, const char *object);
/* Whether all that the step gives fits the field, in every event. Raises an error for a constant that does
 * not (fit.c). */
bool compile_fits(struct compiler *compiler, const struct step *step, const struct schema_field *field);

#endif

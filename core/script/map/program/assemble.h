/* What a program is put together of. */
#ifndef POSTERN_SCRIPT_MAP_PROGRAM_ASSEMBLE_H
#define POSTERN_SCRIPT_MAP_PROGRAM_ASSEMBLE_H

#include "script/map/program/program.h"
#include "script/map/program/specialise.h"

/* The operations of a program whose shape and arena are set; false if the arena is full. `kinds`: of the
 * map's fields, by slot. */
bool assemble(struct map_program *program, const struct map *map, const uint8_t *kinds);
/* The rest of the object for the shape; NULL if the arena is full (assemble_rest.c). */
const struct program_rest *assemble_rest(struct specialiser *specialiser, const struct map_shape *shape,
                                         const struct map_target *object, const struct map_rest *rest);

#endif

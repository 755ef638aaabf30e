/* The programs of one map: a few, for the shapes of event that come again and again. Everything else goes
 * through the general machine. */
#ifndef POSTERN_SCRIPT_MAP_PROGRAM_PROGRAMS_H
#define POSTERN_SCRIPT_MAP_PROGRAM_PROGRAMS_H

#include "script/map/program/program.h"

struct programs;

/* NULL if out of memory: the map then does without. */
struct programs *programs_new(void);
void programs_free(struct programs *programs);
/* The program for the event, whose places are then in the run; NULL if there is none. */
const struct map_program *programs_find(struct programs *programs, struct map_run *run);
/* programs_find found none for the event, whose fields are in run->slots now. If events like it have come
 * before, one is made, which is returned for this event already. */
const struct map_program *programs_learn(struct programs *programs, struct map_run *run);

#endif

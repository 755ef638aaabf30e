/* Steps that give one value at the most: it lies in a register of the step, and nothing is pushed. */
#ifndef POSTERN_SCRIPT_MAP_PROGRAM_READ_H
#define POSTERN_SCRIPT_MAP_PROGRAM_READ_H

#include "script/map/run.h"

/* The reader of a special step with this operation, whose inputs have readers; NULL if there is none. */
map_reader *program_reader_of(const struct step *step);
/* Whether the step gives a member of the event as it stands there. */
bool program_reads_member(const struct step *step);
/* A step that several places ask for. */
map_reader program_read_once;
/* Pushes what the step's reader gives. */
map_evaluator program_push_read;

#endif

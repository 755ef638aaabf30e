/* Steps of a program that push their values: those that may give several, or a list. */
#ifndef POSTERN_SCRIPT_MAP_PROGRAM_EVALUATE_H
#define POSTERN_SCRIPT_MAP_PROGRAM_EVALUATE_H

#include "script/map/run.h"

/* A FIELD with one name, whose member is there. */
map_evaluator program_evaluate_member;
/* A step that several places ask for: its values are worked out once. */
map_evaluator program_evaluate_once;

#endif

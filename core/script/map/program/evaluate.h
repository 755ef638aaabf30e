/* Steps that were made for a shape: they ask nothing that the shape tells. */
#ifndef POSTERN_SCRIPT_MAP_PROGRAM_EVALUATE_H
#define POSTERN_SCRIPT_MAP_PROGRAM_EVALUATE_H

#include "script/map/run.h"

/* A FIELD with one name, whose member is there. */
map_evaluator program_evaluate_member;
/* A method whose input gives one value at the most, and no list. */
map_evaluator program_evaluate_method;
/* EXCEPT, whose input gives one value at the most, and no list. */
map_evaluator program_evaluate_except;
/* TIME of the moment when the event was received, or happened. */
map_evaluator program_evaluate_moment;
/* A step that several places ask for: its values are worked out once. */
map_evaluator program_evaluate_once;

#endif

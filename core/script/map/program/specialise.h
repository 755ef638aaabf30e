/* The steps of a map for events of one shape: what such an event never has is left out, what it surely has is
 * read without a question, and choices that the shape decides are made. What such steps give, count and note
 * is what the map's own give. */
#ifndef POSTERN_SCRIPT_MAP_PROGRAM_SPECIALISE_H
#define POSTERN_SCRIPT_MAP_PROGRAM_SPECIALISE_H

#include "script/map/program/special.h"

/* NULL if the step gives nothing in any event of the shape. */
const struct step *specialise(struct specialiser *specialiser, const struct step *step);
/* (specialise_condition.c) */
struct special_condition specialise_condition(struct specialiser *specialiser, const struct step *condition);
/* A target with a value; NULL if it never has one (specialise_target.c). */
struct map_target *specialise_leaf(struct specialiser *specialiser, const struct map_target *target);
/* The target with those of its children that may be written; NULL if none is left (specialise_target.c). */
struct map_target *specialise_object(struct specialiser *specialiser, const struct map_target *target);

#endif

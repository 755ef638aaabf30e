/* What methods and conditions make of a text that is known before any event comes. */
#ifndef POSTERN_SCRIPT_MAP_PROGRAM_FOLD_H
#define POSTERN_SCRIPT_MAP_PROGRAM_FOLD_H

#include "script/map/program/special.h"

/* What the step gives where its input always gives this text. True if it is known then; *made is NULL if it
 * gives nothing. */
bool fold_method(struct specialiser *specialiser, const struct step *step, postern_text text,
                 const struct step **made);
/* The same for a condition that compares with constants. */
bool fold_condition(const struct step *condition, postern_text text, bool *holds);

#endif

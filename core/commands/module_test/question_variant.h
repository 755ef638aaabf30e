/* A question of the same kind as another: so that of two calls not the same comes. */
#ifndef POSTERN_COMMANDS_MODULE_TEST_QUESTION_VARIANT_H
#define POSTERN_COMMANDS_MODULE_TEST_QUESTION_VARIANT_H

#include "collect/source_trial.h"

/* The `number`-th variant, 0 being the question itself: of another range and another position, with an answer
 * in which `token`, the position that came of the first one, is another (NULL = there is none). New texts lie
 * in the arena. False: no memory. */
bool question_variant(postern_arena *arena, const struct source_question *of, const char *token,
                      unsigned number, struct source_question *variant);

#endif

/* What could not be read as events is kept with its bytes and the reason. Any thread, one at a time for each
 * answer. */
#ifndef POSTERN_COLLECT_ANSWER_SET_ASIDE_H
#define POSTERN_COLLECT_ANSWER_SET_ASIDE_H

#include "collect/answer/answer.h"

/* Keeps what could not be read among the answer's dead letters. Their event_id is made of the bytes, so that
 * they are recognised when they are read again. */
postern_status answer_set_aside(struct answer *answer, postern_text name, postern_text bytes,
                                postern_text type, const char *reason);
void dead_letter_free(struct dead_letter *letter);

#endif

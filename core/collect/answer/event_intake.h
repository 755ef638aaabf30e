/* Takes the events of one answer: checks, identifies, drops what is known, packs the rest. In chunks, so that
 * memory stays small however large the answer is. One thread. */
#ifndef POSTERN_COLLECT_ANSWER_EVENT_INTAKE_H
#define POSTERN_COLLECT_ANSWER_EVENT_INTAKE_H

#include "collect/answer/answer.h"

struct event_intake;

/* Counts, dead letters and pages go into `answer`, errors into answer->error. */
struct event_intake *event_intake_new(struct answer *answer);
/* Copies. What is no JSON object or too large is set aside, which is no failure. */
postern_status event_intake_add(struct event_intake *intake, const postern_event *event);
/* Takes those in that were held: see trail.h. What was taken before is committed first, so that none comes
 * twice. */
postern_status event_intake_release(struct event_intake *intake);
/* The rest; afterwards all new events are in answer->pages, or were committed in steps. */
postern_status event_intake_finish(struct event_intake *intake);
void event_intake_free(struct event_intake *intake);
void event_intake_freep(struct event_intake **intake);

#endif

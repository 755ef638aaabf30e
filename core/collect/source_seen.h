/* Stands between the core and a source on trial, and writes down what the source hands over. */
#ifndef POSTERN_COLLECT_SOURCE_SEEN_H
#define POSTERN_COLLECT_SOURCE_SEEN_H

#include "collect/source_trial.h"

/* In place of the source's instance. */
struct seen_source {
    const struct source_trial *trial;
    struct source_outcome *outcome;
};

/* As the functions of a source, with a seen_source as `self`. */
postern_status source_see_response(const void *self, const postern_call *call, const postern_stream *stream,
                                   const postern_pass *pass, postern_text position,
                                   const postern_response *response, postern_answer *answer,
                                   postern_error *error);
postern_status source_see_set_aside_again(const void *self, const postern_call *call,
                                          const postern_stream *stream, const postern_set_aside *what,
                                          postern_answer *answer, postern_error *error);
/* Tells the watch. False: it does not want it looked at. */
bool source_hand_over(const struct source_trial *trial, const struct source_handing *handing);
/* A member of the object that the buffer ends in. */
void source_seen_member(struct buffer *into, const char *name, postern_text value);

#endif

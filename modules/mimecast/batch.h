/* The batch endpoints of API 2.0: pages that list the files of one log, and the place behind them. */
#ifndef MIMECAST_BATCH_H
#define MIMECAST_BATCH_H

#include "reading.h"

/* One log of an endpoint: the `data` of its stream. */
struct batch_log {
    const char *path; /* of the endpoint */
    const char *wire; /* the log's name there */
    const char *type; /* and here */
    const char *(*type_of)(
        postern_text wire); /* of any log of the endpoint; NULL = it is none that we know */
    bool is_optional;       /* many accounts lack the product */
};

/* The functions of a source all of whose streams are such logs. */
postern_status batch_next(const void *self, const postern_call *call, const postern_stream *stream,
                          const postern_pass *pass, postern_text position, postern_request *request,
                          postern_error *error);
postern_status batch_on_response(const void *self, const postern_call *call, const postern_stream *stream,
                                 const postern_pass *pass, postern_text position,
                                 const postern_response *response, postern_answer *answer,
                                 postern_error *error);
postern_status batch_on_set_aside(const void *self, const postern_call *call, const postern_stream *stream,
                                  const postern_set_aside *what, postern_answer *answer,
                                  postern_error *error);

#endif

/* The endpoint get-siem-logs of API 1.0: each answer brings files of all logs. */
#ifndef MIMECAST_GET_SIEM_LOGS_H
#define MIMECAST_GET_SIEM_LOGS_H

#include <postern/module.h>

/* The functions of a source with one stream of it. */
postern_status get_siem_logs_next(const void *self, const postern_call *call, const postern_stream *stream,
                                  const postern_pass *pass, postern_text position, postern_request *request,
                                  postern_error *error);
postern_status get_siem_logs_on_response(const void *self, const postern_call *call,
                                         const postern_stream *stream, const postern_pass *pass,
                                         postern_text position, const postern_response *response,
                                         postern_answer *answer, postern_error *error);
postern_status get_siem_logs_on_set_aside(const void *self, const postern_call *call,
                                          const postern_stream *stream, const postern_set_aside *what,
                                          postern_answer *answer, postern_error *error);

#endif

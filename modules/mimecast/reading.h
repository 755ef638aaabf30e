/* What all sources of this module share: the instance, and one answer while it is read. */
#ifndef MIMECAST_READING_H
#define MIMECAST_READING_H

#include "text.h"

/* A configured source. */
struct instance {
    const postern_host *host;
    const postern_log *log;
    const postern_json *json;
    const postern_unpack *unpack;
    bool key_value, compress; /* siem */
    int64_t page_size;        /* the others */
};

/* Finds the services; the caller reads its options. */
postern_status instance_new(const postern_host *host, struct instance **instance, postern_error *error);
void instance_free(void *instance);

/* One answer while it is read. */
struct reading {
    const struct instance *instance;
    const postern_call *call;
    const postern_stream *stream;
    postern_text position; /* that the request was made from */
    const postern_response *response;
    postern_answer *answer;
    postern_error *error;
};

/* All that on_response was called with but the pass, which no answer depends on. */
struct reading reading_of(const void *self, const postern_call *call, const postern_stream *stream,
                          postern_text position, const postern_response *response, postern_answer *answer,
                          postern_error *error);

/* Something in the answer cannot be read. The first tries end here, with POSTERN_E_PROTOCOL: perhaps the
 * damage happened on the way and the next answer is whole. After that the bytes are set aside, so that the
 * stream goes on. */
postern_status damaged(const struct reading *reading, postern_text name, postern_text bytes,
                       const char *reason);
/* As damaged, for what no further try can mend. */
postern_status set_aside(const struct reading *reading, postern_text name, postern_text bytes,
                         const char *reason);
/* True while asking again is the better answer to damage. */
bool may_ask_again(const struct reading *reading);

postern_status emit(const struct reading *reading, const char *type, int64_t time_ms, postern_text json);

#endif

/* What all sources of this module share: the instance, and one answer while it is read. */
#ifndef MIMECAST_READING_H
#define MIMECAST_READING_H

#include "records.h"
#include "text.h"

/* A configured source. */
struct instance {
    const postern_host *host;
    const postern_log *log;
    const postern_json *json;
    const postern_unpack *unpack;
    bool key_value, compress; /* siem */
    int64_t page_size;        /* siem over API 2.0, and the others */
};

/* Finds the services; the caller reads its options. */
postern_status instance_new(const postern_host *host, struct instance **instance, postern_error *error);
/* The `create` of a source without options of its own. */
postern_status instance_create(const postern_host *host, void **self, postern_error *error);
void instance_free(void *instance);

/* Whether something in the answer at hand cannot be read; the words are in the reading's error. */
struct damage {
    bool found;
};

/* One answer while it is read. */
struct reading {
    const struct instance *instance;
    const postern_call *call;
    const postern_stream *stream;
    postern_text position; /* that the request was made from */
    const postern_response *response;
    postern_answer *answer;
    postern_error *error;
    struct damage *damage;
    bool is_sure;     /* what is read is as Mimecast wrote it: what is bad in it stays so */
    bool is_optional; /* many accounts lack the product behind the stream: a refusal says no more than that */
};

/* All that on_response was called with but the pass, which no answer depends on. */
struct reading reading_of(const void *self, const postern_call *call, const postern_stream *stream,
                          postern_text position, const postern_response *response, postern_answer *answer,
                          postern_error *error, struct damage *damage);
/* For on_set_aside: there is no response, and nothing is asked for again. */
struct reading reading_again(const void *self, const postern_call *call, const postern_stream *stream,
                             postern_answer *answer, postern_error *error, struct damage *damage);
/* What on_response returns: after damage the first tries end with POSTERN_E_PROTOCOL, because perhaps it
 * happened on the way and the next answer is whole. */
postern_status reading_end(const struct reading *reading, postern_status status);

/* Something in the answer cannot be read and is set aside, unless another try can read it. The reading goes
 * on behind it. */
postern_status damaged(const struct reading *reading, postern_text name, postern_text bytes,
                       const char *reason);
/* As damaged, for what no further try can mend. */
postern_status set_aside(const struct reading *reading, postern_text name, postern_text bytes,
                         const char *reason);
/* The same for a record of a list, or for what stands in its place. */
postern_status damaged_record(const struct reading *reading, postern_text name, const struct record *record);
postern_status set_record_aside(const struct reading *reading, postern_text name,
                                const struct record *record);
/* What follows comes out of the file of that name in an archive. */
postern_status begin_part(const struct reading *reading, postern_text name, bool is_damaged);
/* True while asking again is the better answer to damage. */
bool may_ask_again(const struct reading *reading);

postern_status emit(const struct reading *reading, const char *type, int64_t time_ms, postern_text json);

#endif

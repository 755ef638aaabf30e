/* Grafana Loki, in parts: what a stream is called, and which of its entries an answer is about. */
#ifndef HTTP_LOKI_H
#define HTTP_LOKI_H

#include "../http_sink.h"

#define LOKI_MOST_LABELS 15 /* of a stream, as the receiver has it by default */

/* Labels and structured metadata: what each is called, and the template of its value. */
struct loki {
    postern_pair labels[LOKI_MOST_LABELS], metadata[64];
    size_t label_count, metadata_count;
};

/* loki_labels.c: reads and checks them. */
postern_status loki_read_labels(const struct http_instance *sink, struct loki *own, postern_error *error);
/* Writes the value of a label into the buffer; empty: the stream has no such label. */
#define LOKI_VALUE_ROOM 2048
postern_text loki_label_value(const postern_pair *label, const postern_sink_event *event,
                              char buffer[LOKI_VALUE_ROOM]);

/* loki_time.c: nanoseconds, in which the event's id has its share, so that different events of one
 * millisecond are told apart and a repeat is not. */
int64_t loki_time(const postern_sink_event *event);
/* Reads a time as the receiver writes it: "2026-11-27 10:00:00.123 +0000 UTC", "2026-11-27T10:00:00Z". False
 * if it is none. */
bool loki_read_time(postern_text text, int64_t *ns);

/* loki_answer.c */
enum outcome loki_judge(struct writing *writing, struct judged_answer *answer);

#endif

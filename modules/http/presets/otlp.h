/* OTLP/HTTP logs, in parts: what an event looks like as a log record, and what the answers mean. */
#ifndef HTTP_OTLP_H
#define HTTP_OTLP_H

#include "../http_sink.h"
#include "../message.h"

#define OTLP_MOST_ATTRIBUTES 64

/* Attributes: what each is called, and the template of its value; an empty value leaves one out. */
struct otlp_attributes {
    postern_pair list[OTLP_MOST_ATTRIBUTES];
    size_t count;
};

struct otlp {
    bool json, as_map, bisects;
    struct otlp_attributes resource, record;
    atomic_uint failures; /* answers 500 in a row */
    const postern_metrics *metrics;
    postern_metric *refused;
};

/* otlp_record.c: the event behind those before; the first of a part with its resource. */
const char *otlp_encode(struct writing *writing, const postern_sink_event *event, struct kit_writer *body);
/* Puts the lengths, which are known only now, where they belong. */
void otlp_finish(struct writing *writing, struct kit_writer *body);

/* otlp_value.c: the fields of an AnyValue: a JSON value as what it is. */
void otlp_write_json(const struct message_writer *writer, postern_text json);

/* otlp_answer.c */
enum outcome otlp_judge(struct writing *writing, struct judged_answer *answer);
postern_status otlp_probe(struct probing *probing);

#endif

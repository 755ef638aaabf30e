/* What the files of this receiver share. */
#ifndef HTTP_ELASTICSEARCH_H
#define HTTP_ELASTICSEARCH_H

#include "../http_sink.h"

#define INDEX_LIMIT 256 /* bytes of an index's name, of which the receiver takes 255 */

#define REMEDY_INDEX                                                                                         \
    "make the index, or its template with data streams switched on; give the credentials the privileges "    \
    "create_doc and auto_configure for it"

/* elasticsearch_index.c: where the event goes; empty = the name is, or is too long. */
postern_text elasticsearch_index(const struct http_instance *sink, const postern_sink_event *event,
                                 char memory[INDEX_LIMIT]);

/* elasticsearch_template.c: says what an index that is not there yet will be made from. */
postern_status elasticsearch_look_for_template(struct probing *probing, postern_text index);

/* elasticsearch_probe.c: who it is and how it is, whether the index is there or can be made, whether these
 * credentials may write to it. */
postern_status elasticsearch_probe(struct probing *probing);

#endif

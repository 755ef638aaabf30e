/* The name of the index or data stream that an event goes to. */
#include "elasticsearch.h"

/* Names of indexes are in lower case and lack what a file system might trip over. */
postern_text elasticsearch_index(const struct http_instance *sink, const postern_sink_event *event,
                                 char memory[INDEX_LIMIT])
{
    struct kit_writer name = kit_writer_in_buffer(memory, INDEX_LIMIT);
    kit_write_template(&name, kit_option_text(sink->host, "index"), event, false);
    for (size_t i = 0; i < name.size; i++) {
        unsigned char c = (unsigned char)memory[i];
        memory[i] = c <= ' ' || strchr("\\/*?\"<>|,#:", c) ? '_' : kit_lower(memory[i]);
    }
    return name.failed ? kit_span(NULL, 0) : kit_span(memory, name.size);
}

#include "file_sink.h"

size_t template_fixed(const char *template)
{
    if (template[0] != '/') return 0;
    const char *placeholder = strstr(template, "%{");
    const char *end = placeholder ? placeholder : template + strlen(template);
    while (end > template && end[-1] != '/')
        end--;
    return (size_t)(end - template);
}

bool template_expand(const struct file_sink *sink, const postern_sink_event *event, char path[PATH_LIMIT])
{
    struct kit_writer writer = kit_writer_in_buffer(path, PATH_LIMIT - 1);
    kit_write_template(&writer, kit_text(sink->template + sink->fixed), event, true);
    path[writer.size] = '\0';
    return !writer.failed;
}

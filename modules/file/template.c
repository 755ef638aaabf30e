#include "file_sink.h"
#include <errno.h>
#include <string.h>

size_t template_fixed(const char *template)
{
    if (template[0] != '/') return 0;
    const char *placeholder = strstr(template, "%{");
    const char *end = placeholder ? placeholder : template + strlen(template);
    while (end > template && end[-1] != '/')
        end--;
    return (size_t)(end - template);
}

static postern_status check_names(const char *path, postern_error *error)
{
    const char *name = path;
    for (size_t size; size = strcspn(name, "/"), name[size] || size; name += size + (name[size] == '/')) {
        size_t limit = name[size] ? NAME_MAX : NAME_LIMIT;
        if (size > limit)
            return kit_fail(
                error, PATH_CANNOT_BE, NULL,
                "the path of its file cannot be: the name %.60s... has %zu bytes, at most %zu are possible",
                name, size, limit);
    }
    return POSTERN_OK;
}

static postern_status expand(const struct file_sink *sink, const postern_sink_event *event,
                             char path[PATH_LIMIT], postern_error *error)
{
    struct kit_writer writer = kit_writer_in_buffer(path, PATH_LIMIT - 1);
    kit_write_template(&writer, kit_text(sink->template + sink->fixed), event, true);
    path[writer.size] = '\0';
    if (writer.failed)
        return kit_fail(error, PATH_CANNOT_BE, NULL,
                        "the path of its file cannot be: %.60s... has more than %d bytes", path,
                        PATH_LIMIT - 1);
    return check_names(path, error);
}

/* The type and what stands in the event are the vendor's own texts, so that a long one is the fault of just
 * these events: the id in the reason keeps it from being taken for a mistake of the configuration where a
 * whole batch has it. All other values are the operator's or ours. */
postern_status template_expand(const struct file_sink *sink, const postern_sink_event *event,
                               char path[PATH_LIMIT], postern_error *error)
{
    postern_status status = expand(sink, event, path, error);
    if (status != PATH_CANNOT_BE) return status;
    char other[PATH_LIMIT];
    postern_sink_event ours = *event;
    ours.type = ours.text = kit_span(NULL, 0);
    if (expand(sink, &ours, other, NULL) < 0) return status;
    char reason[sizeof error->message];
    memcpy(reason, error->message, sizeof reason);
    return kit_fail(error, status, NULL, "%.400s, by values of event %.*s", reason,
                    (int)(event->id.size < 64 ? event->id.size : 64), event->id.size ? event->id.data : "");
}

bool template_can_be(const struct file_sink *sink)
{
    char path[PATH_LIMIT];
    const postern_sink_event empty = {.size = sizeof empty};
    const char *end = sink->template + strlen(sink->template);
    return sink->fixed > 0 && end[-1] != '/' && expand(sink, &empty, path, NULL) >= 0;
}

#include "file_sink.h"
#include <string.h>
#include <time.h>

size_t template_fixed(const char *template)
{
    if (template[0] != '/') return 0;
    const char *placeholder = strstr(template, "%{");
    const char *end = placeholder ? placeholder : template + strlen(template);
    while (end > template && end[-1] != '/')
        end--;
    return (size_t)(end - template);
}

static bool add(char *path, size_t *size, const char *bytes, size_t count)
{
    if (*size + count >= PATH_LIMIT) return false;
    memcpy(path + *size, bytes, count);
    *size += count;
    return true;
}

/* Keeps [A-Za-z0-9_-] and inner dots; every other byte becomes %XX, so that no value can name another
 * directory. */
static bool add_value(char *path, size_t *size, postern_text value)
{
    static const char digits[] = "0123456789ABCDEF";
    if (value.size == 0) return add(path, size, "_", 1);
    for (size_t i = 0; i < value.size; i++) {
        unsigned char c = (unsigned char)value.data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                     c == '-' || (c == '.' && i > 0 && i + 1 < value.size);
        char coded[3] = {'%', digits[c >> 4], digits[c & 15]};
        if (!add(path, size, plain ? value.data + i : coded, plain ? 1 : 3)) return false;
    }
    return true;
}

/* The UTC day on which Postern received the event: stored with it, so the same at every delivery. */
static postern_text day_of(int64_t ms, char text[16])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm day;
    gmtime_r(&seconds, &day);
    return (postern_text){text, strftime(text, 16, "%Y-%m-%d", &day)};
}

static postern_text value_of(const char *name, size_t size, const postern_sink_event *event, char day[16])
{
    const struct {
        const char *name;
        postern_text value;
    } values[] = {{"account", event->account},
                  {"source", event->source},
                  {"stream", event->stream},
                  {"type", event->type},
                  {"date", day_of(event->received_ms, day)},
                  {"id", event->id}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (strlen(values[i].name) == size && memcmp(values[i].name, name, size) == 0) return values[i].value;
    return (postern_text){"", 0};
}

bool template_expand(const struct file_sink *sink, const postern_sink_event *event, char path[PATH_LIMIT])
{
    size_t size = 0;
    char day[16];
    for (const char *at = sink->template + sink->fixed; *at;) {
        const char *end = strncmp(at, "%{", 2) == 0 ? strchr(at, '}') : NULL;
        if (end) {
            if (!add_value(path, &size, value_of(at + 2, (size_t)(end - at - 2), event, day))) return false;
            at = end + 1;
        } else if (!add(path, &size, at++, 1)) {
            return false;
        }
    }
    path[size] = '\0';
    return true;
}

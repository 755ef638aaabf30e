#include "http_sink.h"
#include <poll.h>
#include <stdlib.h>

#define LOOK_UP_MS 100

bool sink_set_url(struct http_instance *sink, const char *format, ...)
{
    va_list arguments;
    free(sink->url);
    va_start(arguments, format);
    if (vasprintf(&sink->url, format, arguments) < 0) sink->url = NULL;
    va_end(arguments);
    return sink->url != NULL;
}

postern_text without_slashes(postern_text url)
{
    while (url.size && url.data[url.size - 1] == '/')
        url.size--;
    return url;
}

postern_text sink_base_url(const struct http_instance *sink)
{
    return without_slashes(kit_option_text(sink->host, "url"));
}

postern_text sink_base_url_before(const struct http_instance *sink, const char *path)
{
    postern_text url = sink_base_url(sink);
    size_t size = strlen(path);
    bool whole = url.size > size && memcmp(kit_end(url) - size, path, size) == 0;
    return kit_span(url.data, whole ? url.size - size : url.size);
}

/* In steps, each of which looks up whether it is time to end. */
bool sink_wait(const struct http_instance *sink, int64_t ms)
{
    for (; ms > 0 && !sink->host->stopping(sink->host); ms -= LOOK_UP_MS)
        poll(NULL, 0, (int)(ms < LOOK_UP_MS ? ms : LOOK_UP_MS));
    return !sink->host->stopping(sink->host);
}

void sink_warn(const struct http_instance *sink, const char *format, ...)
{
    char words[512];
    va_list arguments;
    va_start(arguments, format);
    print_words(words, sizeof words, format, arguments);
    va_end(arguments);
    sink->log->write(sink->host, POSTERN_LOG_WARNING, words);
}

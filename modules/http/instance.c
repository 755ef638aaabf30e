#include "http_sink.h"
#include <errno.h>
#include <stdlib.h>
#include <time.h>

postern_text option_text(const postern_host *host, const char *name)
{
    postern_text text = {0};
    host->option_text(host, name, &text);
    return text;
}

int64_t option_integer(const postern_host *host, const char *name)
{
    int64_t value = 0;
    host->option_integer(host, name, &value);
    return value;
}

bool sink_set_url(struct http_instance *sink, const char *format, ...)
{
    va_list arguments;
    free(sink->url);
    va_start(arguments, format);
    if (vasprintf(&sink->url, format, arguments) < 0) sink->url = NULL;
    va_end(arguments);
    return sink->url != NULL;
}

bool sink_wait(struct http_instance *sink, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
    pthread_mutex_lock(&sink->lock);
    int result = 0;
    while (result != ETIMEDOUT && !sink->host->stopping(sink->host))
        result = pthread_cond_timedwait(&sink->interrupted, &sink->lock, &until);
    pthread_mutex_unlock(&sink->lock);
    return !sink->host->stopping(sink->host);
}

void sink_warn(const struct http_instance *sink, const char *format, ...)
{
    char words[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    sink->log->write(sink->host, POSTERN_LOG_WARNING, words);
}

/* What every way of sending needs: an event's message, and words for the log. */
#include "syslog_sink.h"
#include <stdarg.h>

void syslog_log(const struct syslog_sink *sink, int32_t level, const char *format, ...)
{
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (sink->log) sink->log->write(sink->host, level, message);
}

postern_status make_message(struct syslog_sink *sink, const postern_batch *batch, size_t index,
                            postern_result *result, postern_text *message)
{
    char words[160];
    struct kit_writer writer = kit_writer_in_buffer(sink->message, sink->form.limit);
    postern_status status = message_write(&sink->form, batch->events[index], &writer);
    *message = kit_span(sink->message, status >= 0 ? writer.size : 0);
    if (status != POSTERN_E_LIMIT) return status;
    message_too_long(&sink->form, words);
    return result->reject(result, index, words);
}

#include "exec_sink.h"

#define MINUTE_MS  60000
#define MOST_READS 64 /* then something else has its turn */

static void say(const struct exec_sink *sink, int32_t level, postern_text line)
{
    char words[1200];
    snprintf(words, sizeof words, "the program says: %.*s", (int)(line.size < 1024 ? line.size : 1024),
             line.data);
    if (sink->log) sink->log->write(sink->host, level, words);
}

static void begin_minute(struct exec_sink *sink)
{
    struct chatter *chatter = &sink->chatter;
    char words[128];
    int64_t now = monotonic_ms();
    if (chatter->minute_ms && now - chatter->minute_ms < MINUTE_MS) return;
    if (chatter->dropped && sink->log) {
        snprintf(words, sizeof words,
                 "the program said %lld lines more than log_lines allows: they are not shown",
                 (long long)chatter->dropped);
        sink->log->write(sink->host, POSTERN_LOG_WARNING, words);
    }
    *chatter = (struct chatter){.minute_ms = now};
}

static void log_lines(struct exec_sink *sink)
{
    postern_text line;
    while (lines_next(&sink->program.errors, &line) != LINE_NOT_YET) {
        if (kit_trim(line).size == 0) continue;
        if (sink->chatter.said++ < sink->log_lines)
            say(sink, POSTERN_LOG_INFO, line);
        else
            sink->chatter.dropped++;
    }
}

void chatter_log(struct exec_sink *sink)
{
    begin_minute(sink);
    for (int i = 0; i < MOST_READS && lines_read(&sink->program.errors); i++)
        log_lines(sink);
    log_lines(sink); /* the rest, at its end */
}

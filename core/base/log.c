#include "base/log.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/show.h"
#include "base/timestamp.h"
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define LINE_LIMIT 2048

static _Atomic int shown_level = POSTERN_LOG_INFO;
static pthread_mutex_t line_lock = PTHREAD_MUTEX_INITIALIZER;

void log_set_level(int level)
{
    atomic_store(&shown_level, level);
}

bool log_enabled(int level)
{
    return level <= atomic_load(&shown_level);
}

void log_write(int level, const char *scope, const char *format, ...)
{
    static const char *const names[] = {"", "error", "warning", "info", "debug"};
    if (!log_enabled(level)) return;
    char words[LINE_LIMIT], time[TIMESTAMP_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&line_lock);
    show(stderr, "%s %s %s%s%s\n", timestamp_iso(clock_wall_ms(clock_process()), time),
         level >= 1 && level <= 4 ? names[level] : "debug", scope ? scope : "", scope ? ": " : "", words);
    pthread_mutex_unlock(&line_lock);
}

void log_error(int level, const char *scope, const postern_error *error)
{
    char text[ERROR_TEXT_SIZE];
    log_write(level, scope, "%s", error_text(error->message, error->remedy, text));
}

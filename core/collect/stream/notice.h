/* Notices: what a user must hear about an account. The one place that makes them. */
#ifndef POSTERN_COLLECT_STREAM_NOTICE_H
#define POSTERN_COLLECT_STREAM_NOTICE_H

#include <postern/module.h>

/* `level` is POSTERN_LOG_...; `remedy` says what to click or do (NULL = nothing to do). */
void notice_emit(int level, const char *account, const char *message, const char *remedy);

#endif

/* The operator's log: one line on stderr per message, "2026-01-02T03:04:05.678Z warning acme/logins: text".
 * Never pass a secret, a token, a signed URL or mail content. Every thread may call these. */
#ifndef POSTERN_BASE_LOG_H
#define POSTERN_BASE_LOG_H

#include <postern/module.h>

/* Shows messages up to this level (POSTERN_LOG_...); the default is POSTERN_LOG_INFO. */
void log_set_level(int level);
bool log_enabled(int level);
/* `scope` says what speaks ("acme/logins", "journal"), NULL for the program. Control characters are shown
 * visible (base/show.h). */
void log_write(int level, const char *scope, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* An error's message and remedy (error_text), at `level`. */
void log_error(int level, const char *scope, const postern_error *error);

#endif

/* Options as the C libraries want them. */
#ifndef SHARED_BROKER_OPTION_H
#define SHARED_BROKER_OPTION_H

#include <postern/kit.h>

/* A text with a NUL behind it, for the C libraries; NULL if the option is absent or there is no memory.
 * Ends with broker_forget. */
char *broker_string(const postern_host *host, const char *name);

/* Wipes and frees: it may be a secret. NULL is fine. */
void broker_forget(char *string);

#endif

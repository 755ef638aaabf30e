/* Reading options in one expression each. */
#ifndef SHARED_BROKER_OPTION_H
#define SHARED_BROKER_OPTION_H

#include <postern/kit.h>

static inline int64_t broker_integer(const postern_host *host, const char *name)
{
    int64_t value = 0;
    host->option_integer(host, name, &value);
    return value;
}

static inline postern_text broker_text(const postern_host *host, const char *name)
{
    postern_text value = {NULL, 0};
    host->option_text(host, name, &value);
    return value;
}

/* The same with a NUL behind it, for the C libraries; NULL if the option is absent or there is no memory.
 * Ends with broker_forget. */
char *broker_string(const postern_host *host, const char *name);

/* Wipes and frees: it may be a secret. NULL is fine. */
void broker_forget(char *string);

#endif

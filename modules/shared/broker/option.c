#include "shared/broker/option.h"
#include <stdlib.h>
#include <string.h>

char *broker_string(const postern_host *host, const char *name)
{
    postern_text value;
    return host->option_text(host, name, &value) ? strndup(value.data, value.size) : NULL;
}

void broker_forget(char *string)
{
    if (string) explicit_bzero(string, strlen(string));
    free(string);
}

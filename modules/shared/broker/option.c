#include "shared/broker/option.h"
#include <stdlib.h>
#include <string.h>

void broker_forget(char *string)
{
    if (string) explicit_bzero(string, strlen(string));
    free(string);
}

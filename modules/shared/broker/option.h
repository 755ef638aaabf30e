/* Letting go of texts that may be secrets. */
#ifndef SHARED_BROKER_OPTION_H
#define SHARED_BROKER_OPTION_H

#include <postern/kit.h>

/* Wipes and frees: it may be a secret. NULL is fine. */
void broker_forget(char *string);

#endif

/* From a member to the struct that it is embedded in. */
#ifndef POSTERN_BASE_CONTAINER_H
#define POSTERN_BASE_CONTAINER_H

#include <stddef.h>

#define CONTAINER_OF(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif

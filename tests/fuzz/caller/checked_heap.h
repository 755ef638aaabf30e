#ifndef TESTS_FUZZ_CALLER_CHECKED_HEAP_H
#define TESTS_FUZZ_CALLER_CHECKED_HEAP_H

#include <lua.h>

/* Told at each allocation of a sandbox that lives; NULL = nobody. */
extern void (*checked_heap_watch)(lua_State *L);

#endif

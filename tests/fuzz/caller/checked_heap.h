#ifndef TESTS_FUZZ_CALLER_CHECKED_HEAP_H
#define TESTS_FUZZ_CALLER_CHECKED_HEAP_H

#include <lua.h>
#include <stdint.h>

/* Told at each allocation of a sandbox that lives; NULL = nobody. */
extern void (*checked_heap_watch)(lua_State *L);
/* From now on one allocation of `every`, on average, finds the limit reached while a script runs; 0 = none.
 */
void checked_heap_refuse(uint32_t every, uint64_t seed);

#endif

/* For tests of running out of memory: makes the n-th allocation fail.
 *
 *     for (size_t n = 1;; n++) {
 *         failing_allocator_arm(n, FAIL_ONE);
 *         status = what_is_tested();
 *         if (!failing_allocator_disarm()) break; // fewer than n allocations: all of them have failed once
 *         ... status is a clean error, nothing leaked (the sanitizer says so), the next call works ...
 *     }
 *
 * A test links it with target_link_libraries(unit_CONCERN_NAME_test PRIVATE failing_allocator) in its
 * concern's CMakeLists.txt. The linker then sends every malloc, calloc, realloc, strdup, asprintf ... of the
 * project's own code here, under the sanitizers too; shared libraries keep theirs (Lua asks the project's
 * code, so its allocations are among them). All threads are counted together. */
#ifndef TESTS_UNIT_FAILING_ALLOCATOR_H
#define TESTS_UNIT_FAILING_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>

enum allocation_failure {
    FAIL_ONE,  /* that one only */
    FAIL_REST, /* that one and all behind it */
};

/* From now on the n-th allocation fails (1 = the next). */
void failing_allocator_arm(size_t n, enum allocation_failure failure);
/* All allocations work again. True if one failed since failing_allocator_arm. */
bool failing_allocator_disarm(void);

#endif

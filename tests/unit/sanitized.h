/* Which sanitizer a test was built with, if any: it slows our code down and takes memory and mappings of its
 * own. */
#ifndef TESTS_UNIT_SANITIZED_H
#define TESTS_UNIT_SANITIZED_H

#include <stdbool.h>

#if defined(__has_feature) /* clang */
#define SANITIZED_ADDRESS __has_feature(address_sanitizer)
#define SANITIZED_THREADS __has_feature(thread_sanitizer)
#else
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED_ADDRESS 1
#else
#define SANITIZED_ADDRESS 0
#endif
#if defined(__SANITIZE_THREAD__)
#define SANITIZED_THREADS 1
#else
#define SANITIZED_THREADS 0
#endif
#endif

#define SANITIZED ((bool)(SANITIZED_ADDRESS || SANITIZED_THREADS))

/* Of combinations and random histories the plain build runs all; a sanitizer, several times as slow, one in
 * so many. */
#define SANITIZED_SHARE (SANITIZED ? 6 : 1)

#endif

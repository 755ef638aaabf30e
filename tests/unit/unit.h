/* What unit tests share: cmocka and a comparison of texts. */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <postern/module.h>
#include <string.h>

#define assert_text(text, string)                                                                            \
    do {                                                                                                     \
        postern_text text_ = (text);                                                                         \
        assert_int_equal(text_.size, strlen(string));                                                        \
        assert_memory_equal(text_.data, string, text_.size);                                                 \
    } while (0)

#define assert_contains(haystack, needle)                                                                    \
    do {                                                                                                     \
        if (!strstr(haystack, needle)) fail_msg("\"%s\" is not in \"%s\"", needle, haystack);                \
    } while (0)

#define COUNT(array) (sizeof(array) / sizeof *(array))

#endif

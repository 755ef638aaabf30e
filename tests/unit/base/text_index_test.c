#include "base/text_index.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void finds_the_first_place(void **unused)
{
    (void)unused;
    struct text_place places[] = {{"b", 0}, {"", 1}, {"a", 2}, {"b", 3}, {"ab", 4}, {"a", 5}};
    struct text_index index = text_index_new(places, sizeof places / sizeof *places);
    assert_int_equal(text_index_find(&index, "a"), 2);
    assert_int_equal(text_index_find(&index, "b"), 0);
    assert_int_equal(text_index_find(&index, ""), 1);
    assert_int_equal(text_index_find(&index, "ab"), 4);
    assert_true(text_index_find(&index, "aa") == TEXT_NOWHERE);
    assert_true(text_index_find(&index, "c") == TEXT_NOWHERE);
    struct text_index none = text_index_new(NULL, 0);
    assert_true(text_index_find(&none, "a") == TEXT_NOWHERE);
}

static void agrees_with_looking_at_all(void **unused)
{
    (void)unused;
    enum { COUNT = 500 };
    static char texts[COUNT][8];
    struct text_place places[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        snprintf(texts[i], sizeof texts[i], "%zu", i * 7919 % 301);
        places[i] = (struct text_place){texts[i], i};
    }
    struct text_index index = text_index_new(places, COUNT);
    for (size_t wanted = 0; wanted < 320; wanted++) {
        char text[8];
        size_t first = 0;
        snprintf(text, sizeof text, "%zu", wanted);
        while (first < COUNT && strcmp(texts[first], text) != 0)
            first++;
        assert_true(text_index_find(&index, text) == (first < COUNT ? first : TEXT_NOWHERE));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_first_place),
        cmocka_unit_test(agrees_with_looking_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The portable scanner, which machines without SSE2 use, against the plain loop that it replaces. */
#define JSON_SCAN_PORTABLE
#include "base/json_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *find_slowly(const char *at, const char *end, bool beyond_ascii)
{
    while (at < end && !json_byte_is_special((unsigned char)*at) &&
           !(beyond_ascii && (unsigned char)*at > 0x7f))
        at++;
    return at;
}

/* Bytes around every border of what is special, at every place of the eight. */
static void test_every_byte_at_every_place(void **state)
{
    (void)state;
    static const unsigned char neighbours[] = {'a',  ' ',  '!',  '#',  '[',  ']',
                                               0x7f, 0x80, 0xff, 0xa0, 0xdc, 0xa2};
    for (size_t place = 0; place < 20; place++)
        for (int byte = 0; byte < 256; byte++)
            for (size_t i = 0; i < sizeof neighbours; i++) {
                char text[20];
                memset(text, neighbours[i], sizeof text);
                text[place] = (char)byte;
                for (int beyond = 0; beyond < 2; beyond++)
                    assert_ptr_equal(json_find_special(text, text + sizeof text, beyond),
                                     find_slowly(text, text + sizeof text, beyond));
            }
}

static void test_random_bytes(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (int round = 0; round < 200000; round++) {
        char text[16];
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = (char)((random = random * 1664525u + 1013904223u) >> 16);
        bool beyond = round % 2;
        assert_ptr_equal(json_find_special(text, text + sizeof text, beyond),
                         find_slowly(text, text + sizeof text, beyond));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte_at_every_place),
        cmocka_unit_test(test_random_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

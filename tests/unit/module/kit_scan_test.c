/* The kit's scanner, many bytes at a time, against the plain loops that say what it must find. The texts lie
 * between two pages that cannot be read. */
#include <postern/kit.h>

#include <sys/mman.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define LONGEST 150 /* bytes: several steps of every width, with every rest */

static char *page;
static size_t page_size;

static int make_pages(void **state)
{
    (void)state;
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, page_size * 3, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return -1;
    page = pages + page_size;
    return mprotect(page, page_size, PROT_READ | PROT_WRITE);
}

static int drop_pages(void **state)
{
    (void)state;
    return munmap(page - page_size, page_size * 3);
}

static void assert_found(const char *at, const char *end)
{
    for (int beyond = 0; beyond < 2; beyond++) {
        const char *expected = kit_find_special_slowly(at, end, beyond);
        assert_ptr_equal(kit_find_special(at, end, beyond), expected);
        assert_ptr_equal(kit_find_special_in_words(at, end, beyond), expected);
    }
    const char *expected = kit_find_beyond_ascii_slowly(at, end);
    assert_ptr_equal(kit_find_beyond_ascii(at, end), expected);
    assert_ptr_equal(kit_find_beyond_ascii_in_words(at, end), expected);
}

/* Every length, so every alignment too, at either border of what can be read, with each byte that is special,
 * or nearly so, at each place. */
static void test_every_length_and_place(void **state)
{
    static const unsigned char bytes[] = {0x00, 0x01, 0x1f, 0x20, '!',  '"',  '#',  '[',  '\\',
                                          ']',  0x7e, 0x7f, 0x80, 0x9f, 0xa0, 0xa2, 0xdc, 0xff};
    (void)state;
    for (size_t size = 0; size <= LONGEST; size++)
        for (int at_end = 0; at_end < 2; at_end++) {
            char *text = at_end ? page + page_size - size : page;
            memset(text, 'a', size);
            assert_found(text, text + size);
            for (size_t place = 0; place < size; place++) {
                for (size_t i = 0; i < sizeof bytes; i++) {
                    text[place] = (char)bytes[i];
                    assert_found(text, text + size);
                }
                text[place] = 'a';
            }
        }
}

static void test_every_byte_beside_every_neighbour(void **state)
{
    static const unsigned char neighbours[] = {'a',  ' ',  '!',  '#',  '[',  ']',
                                               0x7f, 0x80, 0xff, 0xa0, 0xdc, 0xa2};
    enum { SIZE = 40 };
    char *text = page + page_size - SIZE;
    (void)state;
    for (size_t place = 0; place < SIZE; place++)
        for (int byte = 0; byte < 256; byte++)
            for (size_t i = 0; i < sizeof neighbours; i++) {
                memset(text, neighbours[i], SIZE);
                text[place] = (char)byte;
                assert_found(text, text + SIZE);
            }
}

static uint32_t next_random(uint32_t *random)
{
    *random = *random * 1664525u + 1013904223u;
    return *random >> 16;
}

/* Dense and sparse ones. */
static void test_random_bytes(void **state)
{
    uint32_t random = 1;
    (void)state;
    for (int round = 0; round < 100000; round++) {
        size_t size = next_random(&random) % LONGEST;
        char *text = page + page_size - size;
        for (size_t i = 0; i < size; i++) {
            const uint32_t byte = next_random(&random);
            text[i] = (char)(round % 4 || byte % 64 == 0 ? byte : 'a' + byte % 26);
        }
        assert_found(text, text + size);
    }
}

/* What stands on the scanner reads no more than its text either. */
static void test_users_stay_inside(void **state)
{
    char buffer[LONGEST * 6 + 2];
    (void)state;
    for (size_t size = 1; size <= LONGEST; size++) {
        char *text = page + page_size - size, *end = text + size;
        memset(text, 'a', size);
        struct kit_writer writer = kit_writer_in_buffer(buffer, sizeof buffer);
        kit_write_json_string(&writer, kit_between(text, end));
        assert_int_equal(writer.size, size + 2);
        text[0] = '"';
        assert_ptr_equal(kit_json_after_string(text, end), end); /* it has no end */
        end[-1] = '\\';
        assert_ptr_equal(kit_json_after_string(text, end), end);
        end[-1] = '"';
        assert_ptr_equal(kit_json_after_string(text, end), end);
        if (size < 5) continue;
        text[1] = '\\', text[2] = '"', text[3] = '"';
        assert_ptr_equal(kit_json_after_string(text, end), text + 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_length_and_place),
        cmocka_unit_test(test_every_byte_beside_every_neighbour),
        cmocka_unit_test(test_random_bytes),
        cmocka_unit_test(test_users_stay_inside),
    };
    return cmocka_run_group_tests(tests, make_pages, drop_pages);
}

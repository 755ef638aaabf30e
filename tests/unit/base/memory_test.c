/* Arenas, buffers. */
#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void arena_limit(void **unused)
{
    (void)unused;
    postern_arena *arena = arena_new(10000);
    char *first = arena_allocate(arena, 100);
    assert_non_null(first);
    assert_int_equal((uintptr_t)first % 16, 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(first[i], 0);
    assert_null(arena_allocate(arena, 10001));
    assert_null(arena_allocate(arena, SIZE_MAX));
    size_t count = 0;
    while (arena_allocate(arena, 16))
        count++;
    assert_int_equal(count, (10000 - 112) / 16);
    arena_reset(arena, 4096);
    assert_int_equal(arena_used(arena), 0);
    assert_true(text_is(arena_printf(arena, "%s-%d", "a", 7), "a-7"));
    postern_text copy = arena_copy(arena, TEXT("xyz"));
    assert_string_equal(copy.data, "xyz");
    arena_free(arena);
    arena_free(NULL);
}

static void arena_goes_back(void **unused)
{
    (void)unused;
    postern_arena *arena = arena_new(1 << 20);
    struct arena_mark empty = arena_mark(arena);
    char *kept = arena_allocate(arena, 1000);
    strcpy(kept, "kept");
    struct arena_mark mark = arena_mark(arena);
    for (int round = 0; round < 3; round++) {
        memset(arena_allocate(arena, 1000), 'x', 1000); /* in the same block */
        memset(arena_allocate(arena, 50000), 'x', 50000);
        memset(arena_allocate(arena, 300000), 'x', 300000);
        arena_rewind(arena, mark, 4096);
        assert_int_equal(arena_used(arena), mark.used);
        assert_string_equal(kept, "kept");
    }
    assert_ptr_equal(arena_allocate(arena, 16), kept + 1008); /* goes on where the mark is */
    arena_rewind(arena, empty, 4096);
    assert_int_equal(arena_used(arena), 0);
    assert_non_null(arena_allocate(arena, 1 << 20)); /* all of it is there again */
    arena_free(arena);
}

static void buffer_limit(void **unused)
{
    (void)unused;
    struct buffer buffer = {.limit = 8};
    assert_true(buffer_append_string(&buffer, "12345678"));
    assert_false(buffer_append_byte(&buffer, '9'));
    assert_true(buffer.failed);
    assert_false(buffer_append_byte(&buffer, '9')); /* stays failed: one check at the end is enough */
    assert_string_equal(buffer_string(&buffer), "");
    assert_int_equal(buffer.size, 8);
    buffer_clear(&buffer);
    assert_true(buffer_printf(&buffer, "%d", 1234567));
    assert_string_equal(buffer_string(&buffer), "1234567");
    buffer_free(&buffer);
    assert_int_equal(buffer.limit, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_limit),
        cmocka_unit_test(arena_goes_back),
        cmocka_unit_test(buffer_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

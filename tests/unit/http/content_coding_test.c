/* What is packed for a request comes out again as it was. (How answers are unpacked: exchange_test.) */
#include "../unit.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "http/content_coding.h"

static postern_status append(void *context, postern_text bytes, postern_error *error)
{
    return buffer_append_text(context, bytes) ? POSTERN_OK : error_no_memory(error, NULL);
}

static void packing_is_undone_by_unpacking(void **state)
{
    static char large[300000];
    static const size_t sizes[] = {0, 1, 1000, sizeof large};
    (void)state;
    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (char)(i * 31 + i / 997); /* hardly packs */
    for (size_t i = 0; i < COUNT(sizes); i++) {
        _cleanup_(buffer_free) struct buffer packed = {0}, unpacked = {.limit = sizeof large};
        struct content_coding coding;
        postern_error error = ERROR_INIT;
        postern_text body = {sizes[i] ? large : NULL, sizes[i]};
        assert_int_equal(content_encode_gzip(body, &packed, &error), POSTERN_OK);
        assert_memory_equal(packed.data, "\x1f\x8b", 2);
        assert_int_equal(content_coding_begin(&coding, TEXT("gzip"), &error), POSTERN_OK);
        assert_int_equal(content_coding_decode(&coding, buffer_text(&packed), append, &unpacked, &error),
                         POSTERN_OK);
        assert_int_equal(content_coding_finish(&coding, &error), POSTERN_OK);
        content_coding_free(&coding);
        assert_int_equal(unpacked.size, sizes[i]);
        if (sizes[i]) assert_memory_equal(unpacked.data, large, sizes[i]);
    }
}

static void what_repeats_becomes_small(void **state)
{
    static char same[100000];
    (void)state;
    _cleanup_(buffer_free) struct buffer packed = {0};
    assert_int_equal(content_encode_gzip((postern_text){same, sizeof same}, &packed, NULL), POSTERN_OK);
    assert_in_range(packed.size, 18, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packing_is_undone_by_unpacking),
        cmocka_unit_test(what_repeats_becomes_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

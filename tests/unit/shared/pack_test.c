/* What is packed comes out again as it was, in pieces of any size, and the same text gives the same bytes.
 */
#include "played_host.h"
#include "shared/pack/pack.h"
#include <postern/kit.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#define LONG_TEXT ((size_t)3 << 20)

/* Lines that pack well, with noise that does not. */
static postern_text long_text(void)
{
    static char text[LONG_TEXT];
    uint32_t noise = 1;
    for (size_t i = 0; i < LONG_TEXT; i++) {
        noise = noise * 1664525 + 1013904223;
        text[i] = i % 80 < 70 ? "{\"from\":\"someone@example.com\",\"to\":"[i % 36] : (char)(noise >> 24);
    }
    return kit_span(text, LONG_TEXT);
}

static void assert_unpacks(enum pack_kind kind, postern_text packed, postern_text plain)
{
    char *out = malloc(plain.size + 1);
    size_t size = plain.size + 1;
    if (kind == PACK_GZIP) {
        z_stream gzip = {.next_in = (Bytef *)(uintptr_t)packed.data, .avail_in = (uInt)packed.size};
        assert_int_equal(inflateInit2(&gzip, 15 + 16), Z_OK);
        gzip.next_out = (Bytef *)out;
        gzip.avail_out = (uInt)size;
        assert_int_equal(inflate(&gzip, Z_FINISH), Z_STREAM_END);
        assert_int_equal(gzip.avail_in, 0);
        size = gzip.total_out;
        inflateEnd(&gzip);
    } else if (kind == PACK_ZSTD) {
        size = ZSTD_decompress(out, size, packed.data, packed.size);
    } else {
        memcpy(out, packed.data, size = packed.size);
    }
    assert_int_equal(size, plain.size);
    assert_memory_equal(out, plain.data, size);
    free(out);
}

static void same_bytes_again(void **state)
{
    (void)state;
    const postern_text texts[] = {kit_span(NULL, 0), KIT_TEXT("x"), long_text()};
    for (size_t i = 0; i < COUNT(texts); i++)
        for (int kind = PACK_GZIP; kind <= PACK_ZSTD; kind++) {
            postern_text packed[2];
            struct pack_stream *streams[2];
            for (int time = 0; time < 2; time++) {
                pack_stream_new((enum pack_kind)kind, PACK_DEFAULT_LEVEL, 2 * LONG_TEXT, &streams[time],
                                NULL);
                pack_stream_begin(streams[time]);
                pack_stream_add(streams[time], texts[i], NULL);
                assert_int_equal(pack_stream_end(streams[time], &packed[time], NULL), POSTERN_OK);
            }
            assert_unpacks((enum pack_kind)kind, packed[0], texts[i]);
            assert_true(kit_equal(packed[0], packed[1]));
            assert_true(i < 2 || packed[0].size < texts[i].size / 2);
            pack_stream_free(streams[0]);
            pack_stream_free(streams[1]);
        }
}

static void piece_by_piece(void **state)
{
    (void)state;
    const postern_text plain = long_text();
    for (int kind = PACK_NONE; kind <= PACK_ZSTD; kind++) {
        struct pack_stream *stream;
        postern_text packed;
        assert_int_equal(pack_stream_new((enum pack_kind)kind, 1, 2 * LONG_TEXT, &stream, NULL), POSTERN_OK);
        for (size_t step = 977; step <= LONG_TEXT;
             step = step * 57 + 3) { /* each in the memory of the last */
            pack_stream_begin(stream);
            for (size_t at = 0; at < plain.size; at += step) {
                size_t size = plain.size - at < step ? plain.size - at : step;
                assert_int_equal(pack_stream_add(stream, kit_span(plain.data + at, size), NULL), POSTERN_OK);
            }
            assert_int_equal(pack_stream_end(stream, &packed, NULL), POSTERN_OK);
            assert_unpacks((enum pack_kind)kind, packed, plain);
        }
        pack_stream_begin(stream);
        assert_int_equal(pack_stream_end(stream, &packed, NULL), POSTERN_OK);
        if (kind != PACK_NONE) assert_unpacks((enum pack_kind)kind, packed, kit_span("", 0));
        pack_stream_free(stream);
    }
}

static void what_is_too_long(void **state)
{
    (void)state;
    const postern_text plain = long_text();
    for (int kind = PACK_NONE; kind <= PACK_ZSTD; kind++) {
        struct pack_stream *stream;
        postern_text packed;
        postern_error error = {.size = sizeof error};
        assert_int_equal(pack_stream_new((enum pack_kind)kind, 0, 100000, &stream, NULL), POSTERN_OK);
        postern_status status = pack_stream_add(stream, plain, &error);
        if (status >= 0) status = pack_stream_end(stream, &packed, &error);
        assert_int_equal(status, POSTERN_E_LIMIT);
        assert_contains(error.message, "100000");
        pack_stream_begin(stream); /* and is as new */
        assert_int_equal(pack_stream_add(stream, KIT_TEXT("short"), NULL), POSTERN_OK);
        assert_int_equal(pack_stream_end(stream, &packed, NULL), POSTERN_OK);
        assert_unpacks((enum pack_kind)kind, packed, KIT_TEXT("short"));
        pack_stream_free(stream);
    }
}

static void names(void **state)
{
    (void)state;
    enum pack_kind kind = PACK_NONE;
    assert_true(pack_named(KIT_TEXT("zstd"), &kind));
    assert_int_equal(kind, PACK_ZSTD);
    assert_string_equal(pack_coding(kind), "zstd");
    assert_false(pack_named(KIT_TEXT("rar"), &kind));
    assert_int_equal(kind, PACK_ZSTD);
    assert_null(pack_coding(PACK_NONE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_bytes_again), cmocka_unit_test(piece_by_piece),
                                       cmocka_unit_test(what_is_too_long), cmocka_unit_test(names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* links: postern_base */
/* The kit's scanner, many bytes at a time, against the plain loops, from every place of the text; and what
 * stands on it. */
#include "base/text.h"
#include <postern/kit.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#define require(holds) ((holds) ? (void)0 : abort())
#define MOST           1024 /* bytes: beyond, nothing new comes */

static void check_found(const char *at, const char *end)
{
    for (int beyond = 0; beyond < 2; beyond++) {
        const char *expected = kit_find_special_slowly(at, end, beyond);
        require(kit_find_special(at, end, beyond) == expected);
        require(kit_find_special_in_words(at, end, beyond) == expected);
    }
    const char *expected = kit_find_beyond_ascii_slowly(at, end);
    require(kit_find_beyond_ascii(at, end) == expected);
    require(kit_find_beyond_ascii_in_words(at, end) == expected);
}

static bool is_utf8_slowly(const char *at, const char *end)
{
    for (size_t length; at < end; at += length)
        if ((length = kit_utf8_sequence(at, end)) == 0) return false;
    return true;
}

/* It reads back the same, and is a whole string of JSON. */
static void check_json_string(postern_text text)
{
    static char written[MOST * 6 + 2], back[MOST + 1];
    struct kit_writer writer = kit_writer_in_buffer(written, sizeof written);
    kit_write_json_string(&writer, text);
    require(!writer.failed);
    require(kit_json_after_string(written, written + writer.size) == written + writer.size);
    for (size_t i = 1; i + 1 < writer.size; i++)
        require((unsigned char)written[i] >= 0x20);
    struct kit_writer reader = kit_writer_in_buffer(back, sizeof back);
    kit_write_json_value(&reader, kit_span(written, writer.size));
    require(!reader.failed && kit_equal(kit_span(back, reader.size), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data, *end = at + size;
    if (size > MOST) return 0;
    for (const char *from = at; from <= end; from++)
        check_found(from, end);
    for (const char *to = at; to <= end; to++)
        check_found(at, to);
    require(text_is_utf8(kit_between(at, end)) == is_utf8_slowly(at, end));
    check_json_string(kit_between(at, end));
    return 0;
}

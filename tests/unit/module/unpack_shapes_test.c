/* Odd but legitimate shapes of archives, as servers in many languages write them: nothing of them is damage.
 * Each shape stands first, in the middle and last among ordinary members. */
#include "unpack_fixture.h"

enum descriptor { NONE, SIGNED, UNSIGNED };

/* How one member is written. */
struct shape {
    const char *why, *name, *data;
    bool stored;
    enum descriptor descriptor; /* the sizes stand behind the data */
    bool zip64;                 /* sizes of 64 bits, in a field of the header or behind the data */
    bool sizes_in_front;        /* in spite of the descriptor */
    const char *extra;          /* a field of the header, four bytes of head included */
    size_t extra_size;
    int version; /* 0 = 20 */
};

#define TIMES "UT\5\0\1\0\0\0\0"

static const struct shape shapes[] = {
    {.why = "plain", .name = "m", .data = "text"},
    {.why = "stored", .name = "m", .data = "text", .stored = true},
    {.why = "stored, nothing in it", .name = "m", .data = "", .stored = true},
    {.why = "deflated, nothing in it", .name = "m", .data = ""},
    {.why = "streamed", .name = "m", .data = "text", .descriptor = SIGNED},
    {.why = "streamed, no signature", .name = "m", .data = "text", .descriptor = UNSIGNED},
    {.why = "streamed, nothing in it", .name = "m", .data = "", .descriptor = SIGNED},
    {.why = "streamed, nothing in it, no signature", .name = "m", .data = "", .descriptor = UNSIGNED},
    {.why = "streamed and stored", .name = "m", .data = "text", .stored = true, .descriptor = SIGNED},
    {.why = "streamed, stored, nothing in it", .name = "m", .data = "", .stored = true, .descriptor = SIGNED},
    {.why = "streamed, stored, nothing in it, no signature",
     .name = "m",
     .data = "",
     .stored = true,
     .descriptor = UNSIGNED},
    {.why = "sizes in front and behind",
     .name = "m",
     .data = "text",
     .descriptor = SIGNED,
     .sizes_in_front = true},
    {.why = "sizes in front and behind, no signature",
     .name = "m",
     .data = "text",
     .descriptor = UNSIGNED,
     .sizes_in_front = true},
    {.why = "stored, sizes in front and behind, no signature",
     .name = "m",
     .data = "text",
     .stored = true,
     .descriptor = UNSIGNED,
     .sizes_in_front = true},
    {.why = "zip64", .name = "m", .data = "text", .zip64 = true},
    {.why = "zip64, stored", .name = "m", .data = "text", .zip64 = true, .stored = true},
    {.why = "zip64, nothing in it", .name = "m", .data = "", .zip64 = true, .stored = true},
    {.why = "zip64, streamed", .name = "m", .data = "text", .zip64 = true, .descriptor = SIGNED},
    {.why = "zip64, streamed, no signature",
     .name = "m",
     .data = "text",
     .zip64 = true,
     .descriptor = UNSIGNED},
    {.why = "zip64, streamed, nothing in it", .name = "m", .data = "", .zip64 = true, .descriptor = SIGNED},
    {.why = "a field with times", .name = "m", .data = "text", .extra = TIMES, .extra_size = 9},
    {.why = "a name of a sub-folder", .name = "d/m", .data = "text"},
    {.why = "folder", .name = "d/", .data = "", .stored = true},
    {.why = "folder of version 1.0", .name = "d/", .data = "", .stored = true, .version = 10},
    {.why = "folder with times", .name = "d/", .data = "", .stored = true, .extra = TIMES, .extra_size = 9},
    {.why = "folder, deflated", .name = "d/", .data = ""},
    {.why = "folder, streamed", .name = "d/", .data = "", .descriptor = SIGNED},
    {.why = "folder, streamed, no signature", .name = "d/", .data = "", .descriptor = UNSIGNED},
    {.why = "folder, streamed, stored", .name = "d/", .data = "", .stored = true, .descriptor = SIGNED},
    {.why = "folder, streamed, stored, no signature",
     .name = "d/",
     .data = "",
     .stored = true,
     .descriptor = UNSIGNED},
    {.why = "folder, zip64", .name = "d/", .data = "", .stored = true, .zip64 = true},
    {.why = "folder, zip64, streamed", .name = "d/", .data = "", .zip64 = true, .descriptor = SIGNED},
    {.why = "folder, zip64, streamed, no signature",
     .name = "d/",
     .data = "",
     .stored = true,
     .zip64 = true,
     .descriptor = UNSIGNED},
    {.why = "folder, sizes in front and behind",
     .name = "d/",
     .data = "",
     .descriptor = SIGNED,
     .sizes_in_front = true},
};

static void put_sizes(struct buffer *into, const struct shape *shape, size_t packed, size_t size)
{
    for (int i = 0; i < 2; i++) {
        zip_put(into, (uint32_t)(i ? size : packed), 4);
        if (shape->zip64) zip_put(into, 0, 4);
    }
}

static void put_header(struct buffer *into, const struct shape *shape, uint32_t checksum, size_t packed,
                       size_t size, bool central)
{
    bool behind = shape->descriptor && !shape->sizes_in_front && !central;
    bool wide = shape->zip64 && !behind;
    zip_put(into, shape->zip64 ? 45 : shape->version ? (uint32_t)shape->version : 20, 2);
    zip_put(into, shape->descriptor ? 8 : 0, 2);
    zip_put(into, shape->stored ? 0 : 8, 2);
    zip_put(into, 0x21 << 16, 4);
    zip_put(into, behind ? 0 : checksum, 4);
    zip_put(into, behind ? 0 : wide ? UINT32_MAX : (uint32_t)packed, 4);
    zip_put(into, behind ? 0 : wide ? UINT32_MAX : (uint32_t)size, 4);
    zip_put(into, (uint32_t)strlen(shape->name), 2);
    zip_put(into, (uint32_t)shape->extra_size + (shape->zip64 ? 20 : 0), 2);
}

static void put_extra(struct buffer *into, const struct shape *shape, size_t packed, size_t size)
{
    if (shape->zip64) {
        zip_put(into, 1, 2);
        zip_put(into, 16, 2);
        put_sizes(into, shape, size, packed); /* in the field the other way round */
    }
    buffer_append(into, shape->extra ? shape->extra : "", shape->extra_size);
}

static void add(struct zip_builder *zip, const struct shape *shape)
{
    postern_text data = text_of(shape->data);
    struct buffer packed = {.limit = 1 << 20};
    if (shape->stored)
        buffer_append_text(&packed, data);
    else
        packed = zip_deflate(data);
    uint32_t checksum = (uint32_t)crc32(0, (const Bytef *)data.data, (uInt)data.size);
    bool behind = shape->descriptor && !shape->sizes_in_front;
    size_t start = zip->bytes.size;
    zip->members++;
    buffer_append_string(&zip->bytes, "PK\3\4");
    put_header(&zip->bytes, shape, checksum, packed.size, data.size, false);
    buffer_append_string(&zip->bytes, shape->name);
    put_extra(&zip->bytes, shape, behind ? 0 : packed.size, behind ? 0 : data.size);
    buffer_append_text(&zip->bytes, buffer_text(&packed));
    if (shape->descriptor == SIGNED) buffer_append(&zip->bytes, "PK\7\10", 4);
    if (shape->descriptor) {
        zip_put(&zip->bytes, checksum, 4);
        put_sizes(&zip->bytes, shape, packed.size, data.size);
    }
    buffer_append(&zip->directory, "PK\1\2\55\0", 6);
    put_header(&zip->directory, shape, checksum, packed.size, data.size, true);
    zip_put(&zip->directory, 0, 4);
    zip_put(&zip->directory, 0, 2);
    zip_put(&zip->directory, 0, 4);
    zip_put(&zip->directory, (uint32_t)start, 4);
    buffer_append_string(&zip->directory, shape->name);
    put_extra(&zip->directory, shape, packed.size, data.size);
    buffer_free(&packed);
}

/* True if all came that should, without damage. */
static bool is_clean(const struct unpacked *got, const char *const *expected, char words[256])
{
    size_t count = 0;
    while (expected[count])
        count++;
    bool clean = got->status >= 0 && got->count == count;
    snprintf(words, 256, "%d \"%.100s\", %zu members", got->status, got->error.message, got->count);
    for (size_t i = 0; i < got->count; i++) {
        const struct member *member = &got->members[i];
        bool same = i < count && text_equal(buffer_text(&member->data), text_of(expected[i]));
        if (same && !member->damage[0]) continue;
        size_t at = strlen(words);
        snprintf(words + at, 256 - at, "; %zu: \"%.*s\" %s", i, TEXT_ARGS(buffer_text(&member->data)),
                 member->damage);
        clean = false;
    }
    return clean;
}

enum { PLACES = 4 }; /* alone, first, in the middle, last */

static void shapes_are_no_damage(void **state)
{
    (void)state;
    static const struct shape before = {.name = "a", .data = "before"},
                              behind = {.name = "z", .data = "behind"};
    size_t failed = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int place = 0; place < PLACES; place++) {
            bool folder = shapes[i].name[strlen(shapes[i].name) - 1] == '/';
            const char *expected[4] = {NULL};
            size_t count = 0;
            struct zip_builder zip = zip_new();
            struct unpacked got = {.count = 0};
            if (place >= 2) add(&zip, &before), expected[count++] = "before";
            add(&zip, &shapes[i]);
            if (!folder) expected[count++] = shapes[i].data;
            if (place == 1 || place == 2) add(&zip, &behind), expected[count++] = "behind";
            char words[256];
            unpack(&got, POSTERN_UNPACK_ZIP, zip_finish(&zip));
            if (!is_clean(&got, expected, words)) {
                print_error("%s, place %d: %s\n", shapes[i].why, place, words);
                failed++;
            }
            forget(&got);
            zip_free(&zip);
        }
    if (failed) fail_msg("%zu shapes are taken for damage", failed);
}

/* Two of them behind each other, in every pair. */
static void pairs_of_shapes(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (size_t j = 0; j < sizeof shapes / sizeof *shapes; j++) {
            const char *expected[3] = {NULL};
            size_t count = 0;
            struct zip_builder zip = zip_new();
            struct unpacked got = {.count = 0};
            add(&zip, &shapes[i]);
            add(&zip, &shapes[j]);
            if (shapes[i].name[strlen(shapes[i].name) - 1] != '/') expected[count++] = shapes[i].data;
            if (shapes[j].name[strlen(shapes[j].name) - 1] != '/') expected[count++] = shapes[j].data;
            char words[256];
            unpack(&got, POSTERN_UNPACK_ZIP, zip_finish(&zip));
            if (!is_clean(&got, expected, words)) {
                if (!failed++) print_error("%s + %s: %s\n", shapes[i].why, shapes[j].why, words);
            }
            forget(&got);
            zip_free(&zip);
        }
    if (failed) fail_msg("%zu pairs are taken for damage", failed);
}

#define END         "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define END_COMMENT "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2\0hi"
#define ZIP64_END                                                                                            \
    "PK\6\6\54\0\0\0\0\0\0\0\55\0\55\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"  \
    "\0\0\0\0\0\0"                                                                                           \
    "PK\6\7\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0"

static void archives_of_nothing(void **state)
{
    static const struct {
        const char *why;
        postern_text bytes;
    } archives[] = {
        {"an empty zip", {END, sizeof END - 1}},
        {"an empty zip with a comment", {END_COMMENT, sizeof END_COMMENT - 1}},
        {"an empty zip64", {ZIP64_END END, sizeof ZIP64_END END - 1}},
    };
    static const char *const nothing[] = {NULL};
    (void)state;
    for (size_t i = 0; i < sizeof archives / sizeof *archives; i++) {
        struct unpacked got = {.count = 0};
        char words[256];
        unpack(&got, POSTERN_UNPACK_ZIP, archives[i].bytes);
        if (!is_clean(&got, nothing, words)) fail_msg("%s: %s", archives[i].why, words);
        forget(&got);
    }
}

/* What may stand around the members. */
static void around_the_members(void **state)
{
    static const struct {
        const char *why, *in_front, *before_directory;
        size_t before_size;
        const char *before_end;
        size_t before_end_size;
    } rows[] = {
        {"the mark of a split archive of one part", "PK00", "", 0, "", 0},
        {"the mark of a split archive", "PK\7\10", "", 0, "", 0},
        {"an archive extra data record", "", "PK\6\10\2\0\0\0ab", 10, "", 0},
        {"a signature", "", "", 0, "PK\5\5\2\0ab", 8},
        {"zip64 ends", "", "", 0, ZIP64_END, sizeof ZIP64_END - 1},
    };
    static const char *const expected[] = {"one", "two", NULL};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct zip_builder zip = zip_new();
        struct unpacked got = {.count = 0};
        char words[256];
        buffer_append_string(&zip.bytes, rows[i].in_front);
        add(&zip, &(struct shape){.name = "a", .data = "one"});
        add(&zip, &(struct shape){.name = "b", .data = "two", .descriptor = SIGNED});
        buffer_append(&zip.bytes, rows[i].before_directory, rows[i].before_size);
        buffer_append(&zip.directory, rows[i].before_end, rows[i].before_end_size);
        unpack(&got, POSTERN_UNPACK_ZIP, zip_finish(&zip));
        if (!is_clean(&got, expected, words)) fail_msg("%s: %s", rows[i].why, words);
        forget(&got);
        zip_free(&zip);
    }
}

/* Members of gzip are one text. */
static void shapes_of_gzip(void **state)
{
    static const struct {
        const char *why, *parts[4], *behind, *text;
        size_t behind_size;
    } rows[] = {
        {"nothing in it", {""}, "", "", 0},
        {"one member", {"abc"}, "", "abc", 0},
        {"three members", {"abc", "def", "g"}, "", "abcdefg", 0},
        {"an empty one in the middle", {"abc", "", "g"}, "", "abcg", 0},
        {"an empty one first", {"", "abc"}, "", "abc", 0},
        {"an empty one last", {"abc", ""}, "", "abc", 0},
        {"only empty ones", {"", "", ""}, "", "", 0},
        {"padding", {"abc"}, "\0\0\0\0\0\0\0\0", "abc", 8},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buffer bytes = {.limit = 1 << 20};
        for (size_t part = 0; part < 4 && rows[i].parts[part]; part++) {
            struct buffer packed = gzip(text_of(rows[i].parts[part]));
            buffer_append_text(&bytes, buffer_text(&packed));
            buffer_free(&packed);
        }
        buffer_append(&bytes, rows[i].behind, rows[i].behind_size);
        struct unpacked got = {.count = 0};
        const char *const expected[] = {rows[i].text, NULL};
        char words[256];
        unpack(&got, POSTERN_UNPACK_GZIP, buffer_text(&bytes));
        if (!is_clean(&got, expected, words)) fail_msg("%s: %s", rows[i].why, words);
        forget(&got);
        buffer_free(&bytes);
    }
}

int main(void)
{
    struct module_registry *registry = registry_new(&generous);
    const struct module_plan plan = {.registry = registry, .name = "test"};
    if (module_instance_new(&plan, &instance, NULL) < 0) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_are_no_damage), cmocka_unit_test(pairs_of_shapes),
        cmocka_unit_test(archives_of_nothing),  cmocka_unit_test(around_the_members),
        cmocka_unit_test(shapes_of_gzip),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    module_instance_free(instance);
    registry_free(registry);
    return failed;
}

/* Service unpack/1: what is whole comes out whole, what is not is named, and limits hold. */
#include "unpack_fixture.h"

/* ---- gzip ---- */

static void gzip_members(void **state)
{
    (void)state;
    use_limits(&generous);
    struct unpacked unpacked = {0};
    struct buffer text = prose(1, 200000), packed = gzip(buffer_text(&text)), second = gzip(TEXT("and more"));
    size_t one = packed.size;

    unpack(&unpacked, POSTERN_UNPACK_GZIP, buffer_text(&packed)); /* one member, larger than one step */
    assert_int_equal(unpacked.status, POSTERN_OK);
    assert_int_equal(unpacked.count, 1);
    assert_member(&unpacked, 0, "", buffer_text(&text), "");
    assert_int_equal(unpacked.members[0].archive, packed.size);
    forget(&unpacked);

    buffer_append_text(&packed, buffer_text(&second)); /* several gzip members are one text */
    buffer_append_text(&text, TEXT("and more"));
    unpack(&unpacked, POSTERN_UNPACK_GZIP, buffer_text(&packed));
    assert_member(&unpacked, 0, "", buffer_text(&text), "");
    forget(&unpacked);

    buffer_append(&packed, "\0\0\0\0", 4); /* padding is no damage */
    unpack(&unpacked, POSTERN_UNPACK_GZIP, buffer_text(&packed));
    assert_member(&unpacked, 0, "", buffer_text(&text), "");
    forget(&unpacked);

    buffer_append_string(&packed, "junk"); /* other bytes are */
    unpack(&unpacked, POSTERN_UNPACK_GZIP, buffer_text(&packed));
    assert_member(&unpacked, 0, "", buffer_text(&text), "no gzip stand behind");
    forget(&unpacked);

    packed.size = one;
    packed.data[one - 6] ^= 1; /* the checksum */
    text.size = 200000;
    unpack(&unpacked, POSTERN_UNPACK_GZIP, buffer_text(&packed));
    assert_member(&unpacked, 0, "", buffer_text(&text), "checksum is wrong");
    forget(&unpacked);
    buffer_free(&text), buffer_free(&packed), buffer_free(&second);
}

static void gzip_cut_anywhere(void **state)
{
    (void)state;
    struct unpacked unpacked = {0};
    struct buffer text = prose(2, 3000), packed = gzip(buffer_text(&text));
    for (size_t size = 2; size < packed.size; size++) {
        unpack(&unpacked, POSTERN_UNPACK_GZIP, (postern_text){packed.data, size});
        assert_int_equal(unpacked.status, POSTERN_OK);
        assert_string_equal(unpacked.members[0].damage, "it ends early");
        postern_text got = buffer_text(&unpacked.members[0].data);
        assert_true(got.size <= text.size && !memcmp(got.data ? got.data : "", text.data, got.size));
        if (size + 9 > packed.size) assert_int_equal(got.size, text.size); /* only the trailer is missing */
        forget(&unpacked);
    }
    buffer_free(&text), buffer_free(&packed);
}

static void what_is_no_archive(void **state)
{
    (void)state;
    static const struct {
        int format;
        postern_text bytes;
        postern_status status;
        const char *words;
    } rows[] = {
        {POSTERN_UNPACK_GZIP, {"", 0}, POSTERN_E_PROTOCOL, "0 bytes"},
        {POSTERN_UNPACK_ZIP, {"", 0}, POSTERN_E_PROTOCOL, "0 bytes"},
        {POSTERN_UNPACK_GZIP, {"{}", 2}, POSTERN_E_PROTOCOL, "no gzip"},
        {POSTERN_UNPACK_ZIP, {"{\"fail\":[]}", 11}, POSTERN_E_PROTOCOL, "no zip"},
        {POSTERN_UNPACK_ZIP, {"PK\3\4", 4}, POSTERN_E_PROTOCOL, "no zip"}, /* a header that is cut */
        {POSTERN_UNPACK_ZIP, {"PK\1\2 directory only", 20}, POSTERN_E_PROTOCOL, "no zip"},
        {7, {"x", 1}, POSTERN_E_UNSUPPORTED, "format 7"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct unpacked unpacked = {0};
        unpack(&unpacked, rows[i].format, rows[i].bytes);
        assert_int_equal(unpacked.status, rows[i].status);
        assert_int_equal(unpacked.count, 0);
        assert_non_null(strstr(unpacked.error.message, rows[i].words));
    }
}

/* ---- zip ---- */

static void zip_layouts(void **state)
{
    (void)state;
    use_limits(&generous);
    struct buffer text = prose(3, 100000);
    for (int layout = 0; layout < ZIP_LAYOUTS; layout++) {
        struct unpacked unpacked = {0};
        struct zip_builder zip = zip_new();
        zip_add(&zip, layout, "receipt_1.json", TEXT("{\"data\":[]}"));
        zip_add(&zip, ZIP_STORED, "folder/", TEXT("")); /* directories are no members */
        zip_add(&zip, layout, "../../etc/process.json", buffer_text(&text));
        zip_add(&zip, layout, "empty.json", TEXT(""));
        unpack(&unpacked, POSTERN_UNPACK_ZIP, zip_finish(&zip));
        assert_int_equal(unpacked.status, POSTERN_OK);
        assert_int_equal(unpacked.count, 3);
        assert_member(&unpacked, 0, "receipt_1.json", TEXT("{\"data\":[]}"), "");
        assert_member(&unpacked, 1, "../../etc/process.json", buffer_text(&text), "");
        assert_member(&unpacked, 2, "empty.json", TEXT(""), "");
        forget(&unpacked);
        zip_free(&zip);
    }
    buffer_free(&text);
}

static void zip_without_members(void **state)
{
    (void)state;
    struct unpacked unpacked = {0};
    struct zip_builder zip = zip_new();
    unpack(&unpacked, POSTERN_UNPACK_ZIP, zip_finish(&zip));
    assert_int_equal(unpacked.status, POSTERN_OK);
    assert_int_equal(unpacked.count, 0);
    zip_free(&zip);
}

/* The archive that the damage tests take apart: three members of one layout. */
static postern_text three_members(struct zip_builder *zip, int layout, const struct buffer texts[3])
{
    *zip = zip_new();
    zip_add(zip, layout, "a.json", buffer_text(&texts[0]));
    zip_add(zip, layout, "b.json", buffer_text(&texts[1]));
    zip_add(zip, layout, "c.json", buffer_text(&texts[2]));
    return zip_finish(zip);
}

static bool any_damage(const struct unpacked *unpacked)
{
    for (size_t i = 0; i < unpacked->count; i++)
        if (*unpacked->members[i].damage) return true;
    return false;
}

static bool is_whole(const struct unpacked *unpacked, const char *name, const struct buffer *text)
{
    for (size_t i = 0; i < unpacked->count; i++)
        if (!strcmp(unpacked->members[i].name, name) &&
            text_equal(buffer_text(&unpacked->members[i].data), buffer_text(text)))
            return true;
    return false;
}

static void zip_cut_anywhere(void **state)
{
    (void)state;
    static const char *const names[] = {"a.json", "b.json", "c.json"};
    struct buffer texts[3] = {prose(4, 300), prose(5, 700), prose(6, 200)};
    for (int layout = 0; layout < ZIP_LAYOUTS; layout++) {
        struct zip_builder zip;
        postern_text whole = three_members(&zip, layout, texts);
        size_t members_end = zip.bytes.size - zip.directory.size - 22;
        zip.starts[3] = members_end;
        for (size_t size = 1; size < whole.size; size++) {
            struct unpacked unpacked = {0};
            unpack(&unpacked, POSTERN_UNPACK_ZIP, (postern_text){whole.data, size});
            if (unpacked.status < 0) {
                assert_int_equal(unpacked.status, POSTERN_E_PROTOCOL);
                assert_true(size < 30 + 6); /* not even one header */
                continue;
            }
            for (size_t i = 0; i < 3; i++) /* what lies in front of the cut is whole */
                if (size >= zip.starts[i + 1] && !is_whole(&unpacked, names[i], &texts[i]))
                    fail_msg("layout %d cut at %zu: %s is not whole", layout, size, names[i]);
            for (size_t i = 0; i < unpacked.count; i++) { /* and nothing is made up */
                const struct buffer *data = &unpacked.members[i].data;
                bool known = false;
                for (size_t k = 0; k < 3; k++)
                    known |= data->size <= texts[k].size &&
                             !memcmp(data->data ? data->data : "", texts[k].data, data->size);
                assert_true(known);
            }
            if (size <= members_end && !any_damage(&unpacked))
                fail_msg("layout %d cut at %zu: nothing is said", layout, size);
            forget(&unpacked);
        }
        zip_free(&zip);
    }
    for (int i = 0; i < 3; i++)
        buffer_free(&texts[i]);
}

/* Each byte of the second member, header included, is changed in three ways: the others stay whole, and if
 * the second does not, it is said. */
static void zip_flipped_anywhere(void **state)
{
    (void)state;
    static const unsigned char flips[] = {0x01, 0x80, 0xff};
    struct buffer texts[3] = {prose(4, 300), prose(5, 700), prose(6, 200)};
    for (int layout = 0; layout < ZIP_LAYOUTS; layout++) {
        struct zip_builder zip;
        postern_text whole = three_members(&zip, layout, texts);
        for (size_t at = zip.starts[1]; at < zip.starts[2]; at++)
            for (size_t flip = 0; flip < sizeof flips; flip++) {
                struct unpacked unpacked = {0};
                zip.bytes.data[at] = (char)(zip.bytes.data[at] ^ flips[flip]);
                unpack(&unpacked, POSTERN_UNPACK_ZIP, whole);
                assert_int_equal(unpacked.status, POSTERN_OK);
                bool around =
                    is_whole(&unpacked, "a.json", &texts[0]) && is_whole(&unpacked, "c.json", &texts[2]);
                if (!around)
                    fail_msg("layout %d, byte %zu ^ %02x: a neighbour is lost", layout, at - zip.starts[1],
                             flips[flip]);
                bool somewhere = false; /* a damaged name does not matter */
                for (size_t i = 0; i < unpacked.count; i++)
                    somewhere |= text_equal(buffer_text(&unpacked.members[i].data), buffer_text(&texts[1]));
                if (!somewhere && !any_damage(&unpacked))
                    fail_msg("layout %d, byte %zu ^ %02x: nothing is said", layout, at - zip.starts[1],
                             flips[flip]);
                zip.bytes.data[at] = (char)(zip.bytes.data[at] ^ flips[flip]);
                forget(&unpacked);
            }
        zip_free(&zip);
    }
    for (int i = 0; i < 3; i++)
        buffer_free(&texts[i]);
}

static void zip_directory_does_not_matter(void **state)
{
    (void)state;
    struct buffer texts[3] = {prose(4, 300), prose(5, 700), prose(6, 200)};
    for (int row = 0; row < 3; row++) {
        struct zip_builder zip;
        struct unpacked unpacked = {0};
        postern_text whole = three_members(&zip, ZIP_DEFLATED, texts);
        char *directory = zip.bytes.data + (whole.size - 22 - zip.directory.size);
        if (row == 0)
            memset(directory, 0x55, zip.directory.size); /* garbage, only its last record is right */
        if (row == 1)
            memset(directory + 46, 0, 200 < zip.directory.size - 46 ? 200 : zip.directory.size - 46);
        if (row == 2) whole.size -= 10; /* the last record is cut */
        unpack(&unpacked, POSTERN_UNPACK_ZIP, whole);
        assert_int_equal(unpacked.status, POSTERN_OK);
        assert_int_equal(unpacked.count, 3);
        assert_false(any_damage(&unpacked));
        forget(&unpacked);
        zip_free(&zip);
    }
    for (int i = 0; i < 3; i++)
        buffer_free(&texts[i]);
}

/* All that deflate gave before the fault is there, to the byte. */
static void zip_salvages_up_to_the_fault(void **state)
{
    (void)state;
    use_limits(&generous);
    struct buffer text = prose(7, 500000);
    struct zip_builder zip = zip_new();
    struct unpacked unpacked = {0};
    zip_add(&zip, ZIP_DEFLATED, "big.json", buffer_text(&text));
    postern_text whole = zip_finish(&zip);
    size_t fault = whole.size / 2;
    memset(zip.bytes.data + fault, 0xff, 64);
    unpack(&unpacked, POSTERN_UNPACK_ZIP, whole);
    assert_int_equal(unpacked.count, 1);
    assert_true(*unpacked.members[0].damage);
    postern_text got = buffer_text(&unpacked.members[0].data);
    assert_true(got.size > text.size / 3);
    assert_memory_equal(got.data, text.data, text.size / 3);
    forget(&unpacked);
    zip_free(&zip);
    buffer_free(&text);
}

static void zip_special_members(void **state)
{
    (void)state;
    struct zip_builder zip = zip_new();
    struct unpacked unpacked = {0};
    zip_add(&zip, ZIP_DEFLATED, "secret.json", TEXT("encrypted, so they say"));
    zip_add(&zip, ZIP_DEFLATED, "odd.json", TEXT("packed in a way that nobody knows"));
    zip_add(&zip, ZIP_DEFLATED, "good.json", TEXT("good"));
    zip.bytes.data[zip.starts[0] + 6] |= 1; /* the flag of encryption */
    zip.bytes.data[zip.starts[1] + 8] = 42; /* the method */
    unpack(&unpacked, POSTERN_UNPACK_ZIP, zip_finish(&zip));
    assert_int_equal(unpacked.status, POSTERN_OK);
    assert_int_equal(unpacked.count, 3);
    assert_member(&unpacked, 0, "secret.json", TEXT(""), "it is encrypted");
    assert_member(&unpacked, 1, "odd.json", TEXT(""), "it is damaged (");
    assert_member(&unpacked, 2, "good.json", TEXT("good"), "");
    assert_int_equal(unpacked.members[0].archive, zip.starts[1] - zip.starts[0]);
    forget(&unpacked);
    zip_free(&zip);
}

static void limits_hold(void **state)
{
    (void)state;
    struct buffer text = prose(8, 100000);
    static const struct {
        struct module_limits limits;
        size_t members; /* handed over, the rest of the archive included */
        postern_status status;
        const char *damage[5];
    } rows[] = {
        /* each member is cut, the walk goes on */
        {{.member_size = 1000, .member_count = 100, .expansion_size = 1 << 30},
         3,
         POSTERN_OK,
         {"more than 1000 B", "more than 1000 B", "more than 1000 B"}},
        /* the third is one too many */
        {{.member_size = 1 << 20, .member_count = 2, .expansion_size = 1 << 30},
         3,
         POSTERN_E_LIMIT,
         {"", "", "more than 2 members"}},
        /* the second does not fit, the rest is not looked at */
        {{.member_size = 1 << 20, .member_count = 100, .expansion_size = 150000},
         3,
         POSTERN_E_LIMIT,
         {"", "unpacks to more than", "not read"}},
        /* exactly at the limit is not over it */
        {{.member_size = 100000, .member_count = 3, .expansion_size = 300000}, 3, POSTERN_OK, {"", "", ""}},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++)
        for (int layout = 0; layout < ZIP_LAYOUTS; layout++) {
            struct zip_builder zip = zip_new();
            struct unpacked unpacked = {0};
            use_limits(&rows[row].limits);
            for (int i = 0; i < 3; i++)
                zip_add(&zip, layout, "member.json", buffer_text(&text));
            unpack(&unpacked, POSTERN_UNPACK_ZIP, zip_finish(&zip));
            assert_int_equal(unpacked.status, rows[row].status);
            assert_int_equal(unpacked.count, rows[row].members);
            for (size_t i = 0; i < unpacked.count; i++) {
                if (!strstr(unpacked.members[i].damage, rows[row].damage[i]) ||
                    (!*rows[row].damage[i] && *unpacked.members[i].damage))
                    fail_msg("row %zu layout %d member %zu: \"%s\"", row, layout, i,
                             unpacked.members[i].damage);
                assert_true(unpacked.members[i].data.size <= (size_t)rows[row].limits.member_size);
            }
            forget(&unpacked);
            zip_free(&zip);
        }
    use_limits(&(struct module_limits){.member_size = 1000, .member_count = 10, .expansion_size = 5000});
    struct buffer packed = gzip(buffer_text(&text));
    struct unpacked unpacked = {0};
    unpack(&unpacked, POSTERN_UNPACK_GZIP, buffer_text(&packed));
    assert_member(&unpacked, 0, "", (postern_text){text.data, 1000}, "more than 1000 B");
    forget(&unpacked);
    buffer_free(&packed), buffer_free(&text);
    use_limits(&generous);
}

/* Limits are those of the host that asks, not of the process. */
static void limits_have_an_owner(void **state)
{
    (void)state;
    struct module_registry *tight = registry_new(&(struct module_limits){10, 10, 10, 10});
    struct module_instance *other;
    const struct module_plan plan = {.registry = tight, .name = "tight"};
    assert_int_equal(module_instance_new(&plan, &other, NULL), POSTERN_OK);
    use_limits(&generous);
    struct buffer text = prose(8, 1000), packed = gzip(buffer_text(&text));
    struct unpacked unpacked = {0};
    unpack(&unpacked, POSTERN_UNPACK_GZIP, buffer_text(&packed));
    assert_member(&unpacked, 0, "", buffer_text(&text), "");
    forget(&unpacked);
    struct module_instance *before = instance;
    instance = other;
    unpack(&unpacked, POSTERN_UNPACK_GZIP, buffer_text(&packed));
    assert_member(&unpacked, 0, "", (postern_text){text.data, 10}, "more than 10 B");
    forget(&unpacked);
    instance = before;
    buffer_free(&packed), buffer_free(&text);
    module_instance_free(other);
    registry_free(tight);
}

static void the_callback_can_stop(void **state)
{
    (void)state;
    struct zip_builder zip = zip_new();
    struct unpacked unpacked = {.stop_at = 2};
    for (int i = 0; i < 3; i++)
        zip_add(&zip, ZIP_DEFLATED, "member.json", TEXT("x"));
    unpack(&unpacked, POSTERN_UNPACK_ZIP, zip_finish(&zip));
    assert_int_equal(unpacked.status, POSTERN_E_LIMIT - 100); /* as the callback returned it */
    assert_int_equal(unpacked.count, 1);
    forget(&unpacked);
    zip_free(&zip);
}

int main(void)
{
    struct module_registry *registry = registry_new(&generous);
    const struct module_plan plan = {.registry = registry, .name = "test"};
    if (module_instance_new(&plan, &instance, NULL) < 0) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gzip_members),
        cmocka_unit_test(gzip_cut_anywhere),
        cmocka_unit_test(what_is_no_archive),
        cmocka_unit_test(zip_layouts),
        cmocka_unit_test(zip_without_members),
        cmocka_unit_test(zip_cut_anywhere),
        cmocka_unit_test(zip_flipped_anywhere),
        cmocka_unit_test(zip_directory_does_not_matter),
        cmocka_unit_test(zip_salvages_up_to_the_fault),
        cmocka_unit_test(zip_special_members),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(limits_have_an_owner),
        cmocka_unit_test(the_callback_can_stop),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    module_instance_free(instance);
    registry_free(registry);
    return failed;
}

/* What a member unpacks to: the same bytes wherever they lie, and little of a large one in memory. */
#include "base/error.h"
#include "module/services/member_data.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define MIB   ((size_t)1 << 20)
#define LARGE (64 * MIB)

static char directory[] = "/tmp/postern-member-XXXXXX";

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory); /* fails if anything was left in it */
}

static char byte_at(size_t at)
{
    return (char)(at * 7 + at / 4096);
}

static bool fill(struct member_data *data, size_t size)
{
    char block[4096];
    bool all = true;
    for (size_t at = 0; all && at < size; at += sizeof block) {
        for (size_t i = 0; i < sizeof block; i++)
            block[i] = byte_at(at + i);
        all = member_data_append(data, block, size - at < sizeof block ? size - at : sizeof block);
    }
    return all;
}

static void expect(struct member_data *data, size_t size)
{
    postern_error error = ERROR_INIT;
    postern_text text;
    if (member_data_text(data, &text, &error) < 0) fail_msg("%s", error.message);
    assert_int_equal(text.size, size);
    for (size_t at = 0; at < size; at++)
        if (text.data[at] != byte_at(at)) fail_msg("another byte at %zu", at);
}

static void the_same_bytes_in_memory_and_in_a_file(void **state)
{
    (void)state;
    struct member_data data = MEMBER_DATA_INIT;
    data.directory = directory;
    static const size_t sizes[] = {0, 1, 5000, 2 * MIB, 2 * MIB + 1, 100, 20 * MIB + 17, 3};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) { /* one behind the other, as in an archive */
        member_data_begin(&data, LARGE);
        assert_true(fill(&data, sizes[i]));
        assert_int_equal(data.mapping != NULL || data.fd >= 0, sizes[i] > 2 * MIB);
        expect(&data, sizes[i]);
    }
    member_data_free(&data);
}

static void the_limit_cuts(void **state)
{
    (void)state;
    struct member_data data = MEMBER_DATA_INIT;
    for (int with_file = 0; with_file < 2; with_file++) {
        data.directory = with_file ? directory : NULL;
        member_data_begin(&data, 9 * MIB + 5);
        assert_false(fill(&data, 10 * MIB));
        expect(&data, 9 * MIB + 5);
        member_data_begin(&data, 4096);
        assert_true(fill(&data, 4096)); /* exactly at the limit is not over it */
        assert_false(member_data_append(&data, "x", 1));
        expect(&data, 4096);
    }
    member_data_free(&data);
}

static void a_file_that_cannot_be_made(void **state)
{
    (void)state;
    struct member_data data = MEMBER_DATA_INIT;
    postern_error error = ERROR_INIT;
    postern_text text;
    data.directory = "/nowhere/at/all";
    member_data_begin(&data, LARGE);
    assert_false(fill(&data, 9 * MIB));
    assert_int_equal(member_data_text(&data, &text, &error), POSTERN_E_IO);
    assert_non_null(strstr(error.message, "No such file or directory"));
    member_data_begin(&data, LARGE); /* no word of it for the next member */
    assert_true(fill(&data, 100));
    expect(&data, 100);
    member_data_free(&data);
}

static size_t resident_kib(void)
{
    char line[128];
    size_t kib = 0;
    FILE *status = fopen("/proc/self/status", "re");
    assert_non_null(status);
    while (fgets(line, sizeof line, status))
        if (sscanf(line, "RssFile: %zu", &kib) == 1) break;
    fclose(status);
    return kib;
}

static void little_of_a_large_one_stays_in_memory(void **state)
{
    (void)state;
    struct member_data data = MEMBER_DATA_INIT;
    data.directory = directory;
    member_data_begin(&data, LARGE);
    assert_true(fill(&data, LARGE));
    size_t before = resident_kib();
    expect(&data, LARGE);
    expect(&data, LARGE); /* what was let go comes back */
    bool small = false;
    for (int left = 5000; !small && left > 0; left--) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        small = resident_kib() < before + 8 * 1024;
    }
    assert_true(small);
    member_data_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_bytes_in_memory_and_in_a_file),
        cmocka_unit_test(the_limit_cuts),
        cmocka_unit_test(a_file_that_cannot_be_made),
        cmocka_unit_test(little_of_a_large_one_stays_in_memory),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}

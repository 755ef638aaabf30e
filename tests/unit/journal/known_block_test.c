/* Sorted fingerprints, in memory and as they are stored. */
#include "fixture.h"
#include "journal/known/block.h"

static uint64_t random_of(uint64_t *state)
{
    *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
    return *state;
}

static struct fingerprints fingerprints_made(size_t count, uint64_t seed, uint64_t mask)
{
    struct fingerprints made = {malloc((count + 1) * sizeof *made.list), count};
    for (size_t i = 0; i < count; i++)
        made.list[i] = random_of(&seed) & mask;
    fingerprints_sort(&made);
    return made;
}

/* Encodes all and decodes it again; returns the bytes that it took. */
static size_t there_and_back(const struct fingerprints *all, unsigned parameter)
{
    unsigned char block[KNOWN_BLOCK_SIZE];
    uint64_t decoded[KNOWN_BLOCK_COUNT];
    size_t bytes = 0;
    for (size_t at = 0; at < all->count;) {
        size_t size = 0, count = 0,
               taken = known_block_encode(all->list + at, all->count - at, parameter, block, &size);
        assert_in_range(size, 16, KNOWN_BLOCK_SIZE);
        assert_int_equal(known_block_decode((postern_text){(char *)block, size}, decoded, &count, NULL),
                         POSTERN_OK);
        assert_int_equal(count, taken);
        assert_memory_equal(decoded, all->list + at, count * sizeof *decoded);
        at += taken;
        bytes += size;
    }
    return bytes;
}

static void what_is_encoded_comes_back(void **state)
{
    (void)state;
    const size_t counts[] = {1, 2, 3, 1000, 1427, 1500, 50000, 1 << 20};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct fingerprints all = fingerprints_made(counts[i], 88172645463325252u + i, UINT64_MAX);
        size_t bytes = there_and_back(&all, known_block_parameter(all.count));
        if (counts[i] == 1 << 20) assert_true((double)bytes / (double)all.count < 5.72);
        fingerprints_free(&all);
    }
}

static void odd_lists_come_back(void **state)
{
    (void)state;
    uint64_t edges[] = {0, 1, 2, UINT64_MAX / 2, UINT64_MAX - 1, UINT64_MAX};
    struct fingerprints few = {edges, sizeof edges / sizeof *edges};
    for (unsigned parameter = 0; parameter < 64; parameter++) { /* also those that do not suit at all */
        there_and_back(&few, parameter);
        struct fingerprints near = fingerprints_made(5000, 99, 0xffff),
                            far = fingerprints_made(50, 77, UINT64_MAX);
        there_and_back(&near, parameter);
        there_and_back(&far, parameter);
        fingerprints_free(&near);
        fingerprints_free(&far);
    }
}

static void any_bit_that_flips_is_noticed(void **state)
{
    (void)state;
    unsigned char block[KNOWN_BLOCK_SIZE];
    uint64_t decoded[KNOWN_BLOCK_COUNT];
    postern_error error = ERROR_INIT;
    size_t size = 0, count = 0;
    struct fingerprints all = fingerprints_made(60, 5, UINT64_MAX);
    assert_int_equal(known_block_encode(all.list, all.count, known_block_parameter(60), block, &size), 60);
    for (size_t bit = 0; bit < size * 8; bit++) {
        block[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_int_equal(known_block_decode((postern_text){(char *)block, size}, decoded, &count, &error),
                         POSTERN_E_PROTOCOL);
        assert_non_null(strstr(error.remedy, "check the disk"));
        block[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(known_block_decode((postern_text){(char *)block, cut}, decoded, &count, &error),
                         POSTERN_E_PROTOCOL);
    fingerprints_free(&all);
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* However they lie: evenly, many in one corner, few different ones. */
static void lists_are_sorted_without_repeats(void **state)
{
    (void)state;
    const uint64_t masks[] = {UINT64_MAX, 0xfffff, UINT64_C(0xff) << 56, UINT64_C(0x8000000000000001), 0};
    for (size_t count = 0; count < 20000; count += count / 2 + 1) {
        for (size_t m = 0; m < sizeof masks / sizeof *masks; m++) {
            uint64_t seed = 7, *wanted = malloc((count + 1) * sizeof *wanted);
            size_t kept = 0;
            for (size_t i = 0; i < count; i++)
                wanted[i] = random_of(&seed) & masks[m];
            qsort(wanted, count, sizeof *wanted, compare);
            for (size_t i = 0; i < count; i++)
                if (i == 0 || wanted[i] != wanted[i - 1]) wanted[kept++] = wanted[i];
            struct fingerprints sorted = fingerprints_made(count, 7, masks[m]);
            assert_int_equal(sorted.count, kept);
            assert_memory_equal(sorted.list, wanted, kept * sizeof *wanted);
            fingerprints_free(&sorted);
            free(wanted);
        }
    }
}

static void sets_are_merged_and_searched(void **state)
{
    (void)state;
    for (size_t count = 0; count < 3000; count += count / 3 + 1) {
        struct fingerprints even = fingerprints_made(count, 7, ~UINT64_C(1)),
                            some = fingerprints_made(count, 7, ~UINT64_C(1));
        struct fingerprints small = fingerprints_made(count, 8, 0xfffff0); /* all in one corner */
        assert_true(fingerprints_merge(&even, &some));                     /* the same again */
        assert_int_equal(even.count, some.count);
        assert_true(fingerprints_merge(&even, &small));
        assert_int_equal(even.count, some.count + small.count);
        for (size_t i = 0; i < some.count; i++) {
            assert_true(fingerprints_have(&even, some.list[i]));
            assert_false(fingerprints_have(&even, some.list[i] | 1));
        }
        for (size_t i = 0; i < small.count; i++)
            assert_true(fingerprints_have(&even, small.list[i]));
        assert_false(fingerprints_have(&even, UINT64_MAX));
        assert_false(fingerprints_have(&even, 1));
        fingerprints_free(&even);
        fingerprints_free(&some);
        fingerprints_free(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encoded_comes_back),    cmocka_unit_test(odd_lists_come_back),
        cmocka_unit_test(any_bit_that_flips_is_noticed), cmocka_unit_test(lists_are_sorted_without_repeats),
        cmocka_unit_test(sets_are_merged_and_searched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

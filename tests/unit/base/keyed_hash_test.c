/* SipHash-1-3 by its published numbers; another key is another hash. */
#include "../unit.h"
#include "base/keyed_hash.h"
#include "base/random.h"
#include "base/text.h"

static void test_the_published_numbers(void **state)
{
    (void)state;
    static const char bytes[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    static const struct hash_key key = {{0x0706050403020100u, 0x0f0e0d0c0b0a0908u}};
    assert_int_equal(keyed_hash(&key, (postern_text){NULL, 0}), 0xabac0158050fc4dcu);
    assert_int_equal(keyed_hash(&key, (postern_text){bytes, 1}), 0xc9f49bf37d57ca93u);
    assert_int_equal(keyed_hash(&key, (postern_text){bytes, 15}), 0xd320d86d2a519956u);
}

static void test_the_whole_text_and_the_key_count(void **state)
{
    (void)state;
    struct random_source random = random_fixed(1);
    struct hash_key key = hash_key_new(&random), other = hash_key_new(&random);
    uint64_t hash = keyed_hash(&key, TEXT("aaaaaaaa0001@bbbb.cc"));
    assert_int_equal(hash, keyed_hash(&key, TEXT("aaaaaaaa0001@bbbb.cc")));
    assert_int_not_equal(hash, keyed_hash(&key, TEXT("aaaaaaaa0002@bbbb.cc")));
    assert_int_not_equal(hash, keyed_hash(&other, TEXT("aaaaaaaa0001@bbbb.cc")));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_published_numbers),
        cmocka_unit_test(test_the_whole_text_and_the_key_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Event ids: what makes two events the same, what does not, the frozen bytes, and the price. */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#include "collect/answer/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const unsigned char key[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
#define VOLATILE(path_, prefix_)                                                                             \
    &(const postern_volatile_field)                                                                          \
    {                                                                                                        \
        .size = sizeof(postern_volatile_field), .path = path_, .value_prefix = prefix_                       \
    }
static const postern_volatile_field *const volatile_fields[] = {
    VOLATILE("_offset", NULL),        VOLATILE("_partition", NULL), VOLATILE("id", "MTOKEN:"),
    VOLATILE("meta.kafka.lag", NULL), VOLATILE("rows.n", "7"),      NULL};

/* The id of one event in a response of its own. */
static void id_of(const char *source, const char *type, const char *json, unsigned char id[EVENT_ID_SIZE])
{
    struct identity_maker *maker = identity_maker_new(key, source, volatile_fields, 4096);
    assert_non_null(maker);
    postern_error error = {.size = sizeof error};
    if (identity_make(maker, text_of(type), text_of(json), (postern_text){0}, id, &error) < 0)
        fail_msg("%s", error.message);
    identity_maker_free(maker);
}

static void test_same_and_different(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *a, *b;
        bool same;
    } rows[] = {
        {"the order of keys says nothing", "{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true},
        {"nor white space", "{\"a\":[1,2]}", "{ \"a\" : [ 1 ,\n2 ] }", true},
        {"nor the way a string is escaped", "{\"a\":\"\\u0041\\/\"}", "{\"a\":\"A/\"}", true},
        {"nested keys too", "{\"a\":{\"y\":1,\"x\":2}}", "{\"a\":{\"x\":2,\"y\":1}}", true},
        {"numbers as written: 1 is not 1.0", "{\"a\":1}", "{\"a\":1.0}", false},
        {"null is not absent", "{\"a\":null}", "{}", false},
        {"the order of a list counts", "{\"a\":[1,2]}", "{\"a\":[2,1]}", false},
        {"another value", "{\"a\":\"x\"}", "{\"a\":\"y\"}", false},
        {"transport fields are volatile", "{\"a\":1,\"_offset\":7,\"_partition\":1}",
         "{\"a\":1,\"_offset\":8}", true},
        {"MTOKEN ids are volatile", "{\"id\":\"MTOKEN:abc\",\"a\":1}", "{\"id\":\"MTOKEN:def\",\"a\":1}",
         true},
        {"other ids are not", "{\"id\":\"x1\",\"a\":1}", "{\"id\":\"x2\",\"a\":1}", false},
        {"volatile by path", "{\"meta\":{\"kafka\":{\"lag\":1,\"x\":2}}}", "{\"meta\":{\"kafka\":{\"x\":2}}}",
         true},
        {"through lists", "{\"meta\":[{\"kafka\":[[{\"l\\u0061g\":1}]]}]}", "{\"meta\":[{\"kafka\":[[{}]]}]}",
         true},
        {"not at another place", "{\"meta\":{\"lag\":1}}", "{\"meta\":{\"lag\":2}}", false},
        {"nor below more", "{\"a\":{\"meta\":{\"kafka\":{\"lag\":1}}}}",
         "{\"a\":{\"meta\":{\"kafka\":{\"lag\":2}}}}", false},
        {"nor in one part less", "{\"kafka\":{\"lag\":1}}", "{\"kafka\":{\"lag\":2}}", false},
        {"a key with dots is no path", "{\"meta.kafka.lag\":1}", "{\"meta.kafka.lag\":2}", false},
        {"a prefix speaks of numbers too", "{\"rows\":[{\"n\":71}]}", "{\"rows\":[{\"n\":72}]}", true},
        {"and only of those", "{\"rows\":[{\"n\":81}]}", "{\"rows\":[{\"n\":82}]}", false},
        {"a name without dots means the root only", "{\"a\":{\"_offset\":1}}", "{\"a\":{\"_offset\":2}}",
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("row %zu: %s\n", i, rows[i].what);
        unsigned char a[EVENT_ID_SIZE], b[EVENT_ID_SIZE];
        id_of("siem", "receipt", rows[i].a, a);
        id_of("siem", "receipt", rows[i].b, b);
        assert_int_equal(memcmp(a, b, EVENT_ID_SIZE) == 0, rows[i].same);
    }
    unsigned char a[EVENT_ID_SIZE], b[EVENT_ID_SIZE];
    id_of("siem", "receipt", "{\"a\":1}", a);
    id_of("siem", "process", "{\"a\":1}", b); /* the log type is part of it */
    assert_memory_not_equal(a, b, EVENT_ID_SIZE);
    id_of("audit", "receipt", "{\"a\":1}", b); /* and the source */
    assert_memory_not_equal(a, b, EVENT_ID_SIZE);
    id_of("siemre", "ceipt", "{\"a\":1}", b); /* and where one ends and the other begins */
    assert_memory_not_equal(a, b, EVENT_ID_SIZE);
}

/* The bytes as documented, put together by hand: an id that changes would deliver everything twice. */
static void test_frozen_bytes(void **state)
{
    (void)state;
    struct buffer bytes = {.limit = 1024};
    buffer_append(&bytes, key, 16);
    buffer_append(&bytes, "\4\0\0\0\0\0\0\0siem", 12);
    buffer_append(&bytes, "\7\0\0\0\0\0\0\0receipt", 15);
    buffer_append(&bytes, "\24\0\0\0\0\0\0\0{\"a\":\"x\",\"b\":[1.50]}", 28);
    buffer_append(&bytes, "\0\0\0\0", 4);
    unsigned char hash[32], id[EVENT_ID_SIZE];
    digest_sha256(buffer_text(&bytes), hash);
    id_of("siem", "receipt", "{ \"b\": [1.50], \"_offset\": 3, \"a\": \"\\u0078\" }", id);
    assert_memory_equal(id, hash, EVENT_ID_SIZE);
    buffer_free(&bytes);
}

static void test_occurrences(void **state)
{
    (void)state;
    enum { KINDS = 300, TIMES = 3 };
    static unsigned char ids[KINDS * TIMES][EVENT_ID_SIZE];
    for (int response = 0; response < 2; response++) {
        struct identity_maker *maker = identity_maker_new(key, "siem", NULL, 4096);
        for (int i = 0; i < KINDS * TIMES; i++) {
            char json[64];
            snprintf(json, sizeof json, "{\"n\":%d}", i % KINDS);
            unsigned char id[EVENT_ID_SIZE];
            assert_int_equal(identity_make(maker, TEXT("spam"), text_of(json), (postern_text){0}, id, NULL),
                             POSTERN_OK);
            if (response == 0)
                memcpy(ids[i], id, EVENT_ID_SIZE);
            else
                assert_memory_equal(ids[i], id, EVENT_ID_SIZE); /* the same response again: the same ids */
        }
        identity_maker_free(maker);
    }
    for (int i = 0; i < KINDS * TIMES; i++) /* and equal events in one response are not the same event */
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(ids[i], ids[j], EVENT_ID_SIZE);
}

static void test_what_is_no_event(void **state)
{
    (void)state;
    static const char *const rows[] = {"[1]", "\"text\"", "{\"a\":", "", "{} {}", "null"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct identity_maker *maker = identity_maker_new(key, "siem", NULL, 4096);
        unsigned char id[EVENT_ID_SIZE] = {0};
        postern_error error = {.size = sizeof error};
        assert_int_equal(identity_make(maker, TEXT("spam"), text_of(rows[i]), (postern_text){0}, id, &error),
                         POSTERN_E_PROTOCOL);
        assert_true(error.message[0]);
        identity_maker_free(maker);
    }
}

/* The vendor's own key stands for the text: what else the event says is not looked at. */
static void test_vendor_id(void **state)
{
    (void)state;
    static const struct {
        const char *key, *json;
    } rows[] = {
        {"7", "{\"a\":1}"}, {"7", "{\"a\":2}"}, {"8", "{\"a\":1}"}, {"", "{\"a\":1}"}, {"{\"a\":1}", "{}"}};
    unsigned char ids[5][EVENT_ID_SIZE];
    for (size_t i = 0; i < 5; i++) {
        struct identity_maker *maker = identity_maker_new(key, "siem", volatile_fields, 4096);
        assert_int_equal(
            identity_make(maker, TEXT("spam"), text_of(rows[i].json), text_of(rows[i].key), ids[i], NULL),
            POSTERN_OK);
        identity_maker_free(maker);
    }
    assert_memory_equal(ids[0], ids[1], EVENT_ID_SIZE);
    for (size_t i = 2; i < 5; i++)
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(ids[i], ids[j], EVENT_ID_SIZE); /* a key is no text, and no text a key */
}

static void test_price(void **state)
{
    (void)state;
    struct buffer json = {.limit = 4096};
    buffer_append_string(&json, "{");
    for (int i = 0; json.size < 770; i++)
        buffer_printf(&json, "%s\"%cfield%d\":\"value-%d.example\"", i ? "," : "", 'a' + (i * 7) % 26, i, i);
    buffer_append_string(&json, "}");
    struct identity_maker *maker = identity_maker_new(key, "siem", volatile_fields, 4096);
    unsigned char id[EVENT_ID_SIZE];
    enum { ROUNDS = 20000 };
    struct timespec from, to;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (int i = 0; i < ROUNDS; i++) {
        memcpy(json.data + json.size - 12,
               (char[]){(char)('a' + i % 26), (char)('a' + i / 26 % 26), (char)('a' + i / 676)}, 3);
        assert_int_equal(
            identity_make(maker, TEXT("receipt"), buffer_text(&json), (postern_text){0}, id, NULL),
            POSTERN_OK);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    double us =
        ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / 1e3 / ROUNDS;
    print_message("%.2f us for an event of %zu bytes\n", us, json.size);
    identity_maker_free(maker);
    buffer_free(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_and_different), cmocka_unit_test(test_frozen_bytes),
        cmocka_unit_test(test_occurrences),        cmocka_unit_test(test_what_is_no_event),
        cmocka_unit_test(test_vendor_id),          cmocka_unit_test(test_price),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

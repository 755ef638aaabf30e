/* JSON as vendors send it becomes JSON that every reader takes, and nothing in it is lost. */
#include "../unit.h"
#include "base/buffer.h"
#include "base/json_outline.h"
#include "base/random.h"
#include "base/text.h"
#include "parse/strict_json.h"

static const struct hash_key key = {{1, 2}};

/* Slowly, and in another way: no two members of one object have the same key. */
static bool names_differ(const struct json_tape *tape)
{
    char a_space[512], b_space[512];
    for (size_t i = 1; i < tape->count; i++)
        for (size_t j = 1; j < i && tape->nodes[i].key_end; j++) {
            const struct json_node *a = &tape->nodes[i], *b = &tape->nodes[j];
            if (!b->key_end || a->parent != b->parent) continue;
            struct buffer a_plain = {.data = a_space, .capacity = sizeof a_space, .limit = sizeof a_space};
            struct buffer b_plain = {.data = b_space, .capacity = sizeof b_space, .limit = sizeof b_space};
            json_unescape_raw(json_node_key(tape, a), &a_plain);
            json_unescape_raw(json_node_key(tape, b), &b_plain);
            if (text_equal(buffer_text(&a_plain), buffer_text(&b_plain))) return false;
        }
    return true;
}

static void make_strict(const char *json, struct buffer *out, struct json_repairs *repairs)
{
    struct json_tape *tape = json_tape_new();
    *repairs = (struct json_repairs){0};
    assert_int_equal(json_write_strict(tape, text_of(json), &key, out, repairs, NULL), POSTERN_OK);
    json_tape_free(tape);
}

static void test_each_flaw(void **state)
{
    (void)state;
    static const struct {
        const char *json, *strict;
        unsigned replaced, renamed;
    } rows[] = {
        {"{ \"a\" : [1.0, {}] }", "{ \"a\" : [1.0, {}] }", 0, 0},
        {"{\"a\":\"\xc3\xa4\xf0\x9f\x98\x80\\ud83d\\ude00\"}",
         "{\"a\":\"\xc3\xa4\xf0\x9f\x98\x80\\ud83d\\ude00\"}", 0, 0},
        {"{\"a\":\"\xff\xc3(\"}", "{\"a\":\"\xef\xbf\xbd\xef\xbf\xbd(\"}", 2, 0},
        {"{\"\xed\xa0\x80\":1}", "{\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\":1}", 3, 0},
        {"{\"a\":\"\\ud83d\"}", "{\"a\":\"\xef\xbf\xbd\"}", 1, 0},
        {"{\"a\":\"\\ude00\\ud83d\"}", "{\"a\":\"\xef\xbf\xbd\xef\xbf\xbd\"}", 2, 0},
        {"{\"a\":\"\\\\ud83d\"}", "{\"a\":\"\\\\ud83d\"}", 0, 0},
        {"{\"a\":\"\\ud83d\\u0041\"}", "{\"a\":\"\xef\xbf\xbd\\u0041\"}", 1, 0},
        {"{\"x\":1,\"x\":[2]}", "{\"x\":1,\"x_2\":[2]}", 0, 1},
        {"{\"x\":1,\"\\u0078\":2,\"x\":3}", "{\"x\":1,\"\\u0078_2\":2,\"x_3\":3}", 0, 2},
        {"{\"x_2\":0,\"x\":1,\"x\":2,\"x\":3,\"x_4\":4}", "{\"x_2\":0,\"x\":1,\"x_3\":2,\"x_5\":3,\"x_4\":4}",
         0, 2},
        {"{\"x\":1,\"x\":2,\"x_2\":3,\"x_2\":4}", "{\"x\":1,\"x_3\":2,\"x_2\":3,\"x_2_2\":4}", 0, 2},
        {"{\"\":1,\"\":2,\"o\":{\"x\":1,\"x\":{\"y\":1,\"y\":2}},\"l\":[{\"x\":1},{\"x\":1}]}",
         "{\"\":1,\"_2\":2,\"o\":{\"x\":1,\"x_2\":{\"y\":1,\"y_2\":2}},\"l\":[{\"x\":1},{\"x\":1}]}", 0, 3},
        /* the same only once wrong bytes are replaced */
        {"{\"a\xff\":1,\"a\xfe\":2}", "{\"a\xef\xbf\xbd\":1,\"a\xef\xbf\xbd_2\":2}", 2, 1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buffer out = {.limit = 4096};
        struct json_repairs repairs;
        make_strict(rows[i].json, &out, &repairs);
        assert_string_equal(buffer_string(&out), rows[i].strict);
        assert_int_equal(repairs.replaced, rows[i].replaced);
        assert_int_equal(repairs.renamed, rows[i].renamed);
        buffer_free(&out);
    }
}

/* Up to some hundred members it is said at once; of more nothing is said, and they are looked at in another
 * way. */
static void test_wide_objects(void **state)
{
    (void)state;
    struct json_tape *tape = json_tape_new();
    static const size_t counts[] = {1, 99, 101, KEY_SET_MOST, KEY_SET_MOST + 1, 3000};
    for (size_t i = 0; i < COUNT(counts); i++)
        for (int has_twin = 0; has_twin < 2; has_twin++) {
            struct buffer json = {.limit = 1 << 20}, out = {.limit = 1 << 20};
            const struct json_node *root;
            for (size_t k = 0; k < counts[i]; k++)
                buffer_printf(&json, "%s\"key%zu\":%zu", k ? "," : "{",
                              has_twin && k + 1 == counts[i] ? 0 : k, k);
            buffer_append_byte(&json, '}');
            bool differ = !has_twin || counts[i] == 1;
            assert_int_equal(json_parse(tape, buffer_text(&json), &root, NULL), POSTERN_OK);
            assert_int_equal(json_has_own_keys(tape, root), differ && counts[i] <= KEY_SET_MOST);
            struct json_repairs repairs;
            make_strict(buffer_string(&json), &out, &repairs);
            assert_int_equal(repairs.renamed, !differ);
            buffer_free(&json);
            buffer_free(&out);
        }
    json_tape_free(tape);
}

/* Keys from a small set, so that many are there twice; of other bytes, some of them wrong. */
static void random_value(struct random_source *random, int depth, struct buffer *out)
{
    static const char *const keys[] = {"a",          "b", "aa",   "a_2",  "a_3",     "\\u0061", "long name",
                                       "long  name", "",  "\xff", "\xfe", "\\ud800", "\xc3\xa4"};
    uint64_t kind = depth > 3 ? 0 : random_below(random, 4);
    if (kind < 2) {
        buffer_printf(out, "\"%s\"", keys[random_below(random, COUNT(keys))]);
        return;
    }
    buffer_append_byte(out, kind == 2 ? '{' : '[');
    for (uint64_t i = 0, count = random_below(random, 9); i < count; i++) {
        if (i) buffer_append_byte(out, ',');
        if (kind == 2) buffer_printf(out, "\"%s\":", keys[random_below(random, COUNT(keys))]);
        random_value(random, depth + 1, out);
    }
    buffer_append_byte(out, kind == 2 ? '}' : ']');
}

/* What is remembered of a text's keys is what a look at them says. */
static void check_own_keys(struct json_tape *remembering, const struct json_tape *tape, postern_text json)
{
    const struct json_node *root;
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(json_parse(remembering, json, &root, NULL), POSTERN_OK);
        for (size_t i = 0; i < tape->count; i++)
            if (json_node_is_container(&tape->nodes[i]))
                assert_int_equal(json_has_own_keys(remembering, root + i),
                                 json_has_own_keys(tape, &tape->nodes[i]));
    }
}

static void test_random_documents(void **state)
{
    (void)state;
    struct random_source random = random_fixed(7);
    struct json_tape *tape = json_tape_new(), *remembering = json_tape_new();
    json_tape_remember(remembering);
    size_t flawed = 0, proven = 0;
    for (int round = 0; round < 3000; round++) {
        struct buffer json = {.limit = 1 << 20}, out = {.limit = 1 << 20};
        const struct json_node *root;
        buffer_append_string(&json, "[");
        random_value(&random, 0, &json);
        buffer_append_string(&json, "]");
        assert_int_equal(json_parse(tape, buffer_text(&json), &root, NULL), POSTERN_OK);
        size_t values = tape->count;
        struct json_key_set set;
        json_key_set_init(&set, tape);
        bool said = json_key_set_add(&set, tape->nodes, tape->nodes + tape->count),
             differ = names_differ(tape);
        assert_true(differ || !said);
        check_own_keys(remembering, tape, buffer_text(&json));
        proven += said && tape->count > 5;
        struct json_repairs repairs;
        make_strict(buffer_string(&json), &out, &repairs);
        flawed += repairs.renamed > 0;
        assert_int_equal(json_parse(tape, buffer_text(&out), &root, NULL), POSTERN_OK);
        assert_int_equal(tape->count, values);
        assert_true(json_is_unicode(tape) && text_is_utf8(buffer_text(&out)) && names_differ(tape));
        if (repairs.renamed + repairs.replaced == 0)
            assert_string_equal(buffer_string(&out), buffer_string(&json));
        buffer_free(&json);
        buffer_free(&out);
    }
    json_tape_free(tape);
    json_tape_free(remembering);
    assert_true(flawed > 500 && proven > 20);
}

static void test_wrong_bytes_anywhere_in_a_long_text(void **state)
{
    (void)state;
    struct json_tape *tape = json_tape_new();
    char json[400];
    const struct json_node *root;
    for (size_t size = 10; size < sizeof json; size += 13)
        for (size_t place = 2; place < size - 2; place++) {
            memset(json, 'x', size);
            memcpy(json, "[\"", 2);
            memcpy(json + size - 2, "\"]", 2);
            assert_int_equal(json_parse(tape, (postern_text){json, size}, &root, NULL), POSTERN_OK);
            assert_true(json_is_unicode(tape));
            json[place] = '\xa4';
            assert_int_equal(json_parse(tape, (postern_text){json, size}, &root, NULL), POSTERN_OK);
            assert_false(json_is_unicode(tape));
            if (place + 1 >= size - 2) continue;
            memcpy(json + place, "\xc3\xa4", 2);
            assert_true(json_is_unicode(tape));
        }
    json_tape_free(tape);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_flaw),
        cmocka_unit_test(test_wide_objects),
        cmocka_unit_test(test_random_documents),
        cmocka_unit_test(test_wrong_bytes_anywhere_in_a_long_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

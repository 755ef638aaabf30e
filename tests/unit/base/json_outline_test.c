/* A tape that remembers outlines reads as one that does not. */
#include "base/json_outline.h"

#include "base/error.h"
#include "base/text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define NODE_SIZE (offsetof(struct json_node, flags) + 1) /* without what only fills it up */

struct fixture {
    struct json_tape *plain, *remembering;
};

static int set_up(void **state)
{
    struct fixture *fixture = test_calloc(1, sizeof *fixture);
    fixture->plain = json_tape_new();
    fixture->remembering = json_tape_new();
    json_tape_remember(fixture->remembering);
    assert_non_null(fixture->remembering->outlines);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    json_tape_free(fixture->plain);
    json_tape_free(fixture->remembering);
    test_free(fixture);
    return 0;
}

static void assert_same_place(const struct fixture *fixture, const struct json_node *node, postern_text key)
{
    const struct json_node *found = json_get_text(fixture->plain, node, key);
    const struct json_node *expected =
        found ? &fixture->remembering->nodes[found - fixture->plain->nodes] : NULL;
    for (int turn = 0; turn < 2; turn++)
        assert_ptr_equal(json_outline_get(fixture->remembering, key), expected);
}

static void assert_same_nodes(const struct json_tape *plain, const struct json_tape *remembering)
{
    assert_int_equal(plain->count, remembering->count);
    for (size_t i = 0; i < plain->count; i++)
        assert_memory_equal(&plain->nodes[i], &remembering->nodes[i], NODE_SIZE);
    assert_int_equal(plain->has_lone_surrogate, remembering->has_lone_surrogate);
    assert_int_equal(plain->has_line_break, remembering->has_line_break);
}

/* In a block of exactly its size, so that a sanitizer sees a read behind its end. */
static void read_both(const struct fixture *fixture, postern_text text)
{
    char *copy = malloc(text.size ? text.size : 1);
    memcpy(copy, text.data, text.size);
    text.data = copy;
    const struct json_node *root, *other;
    postern_error error = ERROR_INIT, other_error = ERROR_INIT;
    struct json_tape *plain = fixture->plain, *remembering = fixture->remembering;
    postern_status status = json_parse(plain, text, &root, &error);
    assert_int_equal(json_parse(remembering, text, &other, &other_error), status);
    assert_string_equal(error.message, other_error.message);
    assert_same_nodes(plain, remembering);
    if (status < 0) assert_null(remembering->outline);
    for (size_t i = 1; status >= 0 && remembering->outline && i < plain->count; i++)
        if (root->type == POSTERN_JSON_OBJECT && plain->nodes[i].key_end)
            assert_same_place(fixture, root, json_node_key(plain, &plain->nodes[i]));
    if (status >= 0 && remembering->outline && root->type == POSTERN_JSON_OBJECT)
        assert_same_place(fixture, root, TEXT("nowhere"));
    free(copy);
}

static const postern_text texts[] = {
    TEXT("{\"a\":1,\"b\":\"x\",\"long enough for two words\":[1,2],\"z\":{\"a\":1,\"b\":{}}}"),
    TEXT("{\"a\":1,\"b\":\"x\",\"long enough for two worlds\":[1,2],\"z\":{\"a\":1,\"b\":{}}}"),
    TEXT("{\"a\":1,\"b\":\"x\",\"long enough for two words\":[1,2,3],\"z\":{\"a\":1},\"b\":{}}"),
    TEXT("{\"a\":1,\"b\":\"x\",\"long enough for two words\":{\"a\":1,\"b\":2},\"z\":{\"a\":1},\"b\":{}}"),
    TEXT("{ \"a\" : 1 , \"b\" : \"x\" }"),
    TEXT("{\"a\":[1],\"b\":2}"),
    TEXT("{\"a\":{\"\":1},\"b\":2}"),
    TEXT("{\"a\":{\"b\":2}}"),
    TEXT("{\"a\":[],\"b\":2}"),
    TEXT("{\"a\":{},\"b\":2}"),
    TEXT("{\"a\":1,\"a\":2,\"c\":{\"a\":3}}"),
    TEXT("{\"a\":1,\"\\u0061\":2}"),
    TEXT("{\"\\ud800\":1}"),
    TEXT("{\"a\":1,\"b\":\"\\ud800\"}"),
    TEXT("{\"a\":{\"x\":1,\"x\":2}}"),
    TEXT("{\"a key that is longer than all that is remembered of keys\":1,\"a\":2}"),
    TEXT("{\"\":1,\"\":2}"),
    TEXT("[{\"a\":1},{\"a\":2},[{\"a\":1}]]"),
    TEXT("[]"),
    TEXT("{}"),
    TEXT("7"),
    TEXT("{\"a\"\x01:1}"),
    TEXT("{\"a\":1,\"b\":\"x\",\x01"),
};

static void test_reads_the_same(void **state)
{
    const size_t count = sizeof texts / sizeof *texts;
    for (size_t turn = 0; turn < 4; turn++)
        for (size_t i = 0; i < count; i++)
            for (size_t step = 1; step < count; step += 3)
                read_both(*state, texts[(i * step + turn) % count]);
}

static void test_reads_cut_texts_the_same(void **state)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t size = texts[i].size; size > 0; size--)
            read_both(*state, (postern_text){texts[i].data, size});
}

static void test_texts_with_the_same_keys_have_one_outline(void **state)
{
    const struct fixture *fixture = *state;
    read_both(fixture, TEXT("{\"a\":1,\"b\":{\"c\":\"x\"}}"));
    const struct json_outline *outline = fixture->remembering->outline;
    assert_non_null(outline);
    read_both(fixture, TEXT("{\"a\":\"y\",\"b\":{\"c\":null}}"));
    assert_ptr_equal(fixture->remembering->outline, outline);
    read_both(fixture, TEXT("{\"a\":\"y\", \"b\" :{\"c\":null}}"));
    assert_ptr_equal(fixture->remembering->outline, outline);
    read_both(fixture, TEXT("{\"a\":\"y\",\"b\":{},\"c\":null}"));
    assert_non_null(fixture->remembering->outline);
    assert_ptr_not_equal(fixture->remembering->outline, outline);
}

/* Keys that hardly ever come again, more of them than are remembered at once. */
static void write_varied(char *text, size_t size, unsigned number)
{
    unsigned seed = number * 2654435761u >> 8;
    snprintf(text, size, "{\"%u\":1,\"b\":{\"%u\":2},\"%u\":[{\"e\":1},%u],\"f\":2}", seed % 13,
             seed / 13 % 11, seed / 143 % 17, number);
}

static uint64_t number_of(const struct fixture *fixture, const char *text)
{
    read_both(fixture, text_of(text));
    return json_outline_number(fixture->remembering);
}

/* What was worked out for one outline is never taken for another's: not on another tape, nor where one lay
 * that is forgotten. Four texts of five are as short as the first, so that the first of them that is read
 * then comes to lie in its place. */
static void test_no_two_outlines_have_one_number(void **state)
{
    const struct fixture *fixture = *state;
    struct fixture other = {json_tape_new(), json_tape_new()};
    json_tape_remember(other.remembering);
    uint64_t number = number_of(fixture, "{\"t0\":1}");
    assert_int_equal(json_outline_number(fixture->plain), 0);
    assert_true(number && number_of(&other, "{\"a\":1}") != number);
    json_tape_free(other.plain);
    json_tape_free(other.remembering);
    for (unsigned i = 0; i < 40000; i++) {
        char text[200];
        snprintf(text, sizeof text, "{\"t%u\":1}", i % 7 + 1);
        if (i % 5 == 0) write_varied(text, sizeof text, i);
        assert_true(number_of(fixture, text) != number);
    }
    assert_true(number_of(fixture, "{\"t0\":1}") != number); /* it was forgotten in between */
}

static void test_remembers_within_bounds(void **state)
{
    const struct fixture *fixture = *state;
    unsigned with_outline = 0;
    for (unsigned number = 0; number < 30000; number++) {
        char text[200];
        write_varied(text, sizeof text, number);
        read_both(fixture, text_of(text));
        with_outline += fixture->remembering->outline != NULL;
    }
    assert_true(with_outline > 1000);
}

static void test_wide_and_deep_texts(void **state)
{
    for (size_t members = 1; members < 700; members += 50) {
        struct buffer text = {.limit = 1 << 20};
        for (size_t i = 0; i < members; i++)
            buffer_printf(&text, "%s\"k%zu\":%zu", i ? "," : "{", i % 500, i);
        buffer_append_byte(&text, '}');
        for (int turn = 0; turn < 3; turn++)
            read_both(*state, buffer_text(&text));
        buffer_free(&text);
    }
}

static void read_inside(const struct fixture *fixture, postern_text text, size_t number)
{
    struct json_tape *plain = fixture->plain, *remembering = fixture->remembering;
    const struct json_node *root;
    assert_int_equal(json_parse(remembering, text, &root, NULL), POSTERN_OK);
    postern_text inside = json_node_raw(remembering, &remembering->nodes[number]);
    assert_int_equal(json_parse_inside(remembering, &remembering->nodes[number], &root, NULL), POSTERN_OK);
    assert_int_equal(json_parse(plain, inside, &root, NULL), POSTERN_OK);
    assert_ptr_equal(plain->text, remembering->text);
    assert_same_nodes(plain, remembering);
    struct json_outline *outline = remembering->outline;
    assert_int_equal(json_parse(remembering, inside, &root, NULL), POSTERN_OK);
    if (outline) assert_ptr_equal(remembering->outline, outline);
}

/* Each node of each text, read alone, for the first time and when it is known. */
static void test_reads_what_lies_inside(void **state)
{
    const struct fixture *fixture = *state;
    const struct json_node *root;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (json_parse(fixture->plain, texts[i], &root, NULL) < 0) continue;
        for (size_t number = 0, count = fixture->plain->count; number < count; number++)
            for (int turn = 0; turn < 3; turn++)
                read_inside(fixture, texts[i], number);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reads_cut_texts_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_texts_with_the_same_keys_have_one_outline, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_two_outlines_have_one_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_remembers_within_bounds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wide_and_deep_texts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reads_what_lies_inside, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

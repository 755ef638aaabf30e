/* links: postern_base */
/* Any bytes as JSON: refused with a place inside the text, or read so that all readers and writers agree. */
#include "../unit/plain_canonical.h"

#include "base/error.h"
#include "base/json_outline.h"
#include "base/text.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) abort();                                                                           \
    } while (0)

/* Every node lies within its parent, has the siblings that the walk shows, and finds itself by its key. */
static void check_nodes(const struct json_tape *tape, const struct json_node *node, size_t size, size_t *seen)
{
    CHECK(node->start < node->end && node->end <= size);
    (*seen)++;
    size_t count = 0;
    for (const struct json_node *item = json_first(tape, node); item;
         item = json_after(tape, item), count++) {
        CHECK(item->start > node->start && item->end < node->end && &tape->nodes[item->parent] == node);
        if (node->type == POSTERN_JSON_OBJECT && !(item->flags & JSON_KEY_ESCAPED))
            CHECK(json_get_text(tape, node, json_raw_key(tape, item)) <= item);
        check_nodes(tape, item, size, seen);
    }
    CHECK(count == json_count(tape, node));
    int64_t integer;
    double real;
    if (json_integer(tape, node, &integer)) CHECK(json_real(tape, node, &real));
}

/* A string that is unescaped and written again reads the same. */
static void check_string(const struct json_tape *tape, const struct json_node *node, struct json_tape *other)
{
    struct buffer text = {.limit = 1 << 20}, written = {.limit = 1 << 22}, again = {.limit = 1 << 22};
    const struct json_node *root;
    if (json_unescape(tape, node, &text) && json_write_string(&written, buffer_text(&text)) == 0) {
        CHECK(json_parse(other, buffer_text(&written), &root, NULL) == POSTERN_OK);
        CHECK(json_unescape(other, root, &again) && text_equal(buffer_text(&text), buffer_text(&again)));
    }
    buffer_free(&text);
    buffer_free(&written);
    buffer_free(&again);
}

/* The canonical form, as the plain way writes it, whatever orders other texts have left; and its own. */
static void check_canonical(const struct json_tape *tape, const struct json_node *root,
                            struct json_tape *other)
{
    static struct json_orders *orders;
    struct buffer canonical = {.limit = 1 << 24}, again = {.limit = 1 << 24};
    const struct plain_form plain = {.tape = tape, .out = &again};
    const struct json_node *other_root;
    if (!orders) orders = json_orders_new();
    const struct json_form form = {.orders = orders};
    plain_write(&plain, root);
    CHECK(json_canonical(tape, root, NULL, &canonical));
    CHECK(text_equal(buffer_text(&canonical), buffer_text(&again)));
    for (int turn = 0; turn < 2; turn++) {
        buffer_clear(&again);
        CHECK(json_canonical(tape, root, &form, &again));
        CHECK(text_equal(buffer_text(&canonical), buffer_text(&again)));
    }
    CHECK(json_parse(other, buffer_text(&canonical), &other_root, NULL) == POSTERN_OK);
    CHECK(other->count == tape->count);
    buffer_clear(&again);
    CHECK(json_canonical(other, other_root, &form, &again));
    CHECK(text_equal(buffer_text(&canonical), buffer_text(&again)));
    buffer_free(&canonical);
    buffer_free(&again);
}

/* A tape that remembers the outlines of the texts before reads as one that does not. */
static void check_outline(const struct json_tape *tape, postern_text text, postern_status status,
                          struct json_tape *other)
{
    static struct json_tape *remembering;
    const struct json_node *root;
    if (!remembering) {
        remembering = json_tape_new();
        json_tape_remember(remembering);
    }
    for (int turn = 0; turn < 2; turn++) {
        CHECK(json_parse(remembering, text, &root, NULL) == status);
        CHECK(remembering->count == tape->count);
        if (status < 0) continue;
        for (size_t i = 0; i < tape->count; i++) /* without what only fills a node up */
            CHECK(memcmp(&remembering->nodes[i], &tape->nodes[i], offsetof(struct json_node, flags) + 1) ==
                  0);
        CHECK(remembering->has_lone_surrogate == tape->has_lone_surrogate);
        check_canonical(remembering, root, other);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_tape *tape = json_tape_new(), *other = json_tape_new();
    const struct json_node *root;
    postern_error error = ERROR_INIT;
    postern_text text = {(const char *)data, size};
    postern_status status = json_parse(tape, text, &root, &error);
    check_outline(tape, text, status, other);
    if (status < 0) {
        const char *place = strstr(error.message, "at byte ");
        CHECK(place && strtoull(place + 8, NULL, 10) <= size);
    } else {
        size_t seen = 0;
        check_nodes(tape, root, size, &seen);
        CHECK(seen == tape->count);
        for (size_t i = 0; i < tape->count && i < 50; i++)
            check_string(tape, &tape->nodes[i], other);
        check_canonical(tape, root, other);
    }
    json_tape_free(tape);
    json_tape_free(other);
    return 0;
}

/* The ids of many events of all sources, and of the same events written otherwise, against ids that are made
 * in the plainest way: what is made faster must not change one. */
#include "../plain_canonical.h"
#include "base/digest.h"
#include "collect/answer/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define RECORD_LIMIT ((size_t)1 << 20)

static const unsigned char key[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
#define VOLATILE(path_, prefix_)                                                                             \
    &(const postern_volatile_field)                                                                          \
    {                                                                                                        \
        .size = sizeof(postern_volatile_field), .path = path_, .value_prefix = prefix_                       \
    }
/* Some that every event has, so that there is something to leave out. */
static const postern_volatile_field *const volatile_fields[] = {
    VOLATILE("_offset", NULL),     VOLATILE("AttCnt", NULL), VOLATILE("SpamProcessingDetail.spf.allow", NULL),
    VOLATILE("subject", "\"Re: "), VOLATILE("Act", "A"),     NULL};

struct world {
    struct json_tape *tape, *written;
    struct identity_maker *maker;
    struct buffer bytes, other;
    size_t events, repeated;
};

/* ---- The plain way ---- */

/* The names from the event to the member, with dots between; lists count for nothing. */
static void write_path(const struct json_tape *tape, const struct json_node *node, struct buffer *path)
{
    const struct json_node *parent = &tape->nodes[node->parent];
    if (parent == node) return;
    write_path(tape, parent, path);
    if (parent->type != POSTERN_JSON_OBJECT) return;
    if (path->size) buffer_append_byte(path, '.');
    json_unescape_raw(json_node_key(tape, node), path);
}

static bool is_left_out(void *context, const struct json_node *member)
{
    const struct json_tape *tape = context;
    struct buffer path = {.limit = RECORD_LIMIT};
    bool left_out = false;
    write_path(tape, member, &path);
    const bool is_text = json_type(member) == POSTERN_JSON_STRING;
    const postern_text value = is_text ? json_node_inside(tape, member) : json_node_raw(tape, member);
    for (size_t i = 0; volatile_fields[i]; i++) {
        const char *prefix = volatile_fields[i]->value_prefix;
        if (text_is(buffer_text(&path), volatile_fields[i]->path))
            left_out = left_out || !prefix || text_starts_with(value, prefix);
    }
    buffer_free(&path);
    return left_out;
}

static void append_size(struct buffer *bytes, size_t size)
{
    for (int i = 0; i < 8; i++)
        buffer_append_byte(bytes, (char)(unsigned char)((uint64_t)size >> (8 * i)));
}

static void make_plainly(struct world *world, postern_text type, const struct json_node *event,
                         unsigned char id[EVENT_ID_SIZE])
{
    struct buffer canonical = {.limit = RECORD_LIMIT * 6};
    const struct plain_form form = {world->tape, is_left_out, world->tape, &canonical};
    unsigned char hash[32];
    plain_write(&form, event);
    buffer_clear(&world->bytes);
    buffer_append(&world->bytes, key, sizeof key);
    append_size(&world->bytes, 4);
    buffer_append_string(&world->bytes, "siem");
    append_size(&world->bytes, type.size);
    buffer_append_text(&world->bytes, type);
    append_size(&world->bytes, canonical.size);
    buffer_append_text(&world->bytes, buffer_text(&canonical));
    buffer_append(&world->bytes, "\0\0\0\0", 4);
    digest_sha256(buffer_text(&world->bytes), hash);
    memcpy(id, hash, EVENT_ID_SIZE);
    buffer_free(&canonical);
}

/* ---- The same events written otherwise ---- */

enum way { AS_IT_IS, BACKWARDS, WITH_BLANKS, ESCAPED, WAYS };

/* Its key with the first byte as an escape, if that byte is a letter. */
static void write_key(struct buffer *out, postern_text key_text, enum way way)
{
    const bool escapes = way == ESCAPED && key_text.size && (key_text.data[0] | 0x20) >= 'a' &&
                         (key_text.data[0] | 0x20) <= 'z';
    if (escapes) {
        buffer_printf(out, "\"\\u%04X", (unsigned)key_text.data[0]);
        key_text.data++, key_text.size--;
    } else {
        buffer_append_byte(out, '"');
    }
    buffer_append_text(out, key_text);
    buffer_append_string(out, way == WITH_BLANKS ? "\" :\n" : "\":");
}

static postern_text written(struct world *world, const struct json_node *event, enum way way)
{
    const struct json_node *members[256], *member = json_first(world->tape, event);
    size_t count = 0;
    for (; member && count < 256; member = json_after(world->tape, member))
        members[count++] = member;
    assert_null(member);
    buffer_clear(&world->other);
    buffer_append_byte(&world->other, '{');
    for (size_t i = 0; i < count; i++) {
        const struct json_node *at = members[way == BACKWARDS ? count - 1 - i : i];
        if (i) buffer_append_string(&world->other, way == WITH_BLANKS ? "\t, " : ",");
        write_key(&world->other, json_node_key(world->tape, at), way);
        buffer_append_text(&world->other, json_node_raw(world->tape, at));
    }
    buffer_append_byte(&world->other, '}');
    return buffer_text(&world->other);
}

/* ---- Events ---- */

static void check_event(struct world *world, postern_text type, postern_text json)
{
    const struct json_node *event;
    unsigned char expected[EVENT_ID_SIZE], id[EVENT_ID_SIZE], first[EVENT_ID_SIZE];
    assert_int_equal(json_parse(world->tape, json, &event, NULL), POSTERN_OK);
    make_plainly(world, type, event, expected);
    for (enum way way = AS_IT_IS; way < WAYS; way++) {
        const postern_text text = way == AS_IT_IS ? json : written(world, event, way);
        assert_int_equal(identity_make(world->maker, type, text, (postern_text){0}, id, NULL), POSTERN_OK);
        const bool again = identity_occurrence(world->maker, first) > 0;
        if (memcmp(first, expected, EVENT_ID_SIZE) != 0)
            fail_msg("another id, written in way %d: %.*s", (int)way, (int)text.size, text.data);
        assert_true(again || way == AS_IT_IS);
        world->repeated += again;
    }
    world->events++;
}

/* A line is an event, or {"postern":{"type":...},"event":{...}}. */
static void check_line(struct world *world, postern_text line)
{
    const struct json_node *root;
    assert_int_equal(json_parse(world->written, line, &root, NULL), POSTERN_OK);
    const struct json_node *about = json_get(world->written, root, "postern");
    const struct json_node *event = json_get(world->written, root, "event");
    if (!about || !event) {
        check_event(world, TEXT("receipt"), line);
        return;
    }
    const struct json_node *type = json_get(world->written, about, "type");
    check_event(world, type ? json_node_inside(world->written, type) : TEXT(""),
                json_raw(world->written, event));
}

static void check_corpus(struct world *world, const char *arguments)
{
    static char line[RECORD_LIMIT], command[1024];
    snprintf(command, sizeof command, "'%s' corpus %s", SIMULATOR_BINARY, arguments);
    FILE *corpus = popen(command, "r");
    assert_non_null(corpus);
    while (fgets(line, sizeof line, corpus))
        check_line(world, text_trim(text_of(line)));
    assert_int_equal(pclose(corpus), 0);
}

static void test_all_sources(void **state)
{
    struct world world = {.tape = json_tape_new(),
                          .written = json_tape_new(),
                          .maker = identity_maker_new(key, "siem", volatile_fields, RECORD_LIMIT),
                          .bytes = {.limit = RECORD_LIMIT * 6},
                          .other = {.limit = RECORD_LIMIT * 2}};
    (void)state;
    assert_true(world.tape && world.written && world.maker);
    check_corpus(&world, "--sources all --seed 11 --events 4000");
    check_corpus(&world, "--all-types --seed 12 --events 2000");
    check_corpus(&world, "--api 2 --all-types --seed 13 --events 2000");
    check_corpus(&world, "--seed 14 --events 1000");
    print_message("%zu events, each written in %d ways\n", world.events, (int)WAYS);
    assert_true(world.events >= 9000 && world.repeated >= 9000 * (WAYS - 1));
    json_tape_free(world.tape);
    json_tape_free(world.written);
    identity_maker_free(world.maker);
    buffer_free(&world.bytes);
    buffer_free(&world.other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_sources)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

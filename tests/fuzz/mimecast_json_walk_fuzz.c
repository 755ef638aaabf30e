/* links: postern_base mimecast_files */
/* The module's walk against the core's parser: both take the same texts, and see the same members. */
#include "base/json_tape.h"
#include "base/text.h"
#include "json_walk.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#define require(holds) ((holds) ? (void)0 : abort())

/* The member that must come next. */
struct expected {
    const struct json_tape *tape;
    const struct json_node *member;
};

static void look_at_member(void *context, postern_text key, postern_text value)
{
    struct expected *expected = context;
    if (!expected->tape) return;
    require(expected->member);
    const postern_text raw_key = json_raw_key(expected->tape, expected->member),
                       raw = json_raw(expected->tape, expected->member);
    require(key.data == raw_key.data && key.size == raw_key.size);
    require(value.data == raw.data && value.size == raw.size);
    expected->member = json_after(expected->tape, expected->member);
}

static void check_fault(const struct json_walk *walk, postern_text text)
{
    require(walk->fault != WALK_FINE);
    require(walk->at >= text.data && walk->at <= kit_end(text));
}

/* What was cut may be whole with more behind it; what is broken stays so. */
static void check_parts(postern_text text)
{
    for (size_t part = 0; part <= text.size && part < 200; part++) {
        struct json_walk walk = json_walk_over(kit_span(text.data, part));
        if (!json_walk_value(&walk, NULL, NULL)) require(walk.fault == WALK_CUT);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_tape *tape = json_tape_new();
    const struct json_node *root;
    const postern_text text = {(const char *)data, size};
    bool parsed = json_parse(tape, text, &root, NULL) == POSTERN_OK;
    bool is_object = parsed && json_type(root) == POSTERN_JSON_OBJECT;
    struct expected expected = {.tape = parsed ? tape : NULL,
                                .member = is_object ? json_first(tape, root) : NULL};
    struct json_walk walk = json_walk_over(text);
    bool walked = json_walk_value(&walk, look_at_member, &expected);
    if (!walked) check_fault(&walk, text);
    json_walk_space(&walk);
    require(parsed == (walked && walk.at == walk.end));
    if (parsed) {
        require(!expected.member);
        check_parts(text);
    }
    json_tape_free(tape);
    return 0;
}

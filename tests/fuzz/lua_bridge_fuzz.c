/* links: postern_script */
/* Any bytes as an event, through lua_bridge.lua, which touches everything: an event that is JSON comes out as
 * JSON or with an error that says why, one that is not never reaches Lua. Twice the same event is twice the
 * same answer. */
#include "script_runner.h"

#include "base/json.h"
#include "base/text.h"
#include "parse/strict_json.h"
#include <string.h>

/* Nothing in the line needs mending. */
static bool is_strict(struct json_tape *tape, postern_text line)
{
    static const struct hash_key key;
    struct buffer out = {.limit = line.size * 4 + 64};
    struct json_repairs repairs = {0};
    bool is_written = json_write_strict(tape, line, &key, &out, &repairs, NULL) == POSTERN_OK;
    buffer_free(&out);
    return is_written && repairs.replaced + repairs.renamed == 0;
}

static void keep_outputs(const struct script_result *result, struct buffer *kept)
{
    static struct json_tape *tape;
    const struct json_node *root;
    if (!tape) tape = json_tape_new();
    for (size_t i = 0; i < result->output_count; i++) {
        postern_text line = result->outputs[i].text;
        CHECK(json_parse(tape, line, &root, NULL) == POSTERN_OK && json_type(root) == POSTERN_JSON_OBJECT);
        CHECK(is_strict(tape, line));
        CHECK(!memchr(line.data, '\n', line.size) && !memchr(line.data, '\r', line.size));
        buffer_append_text(kept, line);
        buffer_append_byte(kept, '\n');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct script_runner *runner;
    static struct json_tape *tape;
    if (!runner) runner = fuzz_runner("lua_bridge", TEST_SOURCE_DIR "/tests/fuzz/lua_bridge.lua");
    if (!tape) tape = json_tape_new();
    if (size > 1 << 16) return 0;
    const struct json_node *root = NULL;
    struct script_event event = {.json = {(const char *)data, size},
                                 .account = TEXT("acme"),
                                 .stream = TEXT("siem"),
                                 .pipeline = "fuzz",
                                 .received_ms = 1767323045678};
    bool is_event =
        json_parse(tape, event.json, &root, NULL) == POSTERN_OK && json_type(root) == POSTERN_JSON_OBJECT;
    struct buffer first = {.limit = 1 << 26}, second = {.limit = 1 << 26};
    struct script_result result;
    script_run(runner, &event, &result);
    CHECK(is_event ? result.verdict != SCRIPT_DROPPED : result.verdict == SCRIPT_FAILED && !result.script);
    CHECK(result.verdict != SCRIPT_FAILED || result.error.message[0]);
    keep_outputs(&result, &first);
    script_run(runner, &event, &result);
    keep_outputs(&result, &second);
    CHECK(text_equal(buffer_text(&first), buffer_text(&second)));
    script_runner_reset(runner);
    buffer_free(&first);
    buffer_free(&second);
    return 0;
}

/* links: postern_script */
/* Any bytes as an event, through the packaged mapping and map_program.lua: the program of its shape gives the
 * same lines as the general machine, to the byte, and counts the same. The first byte says what the event is
 * called. */
#include "script_runner.h"

#include "base/json.h"
#include "base/text.h"
#include "script/event/wrong_values.h"
#include <string.h>

static const char *const paths[] = {TEST_SOURCE_DIR "/scripts/ecs.lua",
                                    TEST_SOURCE_DIR "/tests/fuzz/map_program.lua"};
#define SCRIPTS (sizeof paths / sizeof *paths)

static const struct {
    const char *source, *type;
} names[] = {{"siem", "receipt"},
             {"siem", "delivery"},
             {"siem", "AV"},
             {"audit", "audit"},
             {"ttp-url", "ttp-url"},
             {"ttp-attachment", "ttp-attachment"},
             {"dlp", "dlp"},
             {"ttp-impersonation", ""},
             {"siem-ci", "ci-entities"},
             {"hold-queue", "hold-queue"},
             {"threat-intel", "indicator"},
             {"archive-search", ""},
             {"nobody", "x"},
             {"", ""}};
#define NAMES (sizeof names / sizeof *names)

static struct script_runner *make_runner(const char *path, const char *machine)
{
    setenv("POSTERN_MAP_MACHINE", machine, 1); /* read when a map is made */
    return fuzz_runner("map_program", path);
}

static void check_notes(const struct script_runner *general, const struct script_runner *program)
{
    const struct wrong_values *a = script_runner_wrong_values(general),
                              *b = script_runner_wrong_values(program);
    size_t count = a ? wrong_values_count(a) : 0;
    CHECK(count == (b ? wrong_values_count(b) : 0));
    for (size_t i = 0; i < count; i++) {
        const struct wrong_value *one = wrong_values_at(a, i), *other = wrong_values_at(b, i);
        CHECK(strcmp(one->words, other->words) == 0 && one->events == other->events);
    }
}

static void compare(struct script_runner *general, struct script_runner *program,
                    const struct script_event *event)
{
    struct script_result a, b;
    script_run(general, event, &a);
    script_run(program, event, &b);
    CHECK(a.verdict == b.verdict && a.output_count == b.output_count);
    for (size_t i = 0; i < a.output_count; i++)
        CHECK(text_equal(a.outputs[i].text, b.outputs[i].text));
    CHECK(a.wrong_types == b.wrong_types && a.replaced_bytes == b.replaced_bytes &&
          a.renamed_members == b.renamed_members);
    check_notes(general, program);
    script_runner_reset(general);
    script_runner_reset(program);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct script_runner *general[SCRIPTS], *program[SCRIPTS];
    for (size_t i = 0; i < SCRIPTS && !program[i]; i++) {
        general[i] = make_runner(paths[i], "general");
        program[i] = make_runner(paths[i], "program");
    }
    if (size < 1 || size > 1 << 16) return 0;
    size_t called = data[0] % NAMES;
    struct script_event event = {.json = {(const char *)data + 1, size - 1},
                                 .account = TEXT("acme"),
                                 .source = text_of(names[called].source),
                                 .stream = TEXT("acme/stream"),
                                 .type = text_of(names[called].type),
                                 .id = TEXT("0123456789abcdef0123456789abcdef"),
                                 .pipeline = "fuzz",
                                 .received_ms = 1767323045678};
    for (size_t i = 0; i < SCRIPTS; i++)
        compare(general[i], program[i], &event);
    return 0;
}

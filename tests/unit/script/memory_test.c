/* All memory that a script makes the program hold counts against script_memory: what it holds beside Lua
 * (parsed texts, documents, lines, copies of events) as well. Each script ends with an error that says so,
 * the process stays small, and the next event has all of it again. */
#include "../sanitized.h"
#include "map_fixture.h"
#include "script/runner.h"

#define LIMIT  ((size_t)16 << 20)
#define FAILED "the script used more than 16.0 MiB of memory"

static size_t resident_peak(void)
{
    size_t kib = 0;
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");
    assert_non_null(status);
    while (fgets(line, sizeof line, status))
        sscanf(line, "VmHWM: %zu", &kib);
    fclose(status);
    return kib << 10;
}

static void forget_peak(void)
{
    FILE *refs = fopen("/proc/self/clear_refs", "w");
    if (refs) fputs("5", refs);
    if (refs) fclose(refs);
}

static void open_limited(struct scripts *scripts, const char *text, size_t limit)
{
    struct sandbox_limits limits = patient_limits();
    limits.memory_bytes = (int64_t)limit;
    limits.instruction_limit = 2000000000;
    scripts_begin(scripts);
    if (scripts_load(scripts, &limits, &text, 1) < 0) fail_msg("%s", scripts->error.message);
}

/* Each is the body of a function(event) that wants far more than it may have. */
static const char *const hungry[] = {
    "local t = {} for i = 1, 1000 do t[i] = string.rep('x', 100000) .. i end",
    /* parsed texts */
    "return twice('[' .. string.rep('1,', 2000000) .. '1]')",
    "return postern.json.decode('[' .. string.rep('1,', 2000000) .. '1]')",
    "return { x = small { x = '[' .. string.rep('1,', 2000000) .. '1]' } }",
    "return small { x = '[' .. string.rep('\"[1]\",', 200000) .. '1]' }",
    "return '{\"a\":[' .. string.rep('1,', 2000000) .. '1]}'",
    "return postern.number(string.rep('1', 5000000) .. string.rep('[', 12000000))",
    /* copies and changes */
    "local t = {} event.x = 1 for i = 1, 1000000 do t[i] = postern.copy(event) end",
    "for i = 1, 100000 do event.x = string.rep('x', 10000) end",
    "for i = 1, 10000000 do event.list[i] = 1 end",
    /* documents and lines */
    "return shout { x = string.rep('\\1', 3000000) }",
    "return split { x = string.rep('a,', 1000000) }",
    "local s = string.rep('x', 4000000) return small(event, { g = { s, s, s, s, s } })",
    "for i = 1, 10000 do postern.line(string.rep('x', 10000)) end",
    "local t = {} for i = 1, 1000 do t[i] = small({}, { g = string.rep('x', 100000) }) end return t",
    "local s = '{\"a\":\"' .. string.rep('x', 3000000) .. '\"}' return { s, s, s, s, s, s }",
    "local s = string.rep('x', 4000000) return { a = s, b = s, c = s, d = s, e = s }",
    "local s = string.rep('x', 4000000) return postern.json.encode { s, s, s, s, s }",
    "event.x = string.rep('\\1', 4000000) return tostring(event)",
    "event.x = string.rep('\\1', 4000000) return postern.raw(event)",
    "event.x = string.rep('\\1', 4000000) return postern.table(event)",
    "local t = {} for i = 1, 300000 do t['k' .. i] = i end return t",
};

#define HUNGRY_PREAMBLE                                                                                      \
    PREAMBLE                                                                                                 \
    "local small = map { { 'v', field 'x':json():each(first(item():json(), item())) }, { 'g', given 'g' } "  \
    "}\n"                                                                                                    \
    "local shout = map { { 'v', field 'x':lower():upper():lower():upper():text() }, { 'x', field 'x' } }\n"  \
    "local split = map { { 'v', list(field 'x':split ','):each(object { { 'o', item() } }) } }\n"            \
    "local function twice(text) local map = map { { 'a', field 'a' } }\n"                                    \
    "  return { map('{\"a\":' .. text .. '}'), map('{\"a\":' .. text .. '}') } end\n"                        \
    "return function(event)\n"                                                                               \
    "  if event.easy then return small { x = '[1]' } end\n"

static size_t named_places;

static void expect_hunger(const char *body)
{
    char text[4096];
    snprintf(text, sizeof text, HUNGRY_PREAMBLE "  %s\nend", body);
    struct scripts scripts;
    open_limited(&scripts, text, LIMIT);
    struct sandbox *sandbox = script_runner_sandbox(scripts.runner);
    expect_line(&scripts, "{\"easy\":true}", "{\"v\":1}");
    size_t before = sandbox_memory(sandbox, NULL);
    forget_peak();
    size_t resident = resident_peak();
    scripts_run(&scripts, "{\"a\":1,\"list\":[1]}");
    if (scripts.result.verdict != SCRIPT_FAILED) fail_msg("%s: had enough", body);
    if (!strstr(scripts.result.error.message, FAILED)) fail_msg("%s: %s", body, scripts.result.error.message);
    if (strstr(scripts.result.error.message, "1.lua:")) named_places++;
    size_t grown = resident_peak() - resident;
    if (!SANITIZED && grown > 2 * LIMIT) fail_msg("%s: %zu KiB", body, grown >> 10);
    lua_gc(sandbox_lua(sandbox), LUA_GCCOLLECT);
    size_t kept = sandbox_memory(sandbox, NULL);
    if (kept > before + LIMIT / 8) fail_msg("%s: %zu bytes are kept, before %zu", body, kept, before);
    script_runner_reset(scripts.runner);
    expect_line(&scripts, "{\"easy\":true}", "{\"v\":1}");
    scripts_close(&scripts);
}

static void test_what_scripts_hold_anywhere_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hungry / sizeof *hungry; i++)
        expect_hunger(hungry[i]);
    assert_true(named_places >
                sizeof hungry / sizeof *hungry / 2); /* all but those that fail behind the function */
}

/* The same caught and tried again and again. */
static void test_hunger_that_is_caught_stays_within_the_limit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hungry / sizeof *hungry; i++) {
        char text[4096];
        snprintf(text, sizeof text,
                 HUNGRY_PREAMBLE "  for i = 1, 3 do pcall(function() %s end) end\n"
                                 "  return small { x = '[2]' }\nend",
                 hungry[i]);
        struct scripts scripts;
        open_limited(&scripts, text, LIMIT);
        forget_peak();
        size_t resident = resident_peak();
        scripts_run(&scripts, "{\"a\":1,\"list\":[1]}");
        if (!SANITIZED && resident_peak() - resident > 2 * LIMIT)
            fail_msg("%s: %zu KiB", hungry[i], (resident_peak() - resident) >> 10);
        script_runner_reset(scripts.runner);
        expect_line(&scripts, "{\"easy\":true}", "{\"v\":1}");
        scripts_close(&scripts);
    }
}

/* What a map's call needs is free when it is done; and one may open as many texts as there is memory for. */
static void test_a_split_into_any_number_of_maps(void **state)
{
    (void)state;
    struct scripts scripts;
    open_limited(
        &scripts,
        PREAMBLE
        "local one = map { { 'n', field 'n' }, { 'parsed', field 'text':json() },\n"
        "                  { 'is_y', field 'long':lower():equals 'y' } }\n"
        "local all = map { { 'all', field 'l':json():each(item():json()) } }\n"
        "return function(event)\n"
        "  local out, texts, long = {}, {}, string.rep('X', 5000)\n"
        "  for i = 1, 10000 do out[i] = one { n = i, text = '{\"i\":' .. i .. '}', long = long } end\n"
        "  if tostring(out[10000]) ~= '{\"n\":10000,\"parsed\":{\"i\":10000},\"is_y\":false}' then\n"
        "    error(tostring(out[10000]))\n"
        "  end\n"
        "  for i = 1, 1000 do texts[i] = '[' .. i .. ']' end\n"
        "  return all { l = postern.json.encode(texts) }\n"
        "end",
        LIMIT);
    scripts_run(&scripts, "{}");
    if (scripts.result.verdict != SCRIPT_KEPT) fail_msg("%s", scripts.result.error.message);
    assert_true(text_starts_with(scripts.result.outputs[0].text, "{\"all\":[[1],[2],[3],"));
    scripts_close(&scripts);
}

/* An event that is itself too large for the scripts is the event's problem, and no other's. */
static void test_an_event_that_is_too_large_to_be_looked_at(void **state)
{
    (void)state;
    struct scripts scripts;
    open_limited(&scripts, "return function(event) event.seen = true return event end", LIMIT);
    size_t size = 2 << 20;
    char *event = malloc(size + 16);
    char *end = stpcpy(event, "{\"a\":[1");
    while (end < event + size)
        end = stpcpy(end, ",1");
    strcpy(end, "]}");
    expect_failure(&scripts, event, "the event needs more than 16.0 MiB of memory");
    assert_int_equal(scripts.result.error.code, POSTERN_E_LIMIT);
    expect_line(&scripts, "{\"a\":1}", "{\"a\":1,\"seen\":true}");
    free(event);
    scripts_close(&scripts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_scripts_hold_anywhere_counts),
        cmocka_unit_test(test_hunger_that_is_caught_stays_within_the_limit),
        cmocka_unit_test(test_a_split_into_any_number_of_maps),
        cmocka_unit_test(test_an_event_that_is_too_large_to_be_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What an error of a script unwinds through in C is as it was before, once a pcall has caught it: maps inside
 * of maps, what is being written, what is counted, the event's changes. */
#include "map_fixture.h"

#define EVENT "{\"a\":1,\"b\":2,\"list\":[1,2,3]}"

/* A map that fails half way, in every place where it may have begun something. */
#define FAILING                                                                                              \
    PREAMBLE                                                                                                 \
    "local function fail() error 'no' end\n"                                                                 \
    "local failing = {\n"                                                                                    \
    "  map { { 'secret', field 'x' }, { 'boom', call(fail, field 'x') } },\n"                                \
    "  map { { 'l', concat(field 'x', call(fail, field 'x')) } },\n"                                         \
    "  map { { 'o', object { { 'p', field 'x' }, { 'q.r', call(fail, field 'x') } } } },\n"                  \
    "  map { { 'e', list(field 'x', field 'j':json():each(call(fail, item()))) } },\n"                       \
    "  map { { 'n', call(fail, field 'j':json()) } },\n"                                                     \
    "  map { { 'given', field 'x' }, { 'y', call(fail, given 'g') } },\n"                                    \
    "}\n"                                                                                                    \
    "local caught = 0\n"                                                                                     \
    "local function catch()\n"                                                                               \
    "  for _, inner in ipairs(failing) do\n"                                                                 \
    "    local input = { x = 'LEAKED', j = '[\"LEAKED\",{\"y\":\"LEAKED\"}]' }\n"                            \
    "    if not pcall(inner, input, { g = 'LEAKED' }) then caught = caught + 1 end\n"                        \
    "  end\n"                                                                                                \
    "  return caught\n"                                                                                      \
    "end\n"

static void expect_map(const char *script, const char *expected)
{
    struct scripts scripts;
    scripts_open(&scripts, script);
    expect_line(&scripts, EVENT, expected);
    scripts_close(&scripts);
}

static void test_an_inner_map_that_fails_leaves_nothing_in_the_outer_one(void **state)
{
    (void)state;
    expect_map(FAILING "return map { { 'first', field 'a' }, { 'second', call(catch, field 'a') },\n"
                       "             { 'third', field 'b' } }",
               "{\"first\":1,\"second\":6,\"third\":2}");
    expect_map(FAILING "return map { { 'v', concat('pre-', call(catch, field 'a'), '-', field 'b') } }",
               "{\"v\":\"pre-6-2\"}");
    expect_map(FAILING "return map { { 'o', object { { 'p', field 'a' }, { 'q', call(catch, field 'b') },\n"
                       "                             { 'r', field 'b' } } }, { 'rest', rest() } }",
               "{\"o\":{\"p\":1,\"q\":6,\"r\":2},\"rest\":{\"list\":[1,2,3]}}");
    expect_map(FAILING "return map { { 'l', list(field 'a', field 'list':each(call(catch, item()))) } }",
               "{\"l\":[1,6,12,18]}");
    expect_map(
        FAILING
        "local once = call(catch, field 'a')\n"
        "return map { { 'x', once }, { 'y', once }, { 'z', when(once, field 'b') }, { 'b', field 'b' } }",
        "{\"x\":6,\"y\":6,\"z\":2,\"b\":2}");
}

static void test_xpcall_catches_as_clean(void **state)
{
    (void)state;
    expect_map(FAILING "return map { { 'v', concat('<', call(function()\n"
                       "  local ok, text = xpcall(failing[1], function() return 'handled' end, { x = 1 })\n"
                       "  return text\n"
                       "end, field 'a'), '>') } }",
               "{\"v\":\"<handled>\"}");
}

/* Maps run while an error is on its way, and one replaces another. */
static void test_closing_variables_may_run_maps_on_the_way(void **state)
{
    (void)state;
    expect_map(FAILING
               "local good = map { { 'n', field 'x' }, { 'c', call(catch, field 'x') } }\n"
               "local closed\n"
               "local middle = map { { 'm', field 'x' }, { 'n', call(function()\n"
               "  local guard <close> = setmetatable({}, { __close = function()\n"
               "    closed = tostring(good { x = 5 })\n"
               "    failing[1] { x = 1 }\n" /* raises, and nobody catches it here */
               "  end })\n"
               "  failing[2] { x = 2 }\n"
               "end, field 'x') } }\n"
               "return map { { 'first', field 'a' },\n"
               "  { 'v', concat('<', call(function() pcall(middle, { x = 'LEAKED' }) return closed end,"
               " field 'a'), '>') } }",
               "{\"first\":1,\"v\":\"<{\\\"n\\\":5,\\\"c\\\":6}>\"}");
}

static void test_caught_failures_use_nothing_up(void **state)
{
    (void)state;
    expect_map(FAILING "local good = map { { 'v', field 'x':json() } }\n"
                       "return function(event)\n"
                       "  for i = 1, 300 do\n"
                       "    catch()\n"
                       "    assert(not pcall(good, '{\"broken'))\n"
                       "    assert(not pcall(good, '[1]'))\n"
                       "    assert(not pcall(postern.number, 'x'))\n"
                       "    assert(not pcall(postern.json.encode, { { print } }))\n"
                       "    event.bad = { print }\n"
                       "    assert(not pcall(postern.raw, event))\n"
                       "    assert(not pcall(tostring, event))\n"
                       "    assert(not pcall(postern.table, event))\n"
                       "    assert(not pcall(good, event))\n"
                       "    assert(not pcall(postern.map, { { 'x', { print } } }))\n"
                       "    event.bad = nil\n"
                       "  end\n"
                       "  return good { x = '[1]' }\n"
                       "end",
               "{\"v\":[1]}");
}

/* Fields that a failed map left out, and bytes that it replaced, are in no output. */
static void test_what_a_caught_map_counted_does_not_count(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts,
                 PREAMBLE "local function fail() error 'no' end\n"
                          "local inner = map { { 'ip', field 'x':ip() }, { 't', call(function() return "
                          "'\\xff' end, field 'x') },\n"
                          "                    { 'boom', call(fail, field 'x') } }\n"
                          "return map { { 'a', call(function() pcall(inner, { x = 'y' }) return '\\xfe' end, "
                          "field 'a') }, { 'b', field 'b':ip() } }");
    expect_line(&scripts, EVENT, "{\"a\":\"\xEF\xBF\xBD\"}");
    assert_int_equal(scripts.result.wrong_types, 1);
    assert_int_equal(scripts.result.replaced_bytes, 1);
    scripts_close(&scripts);
}

static void open_small(struct scripts *scripts, const char *text)
{
    struct sandbox_limits limits = patient_limits();
    limits.memory_bytes = 2 << 20;
    scripts_begin(scripts);
    if (scripts_load(scripts, &limits, &text, 1) < 0) fail_msg("%s", scripts->error.message);
}

/* A document that outgrew the limit is given up, and the next one is written as if it had not been. */
static void test_running_out_of_memory_can_be_caught(void **state)
{
    (void)state;
    struct scripts scripts;
    open_small(
        &scripts, PREAMBLE
        "local huge = map { { 'a', concat(field 'x', field 'x') }, { 'b', concat(field 'x', field 'x') },\n"
        "                   { 'c', concat(field 'x', field 'x') }, { 'd', concat(field 'x', field 'x') } }\n"
        "local small = map { { 'v', field 'x' } }\n"
        "local function caught(f, ...) return not pcall(f, ...) end\n"
        "return map { { 'first', field 'a' }, { 'second', call(function()\n"
        "  local x = string.rep('x', 300000)\n"
        "  local many = { x, x, x, x, x, x, x, x }\n"
        "  if not caught(huge, { x = x }) then return 'no limit' end\n"
        "  if not caught(postern.json.encode, many) then return 'no limit' end\n"
        "  if not caught(small, { x = many }) then return 'no limit' end\n"
        "  return tostring(small { x = postern.json.encode { 1 } })\n"
        "end, field 'a') }, { 'third', field 'b' } }");
    expect_line(&scripts, EVENT, "{\"first\":1,\"second\":\"{\\\"v\\\":\\\"[1]\\\"}\",\"third\":2}");
    scripts_close(&scripts);
}

/* Writing a table that cannot be written takes nothing from those behind it. */
static void test_tables_that_could_not_be_written_leave_their_memory(void **state)
{
    (void)state;
    struct scripts scripts;
    open_small(&scripts, "return function(event)\n"
                         "  local bad = {}\n"
                         "  for i = 1, 1000 do bad['name' .. i] = i end\n"
                         "  bad.z = { z = { print } }\n"
                         "  for i = 1, 500 do assert(not pcall(postern.json.encode, bad)) end\n"
                         "  bad.z = nil\n"
                         "  return { written = #postern.json.encode(bad) }\n"
                         "end");
    expect_line(&scripts, "{}", "{\"written\":13787}");
    scripts_close(&scripts);
}

/* With memory for ever less: a field is moved or it is not; of equal keys one is left, or what is read is as
 * before. */
static void test_changes_are_made_whole_or_not_at_all(void **state)
{
    (void)state;
    struct scripts scripts;
    open_small(&scripts,
               "return function(event)\n"
               "  local ballast, size = string.rep('-', 200000), 1 << 19\n"
               "  local function fill() event.fill = string.rep('x', size) end\n"
               "  while size > 4096 do if not pcall(fill) then size = size // 2 end end\n"
               "  pcall(function() event.fill = string.rep('x', event.shift) end)\n"
               "  while size > event.spare do if not pcall(fill) then size = size // 2 end end\n"
               "  local moved = pcall(postern.move, event, 'a', 'z')\n"
               "  local set = pcall(function() event.twice = 'new' end)\n"
               "  ballast = nil\n"
               "  if (event.a == nil) == (event.z == nil) then error 'moved by half' end\n"
               "  if moved ~= (event.z == 1) then error 'moved without saying so' end\n"
               "  if event.twice ~= (set and 'new' or 1) then error 'set by half' end\n"
               "  return nil, moved and set and 'both' or moved and 'moved' or set and 'set' or 'nothing'\n"
               "end");
    bool has_moved = false, has_not = false;
    for (int i = 0; i < 256; i++) {
        char event[200];
        snprintf(event, sizeof event,
                 "{\"spare\":%d,\"shift\":%d,\"a\":1,\"fill\":0,\"twice\":1,\"twice\":2,\"twice\":3}",
                 1 << (4 + i % 8), i / 8 * 16 + 1);
        scripts_run(&scripts, event);
        if (scripts.result.verdict != SCRIPT_DROPPED) fail_msg("%s", scripts.result.error.message);
        bool both = text_is(scripts.result.reason, "both");
        has_moved |= both;
        has_not |= !both;
    }
    assert_true(has_moved && has_not);
    scripts_close(&scripts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_inner_map_that_fails_leaves_nothing_in_the_outer_one),
        cmocka_unit_test(test_xpcall_catches_as_clean),
        cmocka_unit_test(test_closing_variables_may_run_maps_on_the_way),
        cmocka_unit_test(test_caught_failures_use_nothing_up),
        cmocka_unit_test(test_what_a_caught_map_counted_does_not_count),
        cmocka_unit_test(test_running_out_of_memory_can_be_caught),
        cmocka_unit_test(test_tables_that_could_not_be_written_leave_their_memory),
        cmocka_unit_test(test_changes_are_made_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

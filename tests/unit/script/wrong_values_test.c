/* Values that a map cannot read are named: entry, fields, method, the first event, how many. */
#include "map_fixture.h"

/* Runs as `postern map` does over a file, line `line` of it. */
static void run_line(struct scripts *scripts, const char *json, size_t line)
{
    struct script_event event = scripts_event(json);
    event.file = "in.ndjson";
    event.line = line;
    script_run(scripts->runner, &event, &scripts->result);
    script_runner_reset(scripts->runner);
}

static const struct wrong_value *note_with(const struct scripts *scripts, const char *words)
{
    const struct wrong_values *values = script_runner_wrong_values(scripts->runner);
    for (size_t i = 0; values && i < wrong_values_count(values); i++)
        if (wrong_values_at(values, i)->events && !strcmp(wrong_values_at(values, i)->words, words))
            return wrong_values_at(values, i);
    for (size_t i = 0; values && i < wrong_values_count(values); i++)
        print_error("there is: %s\n", wrong_values_at(values, i)->words);
    fail_msg("no note says: %s", words);
    return NULL;
}

static size_t notes(const struct scripts *scripts)
{
    const struct wrong_values *values = script_runner_wrong_values(scripts->runner);
    size_t count = 0;
    for (size_t i = 0; values && i < wrong_values_count(values); i++)
        count += wrong_values_at(values, i)->events > 0;
    return count;
}

static void test_words(void **state)
{
    (void)state;
    static const struct {
        const char *entry, *event, *words, *value;
    } rows[] = {
        {"{ 'source.ip', field('IP'):ip() }", "{\"IP\":\"Internal \\\"IP\\\"\"}",
         "source.ip: field \"IP\" is no IP address (ip)", "\"Internal \\\"IP\\\"\""},
        {"{ 'a', field('x', 'y'):integer() }", "{\"y\":1.5}", "a: field \"y\" is no whole number (integer)",
         "1.5"},
        {"{ 'a', field('x'):number() }", "{\"x\":true}", "a: field \"x\" is no number (number)", "true"},
        {"{ 'a', field('x'):boolean() }", "{\"x\":\"maybe\"}",
         "a: field \"x\" is neither true nor false (boolean)", "\"maybe\""},
        {"{ 'a', field('x'):time() }", "{\"x\":\"soon\"}", "a: field \"x\" is no time (time)", "\"soon\""},
        {"{ 'a', field('x'):email 'address' }", "{\"x\":\"a@b.example, nobody\"}",
         "a: field \"x\" is no e-mail address (email)", "\"a@b.example, nobody\""},
        {"{ 'a', field('x'):url 'domain' }", "{\"x\":\"///\"}", "a: field \"x\" is no URL (url)", "\"///\""},
        {"{ 'a', field('x'):json() }", "{\"x\":\"{\"}", "a: field \"x\" is no JSON (json)", "\"{\""},
        {"{ 'a', field('x'):lower() }", "{\"x\":{\"b\":1}}", "a: field \"x\" is no text (lower)",
         "{\"b\":1}"},
        {"{ 'a', field('x'):split(',') }", "{\"x\":0}", "a: field \"x\" is no text (split)", "0"},
        {"{ 'a', map.concat('<', field('x'), '>') }", "{\"x\":{}}",
         "a: field \"x\" is a list or an object (concat)", "{}"},
        {"{ 'a', field('x.y'):after('='):ip() }", "{\"x\":{\"y\":\"b=c\"}}",
         "a: field \"x.y\" is no IP address (after, ip)", "\"c\""},
        {"{ 'a.b', map.object { { 'c.d', field('x'):ip() } } }", "{\"x\":\"?\"}",
         "a.b.c.d: field \"x\" is no IP address (ip)", "\"?\""},
        {"{ 'a', field('x'):each(map.item('y'):ip()) }", "{\"x\":[{\"y\":\"1.1.1.1\"},{\"y\":\"?\"}]}",
         "a: item \"y\" is no IP address (ip)", "\"?\""},
        {"{ 'a', field('x'):each(map.item():ip()) }", "{\"x\":[\"?\"]}", "a: the item is no IP address (ip)",
         "\"?\""},
        {"{ 'a', list(field('x'), field('y'), field('z'), field('w')):ip() }", "{\"z\":\"?\"}",
         "a: field \"x\", field \"y\", field \"z\" … is no IP address (ip)", "\"?\""},
        {"{ 'a', when(field('q'), field('x'), field('y')):ip() }", "{\"y\":\"?\"}",
         "a: field \"x\", field \"y\" is no IP address (ip)", "\"?\""},
        {"{ 'a', field('x'):call(function(x) return x .. '!' end):ip() }", "{\"x\":\"?\"}",
         "a: field \"x\" is no IP address (ip)", "\"?!\""},
        {"{ 'a', map.const('x'):ip() }", "{}", "a: a value is no IP address (ip)", "\"x\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char script[512];
        snprintf(script, sizeof script, PREAMBLE "return map { %s }", rows[i].entry);
        struct scripts scripts;
        scripts_open(&scripts, script);
        run_line(&scripts, rows[i].event, 7);
        const struct wrong_value *note = note_with(&scripts, rows[i].words);
        assert_string_equal(note->value, rows[i].value);
        assert_string_equal(note->file, "in.ndjson");
        assert_int_equal(note->line, 7);
        assert_int_equal(note->events, 1);
        assert_non_null(strstr(note->map, "1.lua:"));
        scripts_close(&scripts);
    }
}

static void test_events_are_counted(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, PREAMBLE "local ip = field('x'):ip()\n"
                                    "return map { { 'a', ip }, { 'b', list(ip, field('y'):ip()) } }");
    run_line(&scripts, "{\"x\":\"192.0.2.1\"}", 1);
    assert_int_equal(notes(&scripts), 0);
    run_line(&scripts, "{\"x\":[\"?\",\"!\"],\"y\":\"-\"}", 2); /* an event counts once */
    run_line(&scripts, "{\"x\":\"second\"}", 3);
    assert_int_equal(notes(&scripts), 2);
    const struct wrong_value *note = note_with(&scripts, "a: field \"x\" is no IP address (ip)");
    assert_int_equal(note->events, 2);
    assert_int_equal(note->line, 2);
    assert_string_equal(note->value, "\"?\"");
    assert_int_equal(note_with(&scripts, "b: field \"y\" is no IP address (ip)")->events, 1);
    scripts_close(&scripts);
}

/* Of several fields that are tried in turn, each that was wrong is named on its own. */
static void test_fields_tried_in_turn_are_told_apart(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, PREAMBLE "local ip = field('a', 'b', 'c', 'd.e', 'f')\n"
                                    "return map { { 'x', ip:after('='):ip() }, { 'y', ip:ip() } }");
    run_line(&scripts, "{\"d\":{\"e\":\"?=?\"}}", 1);
    run_line(&scripts, "{\"f\":\"?=?\"}", 2);
    run_line(&scripts, "{\"a\":null,\"b\":\"\",\"f\":\"?=?\"}", 3);
    assert_int_equal(notes(&scripts), 4);
    assert_int_equal(note_with(&scripts, "x: field \"d.e\" is no IP address (after, ip)")->events, 1);
    assert_int_equal(note_with(&scripts, "y: field \"d.e\" is no IP address (ip)")->events, 1);
    assert_int_equal(note_with(&scripts, "x: field \"f\" is no IP address (after, ip)")->events, 2);
    assert_int_equal(note_with(&scripts, "y: field \"f\" is no IP address (ip)")->line, 2);
    scripts_close(&scripts);
}

/* However far from the method they are. */
static void test_fields_behind_other_steps_are_told_apart(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, PREAMBLE "local map = postern.map\n"
                                    "return map { { 'x', field('a', 'b'):except('<>'):ip() },\n"
                                    "  { 'y', map.join('-', field('a', 'b'), field('c', 'd')):ip() } }");
    run_line(&scripts, "{\"a\":\"?\",\"c\":\"?\"}", 1);
    run_line(&scripts, "{\"b\":\"?\",\"d\":\"?\"}", 2);
    run_line(&scripts, "{\"b\":\"?\",\"c\":\"?\"}", 3);
    assert_int_equal(notes(&scripts), 5);
    assert_int_equal(note_with(&scripts, "x: field \"a\" is no IP address (ip)")->events, 1);
    assert_int_equal(note_with(&scripts, "x: field \"b\" is no IP address (ip)")->events, 2);
    scripts_close(&scripts);
}

/* What a daemon runs over is not quoted. */
static void test_no_value_without_a_file(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, PREAMBLE "return map { { 'a', field('x'):ip() } }");
    scripts_run(&scripts, "{\"x\":\"private\"}");
    const struct wrong_value *note = note_with(&scripts, "a: field \"x\" is no IP address (ip)");
    assert_string_equal(note->value, "");
    assert_null(note->file);
    scripts_close(&scripts);
}

static void test_long_values_are_cut_between_characters(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, PREAMBLE "return map { { 'a', field('x'):ip() }, { 'b', field('y'):lower() } }");
    char event[600] = "{\"x\":\"a", expected[300] = "\"a";
    for (int i = 0; i < 100; i++)
        strcat(event, "ä");                                                                     /* NOLINT */
    strcat(event, "\",\"y\":[5,[1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,0,1]]}"); /* NOLINT */
    for (int i = 0; i < 29; i++)
        strcat(expected, "ä"); /* NOLINT */
    run_line(&scripts, event, 1);
    strcat(expected, "…\""); /* NOLINT */
    assert_string_equal(note_with(&scripts, "a: field \"x\" is no IP address (ip)")->value, expected);
    assert_string_equal(note_with(&scripts, "b: field \"y\" is no text (lower)")->value, "5");
    scripts_close(&scripts);
}

/* A script may make maps and entries without end; notes are few. */
static void test_bounded(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, PREAMBLE "return function(event)\n"
                                    "  local entries = {}\n"
                                    "  for i = 1, 40 do\n"
                                    "    entries[i] = { 't' .. event.n .. '_' .. i, field('x'):ip() }\n"
                                    "  end\n"
                                    "  return map(entries)(event)\n"
                                    "end");
    char event[64];
    for (size_t i = 0; i < 50; i++) {
        snprintf(event, sizeof event, "{\"x\":\"?\",\"n\":%zu}", i);
        run_line(&scripts, event, i + 1);
        assert_int_equal(scripts.result.verdict, SCRIPT_KEPT);
        assert_int_equal(scripts.result.wrong_types, 40);
    }
    const struct wrong_values *values = script_runner_wrong_values(scripts.runner);
    assert_int_equal(wrong_values_count(values), WRONG_VALUES_MAX);
    assert_int_equal(wrong_values_others(values), 50 - 3); /* three events fill it, the fourth fills it up */
    snprintf(event, sizeof event, "{\"x\":\"?\",\"n\":0}");
    run_line(&scripts, event, 51); /* a new map that says the same is the same note */
    assert_int_equal(note_with(&scripts, "t0_1: field \"x\" is no IP address (ip)")->events, 2);
    scripts_close(&scripts);
}

/* What a pcall undoes was not. */
static void test_undone(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, PREAMBLE "local m = map { { 'a', field('x'):ip() } }\n"
                                    "local n = map { { 'b', field('x'):ip() } }\n"
                                    "return function(event)\n"
                                    "  m(event)\n"
                                    "  pcall(function() n(event) error('no') end)\n"
                                    "  return event\n"
                                    "end");
    run_line(&scripts, "{\"x\":\"?\"}", 1);
    assert_int_equal(notes(&scripts), 1);
    assert_int_equal(note_with(&scripts, "a: field \"x\" is no IP address (ip)")->events, 1);
    scripts_close(&scripts);
}

/* A state made anew has its steps at other places; the notes go on. */
static void test_renewed_state(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_begin(&scripts);
    struct sandbox_limits limits = patient_limits();
    limits.memory_bytes = 4 << 20;
    const char *text = PREAMBLE "local kept = {}\n"
                                "local m = map { { 'a', field('x'):ip() } }\n"
                                "return function(event)\n"
                                "  kept[#kept + 1] = string.rep('k', 100000) .. #kept\n"
                                "  return m(event)\n"
                                "end";
    assert_int_equal(scripts_load(&scripts, &limits, &text, 1), POSTERN_OK);
    for (size_t i = 1; i <= 100; i++)
        run_line(&scripts, "{\"x\":\"?\"}", i);
    assert_int_equal(notes(&scripts), 1);
    assert_int_equal(note_with(&scripts, "a: field \"x\" is no IP address (ip)")->events, 100);
    scripts_close(&scripts);
}

/* What scripts note themselves is counted in the same way. */
static void test_notes_of_a_script(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts, "return function(e, ctx)\n"
                           "  for i = 1, e.many or 0 do ctx.note('note ' .. i) end\n"
                           "  if e.odd then ctx.note('it is ' .. e.odd) ctx.note('it is ' .. e.odd) end\n"
                           "  pcall(function() ctx.note 'undone' error 'x' end)\n"
                           "  return e\nend");
    run_line(&scripts, "{\"x\":1}", 1);
    assert_int_equal(notes(&scripts), 0);
    run_line(&scripts, "{\"odd\":\"blue\"}", 2);
    run_line(&scripts, "{\"odd\":\"red\"}", 3);
    run_line(&scripts, "{\"odd\":\"blue\"}", 4);
    assert_int_equal(notes(&scripts), 2);
    const struct wrong_value *note = note_with(&scripts, "it is blue");
    assert_int_equal(note->events, 2);
    assert_string_equal(note->file, "in.ndjson");
    assert_int_equal(note->line, 2);
    assert_string_equal(note->map, "");
    assert_string_equal(note->value, "");
    assert_int_equal(note_with(&scripts, "it is red")->events, 1);
    run_line(&scripts, "{\"many\":1000}", 5);
    assert_int_equal(notes(&scripts), WRONG_VALUES_MAX - 1); /* one is that which was undone */
    assert_int_equal(wrong_values_others(script_runner_wrong_values(scripts.runner)), 1);
    scripts_close(&scripts);
}

/* What several runners noted one after the other is as if one had. */
static void test_moved(void **state)
{
    (void)state;
    struct scripts scripts;
    scripts_open(&scripts,
                 "return function(e, ctx)\n"
                 "  for i = 1, e.many or 0 do ctx.note((e.word or 'note ') .. i) end return e\nend");
    struct wrong_values *sum = wrong_values_new();
    script_runner_move_wrong_values(scripts.runner, sum); /* nothing yet */
    assert_int_equal(wrong_values_count(sum), 0);
    run_line(&scripts, "{\"many\":2}", 1);
    run_line(&scripts, "{\"many\":1}", 2);
    script_runner_move_wrong_values(scripts.runner, sum);
    assert_int_equal(notes(&scripts), 0);
    run_line(&scripts, "{\"many\":2}", 3);
    run_line(&scripts, "{\"many\":1,\"word\":\"other \"}", 4);
    run_line(&scripts, "{\"many\":200}", 5);
    script_runner_move_wrong_values(scripts.runner, sum);
    static const struct {
        const char *words;
        uint64_t events;
        size_t line;
    } rows[] = {{"note 1", 4, 1}, {"note 2", 3, 1}, {"other 1", 1, 4}, {"note 3", 1, 5}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(wrong_values_at(sum, i)->words, rows[i].words);
        assert_int_equal(wrong_values_at(sum, i)->events, rows[i].events);
        assert_int_equal(wrong_values_at(sum, i)->line, rows[i].line);
    }
    assert_int_equal(wrong_values_count(sum), WRONG_VALUES_MAX);
    assert_int_equal(wrong_values_others(sum), 1);
    run_line(&scripts, "{\"many\":1}", 6); /* known to the runner no more, but to the sum */
    script_runner_move_wrong_values(scripts.runner, sum);
    assert_int_equal(wrong_values_at(sum, 0)->events, 5);
    wrong_values_free(sum);
    scripts_close(&scripts);
}

/* Events with several notes, in several runners, against one that saw them all: of each what it noted, and
 * how many had more. Runners hand over when they must, and after a piece. */
static void test_moved_from_several(void **state)
{
    (void)state;
    enum { EVENTS = 3000, PIECE = 50, WORDS = 170 };
    struct scripts all, one, other;
    const char script[] =
        "return function(e, ctx) for word in e.words:gmatch('%d+') do ctx.note(word) end return e end";
    struct wrong_values *sum = wrong_values_new();
    uint64_t seed = 7;
    scripts_open(&all, script);
    scripts_open(&one, script);
    scripts_open(&other, script);
    for (size_t n = 0; n < EVENTS; n++) {
        char line[512] = "{\"words\":\"";
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        for (size_t k = 0, many = (seed >> 60) % 5; k < many;
             k++) /* ever new words, and the first again and again */
            sprintf(line + strlen(line), " %zu",
                    k == 0 ? (size_t)(seed >> 40) % 7 : (n / 20 + k * 3) % WORDS);
        strcat(line, "\"}");
        struct scripts *part = n / PIECE % 2 ? &other : &one;
        run_line(&all, line, n + 1);
        run_line(part, line, n + 1);
        bool must = wrong_values_are_crowded(script_runner_wrong_values(part->runner));
        if (must || n % PIECE == PIECE - 1) script_runner_move_wrong_values(part->runner, sum);
    }
    const struct wrong_values *wanted = script_runner_wrong_values(all.runner);
    assert_int_equal(wrong_values_count(wanted), WRONG_VALUES_MAX);
    assert_int_equal(wrong_values_count(sum), WRONG_VALUES_MAX);
    for (size_t i = 0; i < WRONG_VALUES_MAX; i++) {
        assert_string_equal(wrong_values_at(sum, i)->words, wrong_values_at(wanted, i)->words);
        assert_int_equal(wrong_values_at(sum, i)->events, wrong_values_at(wanted, i)->events);
        assert_int_equal(wrong_values_at(sum, i)->line, wrong_values_at(wanted, i)->line);
    }
    assert_true(wrong_values_others(wanted) > 100);
    assert_int_equal(wrong_values_others(sum), wrong_values_others(wanted));
    wrong_values_free(sum);
    scripts_close(&all);
    scripts_close(&one);
    scripts_close(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_events_are_counted),
        cmocka_unit_test(test_fields_tried_in_turn_are_told_apart),
        cmocka_unit_test(test_fields_behind_other_steps_are_told_apart),
        cmocka_unit_test(test_no_value_without_a_file),
        cmocka_unit_test(test_long_values_are_cut_between_characters),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_undone),
        cmocka_unit_test(test_renewed_state),
        cmocka_unit_test(test_notes_of_a_script),
        cmocka_unit_test(test_moved),
        cmocka_unit_test(test_moved_from_several),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

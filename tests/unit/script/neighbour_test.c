/* postern.script: where pieces are found, what they share, when they are refused, what a set's hash says of
 * them. */
#include "script_fixture.h"
#include <sys/stat.h>

#define SCRIPT(body) "local piece = postern.script 'ecs/piece'\nreturn function(e) " body " end"

static struct scripts scripts;
static char packaged[OWN_FOLDER_SIZE];

static struct sandbox_limits limits;

static int set_up(void **state)
{
    limits = patient_limits();
    (void)state;
    scripts_begin(&scripts);
    return own_folder_make(packaged, "packaged");
}

static int tear_down(void **state)
{
    (void)state;
    scripts_close(&scripts);
    return own_folder_remove(packaged);
}

static const char *path_of(const char *folder, const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_in(const char *folder, const char *name, const char *text)
{
    mkdir(path_of(folder, "ecs"), 0700);
    FILE *file = fopen(path_of(folder, name), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void forget(void)
{
    if (scripts.runner) script_runner_free(scripts.runner);
    if (scripts.set) script_set_release(scripts.set);
    scripts.runner = NULL;
    scripts.set = NULL;
    scripts.error = (postern_error)ERROR_INIT;
}

/* Loads NAME of the script's folder, anew. */
static postern_status load(const char *name)
{
    forget();
    char path[256];
    snprintf(path, sizeof path, "%s/%s", scripts.directory, name);
    const char *paths = path;
    postern_status status =
        script_set_load(&name, &paths, 1, packaged, &limits, &scripts.set, &scripts.error);
    if (status < 0) return status;
    scripts.runner = script_runner_new(scripts.set, &scripts.error);
    if (!scripts.runner) fail_msg("%s", scripts.error.message);
    return status;
}

static void load_well(const char *script)
{
    write_file(&scripts, "main.lua", script);
    if (load("main.lua") < 0) fail_msg("%s: %s", script, scripts.error.message);
}

static void expect_refusal(const char *script, const char *const parts[])
{
    write_file(&scripts, "main.lua", script);
    if (load("main.lua") >= 0) fail_msg("%s: was loaded", script);
    for (size_t i = 0; parts[i]; i++)
        if (!strstr(scripts.error.message, parts[i]))
            fail_msg("%s: \"%s\" lacks \"%s\"", script, scripts.error.message, parts[i]);
}

static void beside_the_script_then_packaged(void **state)
{
    (void)state;
    write_in(packaged, "ecs/piece.lua", "return { name = 'packaged', inner = postern.script 'ecs/inner' }");
    write_in(packaged, "ecs/inner.lua", "return 'packaged'");
    const char *script = SCRIPT("return { a = piece.name, b = piece.inner }");
    load_well(script);
    expect_line(&scripts, "{}", "{\"a\":\"packaged\",\"b\":\"packaged\"}");
    /* the script's own copy of an inner piece is what the packaged one sees */
    write_in(scripts.directory, "ecs/inner.lua", "return 'own'");
    load_well(script);
    expect_line(&scripts, "{}", "{\"a\":\"packaged\",\"b\":\"own\"}");
    write_in(scripts.directory, "ecs/piece.lua", "return { name = 'own', inner = 'none' }");
    load_well(script);
    expect_line(&scripts, "{}", "{\"a\":\"own\",\"b\":\"none\"}");
}

static void runs_once_and_is_shared(void **state)
{
    (void)state;
    write_in(scripts.directory, "ecs/counter.lua", "return { count = 0 }");
    write_in(scripts.directory, "ecs/piece.lua",
             "local c = postern.script 'ecs/counter'\nc.count = c.count + 1\nreturn { counter = c }");
    load_well("local a, b = postern.script 'ecs/piece', postern.script('ecs/piece')\n"
              "local c = postern.script 'ecs/counter'\n"
              "return function() return { n = c.count, same = a == b and a.counter == c } end");
    expect_line(&scripts, "{}", "{\"n\":1,\"same\":true}");
}

/* A map made of pieces, functions and texts of others. */
static void gives_any_value(void **state)
{
    (void)state;
    write_in(scripts.directory, "ecs/entries.lua",
             "local field = postern.map.field\nreturn { { 'a', field('x'):lower() } }");
    write_in(scripts.directory, "ecs/piece.lua",
             "return postern.map { postern.script 'ecs/entries', { 'rest', postern.map.rest() } }");
    load_well("return postern.script 'ecs/piece'");
    expect_line(&scripts, "{\"x\":\"A\",\"y\":1}", "{\"a\":\"a\",\"rest\":{\"y\":1}}");
    write_in(scripts.directory, "ecs/piece.lua", "return false");
    load_well(SCRIPT("return { f = piece }"));
    expect_line(&scripts, "{}", "{\"f\":false}");
}

static void globals_of_a_piece_are_its_own_and_sealed(void **state)
{
    (void)state;
    write_in(scripts.directory, "ecs/piece.lua",
             "shared = 1\nlocal piece = {}\nfunction piece.read() return shared end\n"
             "function piece.write() leak = 1 end\nreturn piece");
    load_well(
        SCRIPT("if e.write then piece.write() end return { a = piece.read(), b = rawget(_G, 'shared') }"));
    expect_line(&scripts, "{}", "{\"a\":1}");
    expect_failure(&scripts, "{\"write\":1}", "\"leak\" is no local variable");
}

static void refusals_name_both_files(void **state)
{
    (void)state;
    struct {
        const char *script, *piece, *inner, *parts[5];
    } rows[] = {
        {SCRIPT(""),
         NULL,
         NULL,
         {"main.lua:1: there is no ecs/piece.lua in ", ", nor in /tmp/postern-packaged", "(put it"}},
        {SCRIPT(""), "return", NULL, {"main.lua:1: ", "ecs/piece.lua returns nothing"}},
        {SCRIPT(""), "retrun 1", NULL, {"main.lua:1: ", "ecs/piece.lua:1: syntax error"}},
        {SCRIPT(""), "\nerror 'so wrong'", NULL, {"main.lua:1: ", "ecs/piece.lua:2: so wrong"}},
        {SCRIPT(""),
         "\nreturn postern.script 'ecs/inner'",
         "\n\nos.exit()",
         {"main.lua:1: ", "ecs/piece.lua:2: ", "ecs/inner.lua:3: "}},
        {SCRIPT(""),
         "local a = postern.script 'ecs/inner' return a",
         "local a = postern.script 'ecs/piece' return a",
         {"ecs/inner.lua:1: ", "ecs/piece takes ecs/inner, which takes ecs/piece: a circle"}},
        {SCRIPT(""), "return postern.script 'ecs/piece'", NULL, {"ecs/piece takes ecs/piece: a circle (put"}},
        {"local a = postern.script 'ecs/piece.lua' return a",
         NULL,
         NULL,
         {"main.lua:1: \"ecs/piece.lua\" is not how a piece is named", "without .lua"}},
        {"return postern.script '../secret'", NULL, NULL, {"main.lua:1: \"../secret\" is not how"}},
        {"return postern.script 'ecs/../../secret'", NULL, NULL, {"is not how"}},
        {"return postern.script '/etc/secret'", NULL, NULL, {"is not how"}},
        {"return postern.script 'ecs//piece'", NULL, NULL, {"is not how"}},
        {"return postern.script 'ecs/'", NULL, NULL, {"is not how"}},
        {"return postern.script ''", NULL, NULL, {"is not how"}},
        {"return postern.script 'a\\0b'", NULL, NULL, {"is not how"}},
        {"return postern.script(('a'):rep(201))", NULL, NULL, {"is not how"}},
        {"return postern.script(5)", NULL, NULL, {"wants the name of a file as a text"}},
        {"return postern.script()", NULL, NULL, {"wants the name of a file as a text"}},
        {SCRIPT(""), "while true do end", NULL, {"ran longer"}},
        {SCRIPT(""),
         "local t = {} while true do t[#t + 1] = ('x'):rep(1 << 10):rep(1 << 10) .. #t end",
         NULL,
         {"memory"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mkdir(path_of(scripts.directory, "ecs"), 0700);
        unlink(path_of(scripts.directory, "ecs/piece.lua"));
        unlink(path_of(scripts.directory, "ecs/inner.lua"));
        if (rows[i].piece) write_in(scripts.directory, "ecs/piece.lua", rows[i].piece);
        if (rows[i].inner) write_in(scripts.directory, "ecs/inner.lua", rows[i].inner);
        limits.time_ms = strcmp(rows[i].parts[0], "ran longer") == 0 ? 1000 : PATIENCE_MS;
        expect_refusal(rows[i].script, rows[i].parts);
    }
}

static void only_while_the_script_is_loaded(void **state)
{
    (void)state;
    write_in(scripts.directory, "ecs/piece.lua", "return function() return postern.script 'ecs/late' end");
    write_in(scripts.directory, "ecs/late.lua", "return 1");
    load_well(SCRIPT("if e.own then local late = postern.script 'ecs/piece' return late end return piece()"));
    expect_failure(&scripts, "{}", "postern.script works only while a script is loaded");
    expect_failure(&scripts, "{\"own\":1}", "main.lua:2: postern.script works only while");
}

/* What was caught leaves nothing behind: neither a half-run piece nor its place in the way to a circle. */
static void an_error_that_is_caught(void **state)
{
    (void)state;
    write_in(scripts.directory, "ecs/piece.lua", "error 'never'");
    load_well("local ok, why = pcall(postern.script, 'ecs/piece')\n"
              "local again, still = pcall(postern.script, 'ecs/piece')\n"
              "return function() return { ok = ok, again = again, same = why == still } end");
    expect_line(&scripts, "{}", "{\"again\":false,\"ok\":false,\"same\":true}");
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    static const char *const gone[] = {"ecs/piece.lua", NULL}, *const large[] = {"ecs/piece.lua", "too large",
                                                                                 NULL};
    /* a link that leads nowhere does not mean the packaged one */
    write_in(packaged, "ecs/piece.lua", "return {}");
    write_in(scripts.directory, "ecs/other.lua", "return {}");
    assert_int_equal(symlink("nowhere.lua", path_of(scripts.directory, "ecs/piece.lua")), 0);
    expect_refusal(SCRIPT(""), gone);
    unlink(path_of(scripts.directory, "ecs/piece.lua"));
    assert_int_equal(mkfifo(path_of(scripts.directory, "ecs/piece.lua"), 0600), 0);
    expect_refusal(SCRIPT(""), gone);
    unlink(path_of(scripts.directory, "ecs/piece.lua"));
    assert_int_equal(mkdir(path_of(scripts.directory, "ecs/piece.lua"), 0700), 0);
    expect_refusal(SCRIPT(""), gone);
    rmdir(path_of(scripts.directory, "ecs/piece.lua"));
    char *text = malloc((1 << 20) + 2);
    memset(text, ' ', (1 << 20) + 1);
    text[(1 << 20) + 1] = '\0';
    write_in(scripts.directory, "ecs/piece.lua", text);
    free(text);
    expect_refusal(SCRIPT(""), large);
}

static void bounded_in_number_and_depth(void **state)
{
    (void)state;
    static const char *const many[] = {"main.lua:2: the scripts take more than 64 files", NULL};
    static const char *const deep[] = {"main.lua:1: ", "ecs/n15.lua:1: pieces take pieces more than 16 deep",
                                       NULL};
    char name[32], text[128];
    for (int i = 0; i < 65; i++) {
        snprintf(name, sizeof name, "ecs/n%d.lua", i);
        write_in(scripts.directory, name, "return {}");
    }
    load_well("for i = 0, 63 do\nlocal a = postern.script('ecs/n' .. i) end return function() end");
    expect_refusal("for i = 0, 64 do\nlocal a = postern.script('ecs/n' .. i) end return function() end",
                   many);
    for (int i = 0; i < 17; i++) {
        snprintf(name, sizeof name, "ecs/n%d.lua", i);
        snprintf(text, sizeof text, "local a = postern.script 'ecs/n%d' return a", i + 1);
        write_in(scripts.directory, name, i == 16 ? "return 1" : text);
    }
    load_well("local a = postern.script 'ecs/n1' return function() end");
    expect_refusal("local a = postern.script 'ecs/n0' return function() end", deep);
}

static void load_for_hash(char hash[65])
{
    if (load("main.lua") < 0) fail_msg("%s", scripts.error.message);
    strcpy(hash, script_set_hash(scripts.set));
}

static void the_hash_follows_each_piece(void **state)
{
    (void)state;
    char first[65], second[65];
    write_in(packaged, "ecs/inner.lua", "return 'packaged'");
    write_in(scripts.directory, "ecs/piece.lua", "return postern.script 'ecs/inner'");
    write_in(scripts.directory, "ecs/inner.lua", "return 1");
    write_in(scripts.directory, "ecs/unused.lua", "return 1");
    write_file(&scripts, "main.lua", SCRIPT("return { p = piece }"));
    load_for_hash(first);
    write_in(scripts.directory, "ecs/unused.lua", "return 2");
    load_for_hash(second);
    assert_string_equal(first, second);
    write_in(scripts.directory, "ecs/piece.lua", "return postern.script 'ecs/inner' ");
    load_for_hash(second);
    assert_string_not_equal(first, second);
    strcpy(first, second);
    write_in(scripts.directory, "ecs/inner.lua", "return 2");
    load_for_hash(second);
    assert_string_not_equal(first, second);
    strcpy(first, second);
    unlink(path_of(scripts.directory, "ecs/inner.lua")); /* vanished: the packaged one is taken */
    load_for_hash(second);
    assert_string_not_equal(first, second);
    unlink(path_of(scripts.directory, "ecs/piece.lua")); /* vanished, and there is no other */
    static const char *const parts[] = {"there is no ecs/piece.lua", NULL};
    expect_refusal(SCRIPT("return { p = piece }"), parts);
}

/* Files that change behind a load change nothing: every worker's state runs what was read then. */
static void every_state_runs_the_same_texts(void **state)
{
    (void)state;
    write_in(scripts.directory, "ecs/piece.lua", "return 1");
    load_well(SCRIPT("return { p = piece }"));
    write_in(scripts.directory, "ecs/piece.lua", "return 2");
    script_runner_free(scripts.runner);
    scripts.runner = script_runner_new(scripts.set, &scripts.error);
    expect_line(&scripts, "{}", "{\"p\":1}");
    unlink(path_of(scripts.directory, "ecs/piece.lua"));
    script_runner_free(scripts.runner);
    scripts.runner = script_runner_new(scripts.set, &scripts.error);
    expect_line(&scripts, "{}", "{\"p\":1}");
}

/* Two scripts of one pipeline, each with pieces of its own folder. */
static void scripts_of_two_folders(void **state)
{
    (void)state;
    write_in(packaged, "ecs/piece.lua", "return 'packaged'");
    write_in(scripts.directory, "ecs/piece.lua", "return 'own'");
    write_file(&scripts, "main.lua", SCRIPT("e.a = piece return e"));
    write_in(packaged, "main.lua", SCRIPT("e.b = piece return e"));
    char own[256], other[256];
    snprintf(own, sizeof own, "%s/main.lua", scripts.directory);
    snprintf(other, sizeof other, "%s/main.lua", packaged);
    const char *names[] = {"own", "packaged"}, *paths[] = {own, other};
    if (script_set_load(names, paths, 2, packaged, patiently(), &scripts.set, &scripts.error) < 0)
        fail_msg("%s", scripts.error.message);
    scripts.runner = script_runner_new(scripts.set, &scripts.error);
    expect_line(&scripts, "{}", "{\"a\":\"own\",\"b\":\"packaged\"}");
}

/* What a piece looks up lies where the script's own lookup files lie, when it loads and when an event comes.
 */
static void lookups_of_a_piece(void **state)
{
    (void)state;
    write_file(&scripts, "teams.csv", "k,v\nx,red\n");
    write_file(&scripts, "late.csv", "k,v\nx,blue\n");
    write_in(packaged, "ecs/piece.lua",
             "local teams = postern.lookup 'teams.csv'\n"
             "return function(ctx) return { a = teams 'x', b = ctx.lookup('late.csv', 'x') } end");
    load_well("local piece = postern.script 'ecs/piece'\n"
              "return function(e, ctx) return piece(ctx) end");
    expect_line(&scripts, "{}", "{\"a\":\"red\",\"b\":\"blue\"}");
    static const char *const parts[] = {"ecs/piece.lua:2: ", "gone.csv", NULL};
    write_in(packaged, "ecs/piece.lua", "\nreturn function(ctx) return ctx.lookup('gone.csv', 'x') end");
    expect_refusal("return postern.script 'ecs/piece'", parts);
}

/* Tests beside the pieces are of the script, and name pieces as it does. */
static void tests_beside_pieces(void **state)
{
    (void)state;
    write_in(packaged, "ecs/piece.lua", "return { value = 1 }");
    write_file(&scripts, "ecs.lua", SCRIPT("return { p = piece.value }"));
    write_in(scripts.directory, "ecs/inner.lua", "return 'no script'");
    write_in(scripts.directory, "ecs/inner_test.lua",
             "local piece = postern.script 'ecs/piece'\n"
             "return { { name = 'one', input = {}, expect = { p = piece.value } } }");
    struct buffer report = {.limit = 1 << 16};
    struct script_test_totals totals = {0};
    if (script_test_file(path_of(scripts.directory, "ecs/inner_test.lua"), packaged, patiently(), &report,
                         &totals, &scripts.error) < 0)
        fail_msg("%s", scripts.error.message);
    assert_int_equal(totals.passed, 1);
    assert_int_equal(totals.failed, 0);
    buffer_free(&report);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(beside_the_script_then_packaged),
        TEST(runs_once_and_is_shared),
        TEST(gives_any_value),
        TEST(globals_of_a_piece_are_its_own_and_sealed),
        TEST(refusals_name_both_files),
        TEST(only_while_the_script_is_loaded),
        TEST(an_error_that_is_caught),
        TEST(what_is_no_file_is_refused),
        TEST(bounded_in_number_and_depth),
        TEST(the_hash_follows_each_piece),
        TEST(every_state_runs_the_same_texts),
        TEST(scripts_of_two_folders),
        TEST(lookups_of_a_piece),
        TEST(tests_beside_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

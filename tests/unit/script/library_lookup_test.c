/* Lookup files: reading, refusing, finding, and naming them in scripts. Real files in a temporary directory.
 */
#include "../own_folder.h"
#include "../patient_limits.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "sandbox/sandbox.h"
#include "script/library/library.h"
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
// cmocka needs the headers above
#include <cmocka.h>

static char directory[OWN_FOLDER_SIZE];
static struct lookup_files *files;

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static void write_file(const char *name, const char *content, size_t size)
{
    _cleanup_(fclosep) FILE *file = fopen(path_of(name), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, size, file), size);
}

static void write_text(const char *name, const char *content)
{
    write_file(name, content, strlen(content));
}

static int make_directory(void **state)
{
    (void)state;
    return own_folder_make(directory, "lookup");
}

static int remove_directory(void **state)
{
    (void)state;
    return own_folder_remove(directory);
}

static int set_up(void **state)
{
    (void)state;
    files = lookup_files_new();
    return files ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    lookup_files_free(files);
    return 0;
}

/* Evaluates a Lua expression in a fresh state over `files`. */
static void check_true(const char *expression)
{
    struct sandbox *sandbox = sandbox_new(patiently(), "test");
    lua_State *L = sandbox_lua(sandbox);
    struct script_library_context context = {.files = files, .directory = directory};
    lua_newtable(L);
    script_library_open(L, &context);
    lua_setglobal(L, "postern");
    char code[1024];
    postern_error error = ERROR_INIT;
    snprintf(code, sizeof code, "return %s", expression);
    if (sandbox_load(sandbox, text_of(code), "row", &error) < 0 ||
        sandbox_call(sandbox, 0, 1, NULL, &error) < 0)
        fail_msg("%s\n  failed: %s", expression, error.message);
    if (!lua_toboolean(L, -1)) fail_msg("%s\n  is not true", expression);
    sandbox_free(sandbox);
}

static void finds(void **state)
{
    (void)state;
    /* byte order mark, both line ends, a blank row, quotes with all that they may hold, no line end at the
     * end */
    write_text("teams.csv",
               "\xef\xbb\xbf"
               "domain,team\r\nexample.com,red\n\n\"b,c\",\"say \"\"hi\"\"\nthere\"\n25,port\nempty,");
    write_text("hosts.csv", "ip;owner;site\n10.0.0.1;Ada;London\n10.0.0.2;;Paris\n10.0.0.3\n");
    write_text("deny.csv", "domain\nbad.example\n");
    write_text("map.json",
               "{\"a\":{\"list\":[1,2]},\"n\":null,\"t\\u0065xt\":\"x\\n\",\"big\":12345678901234567}");
    write_text("set.json", "[\"x\",\"\\u0079\"]");
    mkdir(path_of("sub"), 0700);
    write_text("sub/inner.csv", "k,v\na,b\n");
    static const char *const rows[] = {
        "postern.lookup('teams.csv', 'example.com') == 'red'",
        "postern.lookup('teams.csv', 'b,c') == 'say \"hi\"\\nthere'",
        "postern.lookup('teams.csv', 25) == 'port'",         /* an integer finds its digits */
        "postern.lookup('teams.csv', 'domain') == nil",      /* the header is no row */
        "postern.lookup('teams.csv', 'Example.com') == nil", /* exact bytes */
        "postern.lookup('teams.csv', 'empty') == ''",
        "postern.lookup('teams.csv', nil) == nil",
        "postern.lookup('teams.csv', {}) == nil",
        "postern.lookup('teams.csv')('example.com') == 'red'",
        "postern.lookup('teams.csv')(nil) == nil",
        "postern.lookup('hosts.csv', '10.0.0.1').owner == 'Ada'",
        "postern.lookup('hosts.csv', '10.0.0.1').ip == nil",
        "postern.lookup('hosts.csv', '10.0.0.2').owner == nil", /* an empty cell */
        "postern.lookup('hosts.csv', '10.0.0.2').site == 'Paris'",
        "next(postern.lookup('hosts.csv', '10.0.0.3')) == nil", /* a short row */
        "postern.lookup('deny.csv', 'bad.example') == true",
        "postern.lookup('deny.csv', 'good.example') == nil",
        "postern.lookup('map.json', 'a').list[2] == 2",
        "postern.lookup('map.json', 'n') == postern.null",
        "postern.lookup('map.json', 'text') == 'x\\n'",
        "postern.lookup('map.json', 'big') == 12345678901234567",
        "postern.lookup('map.json', 'none') == nil",
        "postern.lookup('set.json', 'x') == true and postern.lookup('set.json', 'y') == true",
        "postern.lookup('sub/inner.csv', 'a') == 'b'",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_true(rows[i]);
}

static void refuses(void **state)
{
    (void)state;
    write_text("empty.csv", "");
    write_text("blank.csv", "\n\n");
    write_text("double.csv", "k,v\na,1\nb,2\na,3\n");
    write_text("wide.csv", "k,v\na,1,2\n");
    write_text("open.csv", "k,v\n\"a,1\n");
    write_text("behind.csv", "k,v\n\"a\"x,1\n");
    write_text("unnamed.csv", "k,,v\n");
    write_text("twins.csv", "k,v,v\n");
    write_text("bad.json", "{\"a\":1,}");
    write_text("scalar.json", "7");
    write_text("mixed.json", "[\"a\",5]");
    write_text("twice.json", "{\"a\":1,\"\\u0061\":2}");
    write_text("secret.txt", "x");
    assert_int_equal(symlink("/etc/passwd", path_of("link.csv")), 0);
    assert_int_equal(mkfifo(path_of("pipe.csv"), 0600), 0);
    assert_int_equal(mkdir(path_of("folder.csv"), 0700), 0);
    static const struct {
        const char *name, *message;
    } rows[] = {
        {"missing.csv", "cannot open"},
        {"/etc/x.csv", "absolute path"},
        {"../x.csv", "leads out"},
        {"sub/../../x.csv", "leads out"},
        {"secret.txt", "neither in .csv nor in .json"},
        {"", "no file name"},
        {"link.csv", "leads out"},
        {"pipe.csv", "is a FIFO, not a regular file"}, /* and does not wait for a writer */
        {"folder.csv", "no regular file"},
        {"empty.csv", "it is empty"},
        {"blank.csv", "no header row"},
        {"double.csv", "row 4: the key \"a\" is there already"},
        {"wide.csv", "row 2 has 3 cells, but the header 2"},
        {"open.csv", "row 2: a quote is not closed"},
        {"behind.csv", "row 2: there is text behind a closing quote"},
        {"unnamed.csv", "column 2 has no name"},
        {"twins.csv", "columns 2 and 3 have the same name"},
        {"bad.json", "bad.json: "},
        {"scalar.json", "neither an object nor a list"},
        {"mixed.json", "item 2 of the list is not a text"},
        {"twice.json", "member 2: the key \"a\" is there already"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        postern_error error = ERROR_INIT;
        const struct lookup_file *file = NULL;
        if (lookup_files_open(files, directory, text_of(rows[i].name), &file, &error) >= 0)
            fail_msg("\"%s\" was read", rows[i].name);
        if (!strstr(error.message, rows[i].message))
            fail_msg("\"%s\" said \"%s\", not \"%s\"", rows[i].name, error.message, rows[i].message);
        assert_null(file);
    }
}

static void refuses_large_file(void **state)
{
    (void)state;
    write_text("large.csv", "k,v\n");
    assert_int_equal(truncate(path_of("large.csv"), LOOKUP_FILE_LIMIT + 1), 0);
    postern_error error = ERROR_INIT;
    const struct lookup_file *file;
    assert_true(lookup_files_open(files, directory, TEXT("large.csv"), &file, &error) < 0);
    assert_non_null(strstr(error.message, "larger than"));
}

static void scans_scripts(void **state)
{
    (void)state;
    static const struct {
        const char *script, *error; /* NULL: none; the files that are read are a.csv and b.json */
    } rows[] = {
        {"return function(e, ctx) e.x = ctx.lookup(\"a.csv\", e.y) e.z = postern.lookup 'b.json' (e.y) "
         "return e end",
         NULL},
        {"local t = postern.lookup ( 'a.csv', 1) lookup\n'b.json'", NULL},
        {"-- lookup('gone.csv')\n--[[ lookup('gone.csv')\n]] --[==[ ]] lookup 'gone.csv' ]==]\nlookup'a.csv' "
         "lookup'b.json'",
         NULL}, /* comments */
        {"x = \"lookup('gone.csv')\" y = [[lookup 'gone.csv']] z = 'it\\'s' lookup'a.csv' lookup'b.json'",
         NULL}, /* texts */
        {"lookup(name) lookup('gone' .. x) lookup'a.csv' my_lookup('gone.csv') lookup'b.json'", NULL},
        {"x = t[t[1]] lookup'a.csv' lookup'b.json' -- unfinished", NULL},
        {"\n\nreturn lookup('gone.csv', 1)", "script.lua:3: cannot open"},
        {"lookup '../a.csv'",
         "script.lua:1: the lookup file \"../a.csv\" is refused: it leads out of the directory"},
    };
    write_text("a.csv", "k,v\n1,2\n");
    write_text("b.json", "{\"1\":2}");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tear_down(NULL);
        set_up(NULL);
        postern_error error = ERROR_INIT;
        char script[256];
        snprintf(script, sizeof script, "%s", path_of("script.lua"));
        postern_status status = lookup_files_scan(files, directory, script, text_of(rows[i].script), &error);
        if (rows[i].error) {
            if (status >= 0 || !strstr(error.message, rows[i].error))
                fail_msg("%s\n  said: %s", rows[i].script, error.message);
            continue;
        }
        if (status < 0) fail_msg("%s\n  failed: %s", rows[i].script, error.message);
        lookup_files_seal(files);
        const struct lookup_file *file;
        assert_int_equal(lookup_files_open(files, directory, TEXT("a.csv"), &file, &error), POSTERN_OK);
        assert_int_equal(lookup_files_open(files, directory, TEXT("b.json"), &file, &error), POSTERN_OK);
    }
}

/* What ran is fixed at load: a file that was not read then is refused, one that was does not change. */
static void sealed(void **state)
{
    (void)state;
    write_text("a.csv", "k,v\n1,2\n");
    write_text("late.csv", "k,v\n1,2\n");
    const struct lookup_file *file;
    postern_error error = ERROR_INIT;
    assert_int_equal(lookup_files_open(files, directory, TEXT("a.csv"), &file, &error), POSTERN_OK);
    lookup_files_seal(files);
    write_text("a.csv", "k,v\n1,other\n");
    check_true("postern.lookup('a.csv', '1') == '2'");
    assert_true(lookup_files_open(files, directory, TEXT("late.csv"), &file, &error) < 0);
    assert_non_null(strstr(error.message, "was not read when the script was loaded"));
}

static void digest_of(char hex[65])
{
    struct digest *digest = digest_new();
    unsigned char bytes[32];
    lookup_files_digest(files, digest);
    digest_final(digest, bytes);
    digest_hex(bytes, sizeof bytes, hex);
    digest_free(digest);
}

static void digests(void **state)
{
    (void)state;
    char first[65], other_order[65], changed[65];
    const struct lookup_file *file;
    write_text("a.csv", "k,v\n1,\"2\"\n");
    write_text("b.json", "{}");
    assert_int_equal(lookup_files_open(files, directory, TEXT("a.csv"), &file, NULL), POSTERN_OK);
    assert_int_equal(lookup_files_open(files, directory, TEXT("b.json"), &file, NULL), POSTERN_OK);
    digest_of(first);
    tear_down(NULL);
    set_up(NULL);
    assert_int_equal(lookup_files_open(files, directory, TEXT("b.json"), &file, NULL), POSTERN_OK);
    assert_int_equal(lookup_files_open(files, directory, TEXT("a.csv"), &file, NULL), POSTERN_OK);
    digest_of(other_order);
    assert_string_equal(first, other_order);
    tear_down(NULL);
    set_up(NULL);
    write_text("a.csv", "k,v\n1,2\n"); /* other bytes, same cells */
    assert_int_equal(lookup_files_open(files, directory, TEXT("a.csv"), &file, NULL), POSTERN_OK);
    assert_int_equal(lookup_files_open(files, directory, TEXT("b.json"), &file, NULL), POSTERN_OK);
    digest_of(changed);
    assert_string_not_equal(first, changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_large_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(scans_scripts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sealed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(digests, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}

/* `postern test`: runs the tests that lie beside scripts. */
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/show.h"
#include "base/text.h"
#include "commands/command.h"
#include "engine/places.h"
#include "script/script.h"
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>

#define REPORT_LIMIT ((size_t)16 << 20)

static void test_file(const char *path, struct script_test_totals *totals)
{
    _cleanup_(buffer_free) struct buffer report = {.limit = REPORT_LIMIT};
    struct script_test_totals own = {0};
    postern_error error = ERROR_INIT;
    if (script_test_file(path, places_scripts(), &sandbox_default_limits, &report, &own, &error) < 0) {
        show(stdout, "FAILED %s\n", error.message); /* which names the file */
        own.failed++;
    }
    show_lines(stdout, 0, buffer_text(&report));
    show(stdout, "%s: %zu passed, %zu failed\n", path, own.passed, own.failed);
    totals->passed += own.passed;
    totals->failed += own.failed;
}

static int is_test(const struct dirent *entry)
{
    return text_ends_with(text_of(entry->d_name), "_test.lua");
}

static void test_files(const char *directory, struct script_test_totals *totals)
{
    struct dirent **entries = NULL;
    int count = scandir(directory, &entries, is_test, alphasort);
    for (int i = 0; i < count; i++) {
        _cleanup_(freep) char *path = path_join(directory, entries[i]->d_name);
        if (path) test_file(path, totals);
        free(entries[i]);
    }
    free(entries);
}

/* NAME.lua, beside which the folder NAME/ may hold its pieces. */
static int is_script(const struct dirent *entry)
{
    return text_ends_with(text_of(entry->d_name), ".lua") && !is_test(entry);
}

/* The tests in the folder and beside the pieces of its scripts. */
static void test_directory(const char *directory, struct script_test_totals *totals)
{
    test_files(directory, totals);
    struct dirent **entries = NULL;
    int count = scandir(directory, &entries, is_script, alphasort);
    for (int i = 0; i < count; i++) {
        char *name = entries[i]->d_name;
        name[strlen(name) - strlen(".lua")] = '\0';
        _cleanup_(freep) char *path = path_join(directory, name);
        if (path) test_files(path, totals);
        free(entries[i]);
    }
    free(entries);
}

static bool test_path(const char *path, struct script_test_totals *totals)
{
    struct stat status;
    if (stat(path, &status) < 0) {
        show(stderr, "postern: cannot find %s: %s\n", path, strerror(errno));
        return false;
    }
    if (S_ISDIR(status.st_mode))
        test_directory(path, totals);
    else
        test_file(path, totals);
    return true;
}

static int test(const struct command *command, int argc, char **argv)
{
    static const struct option known[] = {{"help", no_argument, NULL, 'h'}, {0}};
    for (int letter; (letter = getopt_long(argc, argv, "h", known, NULL)) != -1;) {
        if (letter == 'h') return command_print_help(command, stdout), EXIT_OK;
        return command_unknown(command, argv);
    }
    struct script_test_totals totals = {0};
    bool found = true;
    if (optind == argc) found = test_path(places_scripts(), &totals);
    for (int i = optind; i < argc; i++)
        found = test_path(argv[i], &totals) && found;
    if (!found) return EXIT_USAGE;
    if (totals.passed + totals.failed == 0) {
        show(stderr, "postern: no tests: they lie beside the script, NAME_test.lua beside NAME.lua, or in "
                     "the folder NAME/\n");
        return EXIT_INCOMPLETE;
    }
    show(stdout, "%zu passed, %zu failed\n", totals.passed, totals.failed);
    return totals.failed ? EXIT_INCOMPLETE : EXIT_OK;
}

const struct command command_test = {"test", "test [FILE_test.lua | DIRECTORY]...",
                                     "Runs the tests that lie beside scripts",
                                     "Without words the packaged scripts are tested. A test file "
                                     "NAME_test.lua lies beside NAME.lua, or in the folder\n"
                                     "NAME/ of its pieces, and returns a list of cases: { name = ..., input "
                                     "= ..., expect = ... }; the script\n"
                                     "author's guide tells all that a case may say.\n"
                                     "Exit code 1 if a case fails.\n",
                                     test};

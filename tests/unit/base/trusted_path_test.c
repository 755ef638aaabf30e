/* Paths that nobody else can turn elsewhere: what is refused, what comes back, and what is made. */
#include "../own_folder.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/trusted_path.h"
#include "flipping_link.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[OWN_FOLDER_SIZE], path[PATH_MAX];

static const char *below(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static void make_file(const char *name)
{
    FILE *file = fopen(below(name), "w");
    assert_non_null(file);
    fclose(file);
    chmod(path, 0644);
}

static void make_link(const char *target, const char *name)
{
    assert_int_equal(symlink(target, below(name)), 0);
}

static void make_directory(const char *name, mode_t mode)
{
    assert_int_equal(mkdir(below(name), 0700), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static int set_up(void **state)
{
    (void)state;
    if (own_folder_make(directory, "trust") < 0) return -1;
    make_directory("good", 0755);
    make_directory("good/deep", 0755);
    make_directory("evil", 0777);
    make_directory("sticky", 01777);
    make_directory("sticky/own", 0755);
    make_file("good/file");
    make_file("good/deep/file");
    make_file("good/open");
    chmod(below("good/open"), 0664);
    make_file("evil/file");
    make_file("sticky/file");
    make_file("sticky/own/file");
    make_link("good", "link");
    make_link("../good/deep", "good/back");
    make_link("/nowhere/at/all", "dangling");
    make_link("loop", "loop");
    make_link("../good", "evil/link");
    assert_int_equal(mkfifo(below("good/fifo"), 0600), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return own_folder_remove(directory);
}

static void what_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *name, *real, *message;
    } rows[] = {
        {"good/file", "good/file", NULL},
        {"good//deep/./../file", "good/file", NULL},
        {"link/file", "good/file", NULL},
        {"link/back/file", "good/deep/file", NULL},
        {"link/back/../file", "good/file", NULL}, /* of where the link leads */
        {"sticky/file", "sticky/file", NULL},
        {"sticky/own/file", "sticky/own/file", NULL},
        {"evil/file", NULL, "evil can be written by others (mode 777)"},
        {"evil/link/file", NULL,
         "evil can be written by others (mode 777)"}, /* others choose where it leads */
        {"good/open", NULL, "good/open can be written by others (mode 664)"},
        {"good/fifo", NULL, "good/fifo is not a regular file"},
        {"good", NULL, "good is not a regular file"},
        {"good/none", NULL, "good/none: No such file"},
        {"good/file/below", NULL, "Not a directory"},
        {"dangling", NULL, "No such file"},
        {"loop", NULL, "Too many levels"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char real[PATH_MAX] = "untouched";
        postern_error error = ERROR_INIT;
        postern_status status = trusted_file_resolve(below(rows[i].name), "module", real, &error);
        if ((status == POSTERN_OK) != (rows[i].message == NULL))
            fail_msg("%s: %s", rows[i].name, error.message);
        if (!rows[i].message) assert_string_equal(real, below(rows[i].real));
        if (rows[i].message && !strstr(error.message, rows[i].message))
            fail_msg("%s: %s", rows[i].name, error.message);
        if (rows[i].message) assert_string_equal(real, "untouched");
    }
    char real[PATH_MAX], here[PATH_MAX];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(below("good")), 0);
    assert_int_equal(trusted_file_resolve("deep/file", "module", real, NULL), POSTERN_OK);
    assert_string_equal(real, below("good/deep/file"));
    assert_int_equal(chdir(here), 0);
}

static void what_belongs_to_others(void **state)
{
    (void)state;
    if (geteuid() != 0) skip();
    char real[PATH_MAX];
    static const char *const names[] = {"good/deep/file", "good/deep", "link"};
    static const char *const asked[] = {"good/deep/file", "good/deep/file", "link/file"};
    for (size_t i = 0; i < 3; i++) {
        postern_error error = ERROR_INIT;
        assert_int_equal(lchown(below(names[i]), 12345, 12345), 0);
        assert_int_equal(trusted_file_resolve(below(asked[i]), "module", real, &error), POSTERN_E_CONFIG);
        assert_non_null(strstr(error.message, "belongs to user 12345"));
        assert_non_null(strstr(error.remedy, i < 2 ? "chown root" : "chown -h root"));
        assert_int_equal(lchown(below(names[i]), 0, 0), 0);
    }
}

static bool exists(const char *name)
{
    return access(below(name), F_OK) == 0;
}

static void directories(void **state)
{
    (void)state;
    char real[PATH_MAX];
    postern_error error = ERROR_INIT;
    struct stat status;
    assert_int_equal(trusted_directory_make(below("good/x/../y/z"), "state", real, &error), POSTERN_OK);
    assert_string_equal(real, below("good/y/z"));
    assert_false(exists("good/x"));
    assert_int_equal(stat(below("good/y"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(trusted_directory_make(below("good/x/a/../../deep/../n"), "state", real, &error),
                     POSTERN_OK);
    assert_string_equal(real, below("good/n"));
    assert_int_equal(trusted_directory_make(below("good/x/.."), "state", real, &error), POSTERN_OK);
    assert_string_equal(real, below("good"));
    assert_int_equal(trusted_directory_make(below("link/m"), "state", real, &error), POSTERN_OK);
    assert_string_equal(real, below("good/m"));
    assert_int_equal(trusted_directory_make(below("sticky/m"), "state", real, &error), POSTERN_OK);
    assert_int_equal(trusted_directory_make(below("good/m"), "state", real, &error), POSTERN_OK); /* again */
    assert_false(exists("good/x"));

    assert_int_equal(trusted_directory_make(below("evil/m"), "state", real, &error), POSTERN_E_CONFIG);
    assert_non_null(strstr(error.message, "evil can be written by others"));
    assert_int_equal(trusted_directory_make(below("evil/link/o"), "state", real, &error), POSTERN_E_CONFIG);
    assert_false(exists("evil/m") || exists("good/o"));
    assert_int_equal(trusted_directory_make(below("good/file/m"), "state", real, &error), POSTERN_E_IO);
}

/* A link that is turned at any moment of the walk: what comes back is good or an error, never what others
 * write. */
static void turned_at_every_moment(void **state)
{
    (void)state;
    static const char *const targets[] = {"good", "evil"};
    for (int back = 0; back < 2; back++) {
        unsigned long n = 0, good = 0, refused = 0;
        for (bool turned = true; turned;) {
            char real[PATH_MAX] = "", link[96], wanted[128];
            postern_error error = ERROR_INIT;
            snprintf(link, sizeof link, "%s/link", directory);
            snprintf(wanted, sizeof wanted, "%s/file", link);
            flip_arm(link, targets[back], targets[!back], ++n);
            postern_status status = trusted_file_resolve(wanted, "module", real, &error);
            turned = flip_disarm();
            if (status == POSTERN_OK) assert_string_equal(real, below("good/file"));
            status == POSTERN_OK ? good++ : refused++;
        }
        assert_true(n > 5 && good > 0 && refused > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_belongs_to_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(directories, set_up, tear_down),
        cmocka_unit_test_setup_teardown(turned_at_every_moment, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

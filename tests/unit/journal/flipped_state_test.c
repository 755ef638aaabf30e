/* The state directory is the one that was checked, at whatever moment a link on the way to it is turned. */
#include "../journal_settings.h"
#include "../own_folder.h"
#include "base/clock.h"
#include "base/error.h"
#include "flipping_link.h"
#include "journal/journal.h"
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[OWN_FOLDER_SIZE], path[128];

static const char *below(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static int set_up(void **state)
{
    (void)state;
    if (own_folder_make(directory, "flip") < 0) return -1;
    mkdir(below("good"), 0755);
    mkdir(below("evil"), 0755);
    return chmod(below("evil"), 0777);
}

static int tear_down(void **state)
{
    (void)state;
    return own_folder_remove(directory);
}

/* Nothing was made in it, and it was not made private. */
static void assert_untouched(const char *name, unsigned long n)
{
    struct stat status;
    struct dirent **entries;
    assert_int_equal(stat(below(name), &status), 0);
    if ((status.st_mode & 0777) != 0777) fail_msg("turned before call %lu, the mode was changed", n);
    int count = scandir(path, &entries, NULL, NULL);
    if (count != 2) fail_msg("turned before call %lu, something was made in it", n);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
}

static void turned_at_every_moment(void **state)
{
    (void)state;
    const struct journal_settings settings = usual_journal_settings();
    unsigned long n = 0, opened = 0;
    for (bool turned = true; turned;) {
        char link[128], wanted[160];
        struct journal *journal = NULL;
        postern_error error = ERROR_INIT;
        snprintf(link, sizeof link, "%s", below("link"));
        snprintf(wanted, sizeof wanted, "%s/state", link);
        flip_arm(link, "good", "evil", ++n);
        postern_status status = journal_open(wanted, &settings, clock_process(), &journal, &error);
        if (status == POSTERN_OK) {
            assert_string_equal(journal_directory(journal), below("good/state"));
            journal_close(journal);
            opened++;
        }
        turned = flip_disarm();
        assert_untouched("evil", n);
        char command[160];
        snprintf(command, sizeof command, "rm -rf '%s'", below("good/state"));
        assert_int_equal(system(command), 0);
    }
    assert_true(n > 10 && opened > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(turned_at_every_moment, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A lookup file lies in the script's directory, at whatever moment a link in it is turned to lead out. */
#include "../own_folder.h"
#include "base/error.h"
#include "base/text.h"
#include "flipping_link.h"
#include "script/lookup/file.h"
#include "script/lookup/files.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[OWN_FOLDER_SIZE], path[128];

static const char *below(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static void write_file(const char *name, const char *content)
{
    FILE *file = fopen(below(name), "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static int set_up(void **state)
{
    (void)state;
    if (own_folder_make(directory, "flip") < 0 || mkdir(below("scripts"), 0755) < 0) return -1;
    write_file("scripts/teams.csv", "name,team\na,inside\n");
    write_file("secret.csv", "name,team\na,secret\n");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return own_folder_remove(directory);
}

static void turned_at_every_moment(void **state)
{
    (void)state;
    unsigned long n = 0, read = 0, refused = 0;
    for (bool turned = true; turned;) {
        char link[128], scripts[128];
        struct lookup_files *files = lookup_files_new();
        const struct lookup_file *file = NULL;
        postern_error error = ERROR_INIT;
        snprintf(link, sizeof link, "%s", below("scripts/link.csv"));
        snprintf(scripts, sizeof scripts, "%s", below("scripts"));
        flip_arm(link, "teams.csv", "../secret.csv", ++n);
        postern_status status = lookup_files_open(files, scripts, TEXT("link.csv"), &file, &error);
        turned = flip_disarm();
        if (status == POSTERN_OK) {
            read++;
            if (memmem(file->bytes.data, file->bytes.size, "secret", 6))
                fail_msg("turned before call %lu, a file outside was read", n);
        } else {
            refused++;
            assert_non_null(strstr(error.message, "leads out of the script's directory"));
        }
        lookup_files_free(files);
    }
    assert_true(n > 2 && read > 0 && refused > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(turned_at_every_moment, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

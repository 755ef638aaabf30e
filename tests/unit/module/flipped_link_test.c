/* The check of a module cannot be outrun: at whatever moment a link is turned to a file that others can
 * write, that file is never loaded. */
#include "../own_folder.h"
#include "base/error.h"
#include "base/files.h"
#include "flipping_link.h"
#include "module/registry.h"
#include "parts.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static char directory[OWN_FOLDER_SIZE], path[128];

static const char *below(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static void copy_toy(const char *to)
{
    struct buffer bytes = {.limit = 64 << 20};
    assert_int_equal(file_read(TEST_TOYS "/good.so", 64 << 20, &bytes, NULL), POSTERN_OK);
    FILE *file = fopen(below(to), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    fclose(file);
    chmod(path, 0644);
    buffer_free(&bytes);
}

static int set_up(void **state)
{
    (void)state;
    if (own_folder_make(directory, "flip") < 0) return -1;
    mkdir(below("good"), 0755);
    mkdir(below("evil"), 0755);
    mkdir(below("links"), 0755);
    copy_toy("good/toy.so");
    copy_toy("evil/toy.so");
    return chmod(below("evil"), 0777);
}

static int tear_down(void **state)
{
    (void)state;
    return own_folder_remove(directory);
}

static void never_evil(const char *link, const char *before, const char *after)
{
    unsigned long n = 0;
    char link_path[128], listed[128];
    snprintf(link_path, sizeof link_path, "%s", below(link));
    /* A link of a directory is listed itself; one of a file is listed with its folder. */
    snprintf(listed, sizeof listed, "%s", strchr(link, '/') ? below("links") : link_path);
    for (bool turned = true; turned;) {
        struct module_registry *registry = registry_new(&limits);
        postern_error error = ERROR_INIT;
        flip_arm(link_path, before, after, ++n);
        postern_status status = registry_load_directory(registry, listed, true, NULL, NULL, &error);
        turned = flip_disarm();
        if (strstr(flip_loaded, "evil")) fail_msg("turned before call %lu, %s was loaded", n, flip_loaded);
        if (registry_module_count(registry) == 1)
            assert_non_null(strstr(flip_loaded, "good"));
        else
            assert_true(status < 0 && strstr(error.message, "can be written by others"));
        registry_free(registry);
    }
    assert_true(n > 3);
}

static void the_directory_is_turned(void **state)
{
    (void)state;
    never_evil("link", "good", "evil");
    never_evil("link", "evil", "good");
}

static void the_file_is_turned(void **state)
{
    (void)state;
    never_evil("links/toy.so", "../good/toy.so", "../evil/toy.so");
    never_evil("links/toy.so", "../evil/toy.so", "../good/toy.so");
}

/* Nothing waits for what is no file. */
static void only_regular_files(void **state)
{
    (void)state;
    struct module_registry *registry = registry_new(&limits);
    postern_error error = ERROR_INIT;
    assert_int_equal(mkfifo(below("links/pipe.so"), 0600), 0);
    alarm(20);
    refused(&error, registry_load(registry, path, &error), "pipe.so is not a regular file", "take");
    assert_int_equal(mkdir(below("links/folder.so"), 0755), 0);
    refused(&error, registry_load(registry, path, &error), "folder.so is not a regular file", "take");
    alarm(0);
    registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_directory_is_turned, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_file_is_turned, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_regular_files, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

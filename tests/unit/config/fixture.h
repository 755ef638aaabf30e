/* What the tests of the configuration share: a catalog, a folder with files, an environment. */
#ifndef POSTERN_TEST_CONFIG_FIXTURE_H
#define POSTERN_TEST_CONFIG_FIXTURE_H

#include "config/config.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define OPTION(type_, flags_, name_, default_, help_)                                                        \
    &(const postern_option)                                                                                  \
    {                                                                                                        \
        .size = sizeof(postern_option), .flags = flags_, .type = POSTERN_OPTION_##type_, .name = name_,      \
        .default_value = default_, .help = help_                                                             \
    }
static const postern_option *const siem_options[] = {
    OPTION(TEXT, 0, "file_format", "json", "form of the log files"),
    OPTION(BOOLEAN, 0, "compress", "true", "many files per answer"),
    NULL,
};
static const postern_schedule siem_schedule = {
    .size = sizeof(postern_schedule), .interval_ms = 5 * 60 * 1000, .remember_ms = 9 * 86400000LL};
static const char *const routes[] = {"inbound", "outbound", NULL};
static const postern_option *const ttp_account_options[] = {
    &(const postern_option){.size = sizeof(postern_option),
                            .type = POSTERN_OPTION_TEXT,
                            .name = "route",
                            .help = "which way",
                            .choices = routes},
    &(const postern_option){.size = sizeof(postern_option),
                            .type = POSTERN_OPTION_DURATION,
                            .name = "pause",
                            .help = "how long",
                            .minimum = 1000,
                            .maximum = 60000},
    OPTION(SECRET, POSTERN_OPTION_REPEATABLE, "token", NULL, "tokens"),
    NULL,
};
static const struct config_kind fixture_sources[] = {
    {.name = "siem", .options = siem_options, .schedule = &siem_schedule, .token_streams = true},
    {.name = "ttp-url", .account_options = ttp_account_options},
    {.name = "audit"},
};
static const postern_option *const file_options[] = {
    OPTION(PATH, POSTERN_OPTION_REQUIRED | POSTERN_OPTION_TEMPLATES, "path", NULL, "where to write"),
    OPTION(SIZE, 0, "rotate_size", "0B", "size of a file"),
    OPTION(DURATION, 0, "rotate_age", "0s", "age of a file"),
    OPTION(BOOLEAN, 0, "compress", "false", "pack rotated files"),
    OPTION(INTEGER, 0, "keep", "0", "how many"),
    NULL,
};
static const postern_option *const hec_options[] = {
    OPTION(SECRET, POSTERN_OPTION_REQUIRED, "token", NULL, "the token"),
    OPTION(LIST, POSTERN_OPTION_REQUIRED, "hosts", NULL, "where to send"),
    NULL,
};
static const char *const formats[] = {"ndjson", "cef", NULL};
static const postern_option *const web_options[] = {
    OPTION(MAP, POSTERN_OPTION_TEMPLATES, "headers", NULL, "further headers"),
    OPTION(TEMPLATE, 0, "index", "events-%{date}", "where to"),
    OPTION(PATH, 0, "spool", NULL, "a folder"),
    OPTION(TEXT, POSTERN_OPTION_REPEATABLE, "url", NULL, "one or several"),
    &(const postern_option){.size = sizeof(postern_option),
                            .type = POSTERN_OPTION_LIST,
                            .name = "formats",
                            .help = "forms",
                            .choices = formats},
    &(const postern_option){.size = sizeof(postern_option),
                            .type = POSTERN_OPTION_SIZE,
                            .name = "batch",
                            .help = "size",
                            .minimum = 1024,
                            .maximum = 1 << 20},
    &(const postern_option){.size = sizeof(postern_option),
                            .type = POSTERN_OPTION_INTEGER,
                            .name = "level",
                            .help = "level",
                            .minimum = -1,
                            .maximum = 9},
    NULL,
};
static const struct config_kind fixture_sinks[] = {{.name = "file", .options = file_options},
                                                   {.name = "stdout"},
                                                   {.name = "hec", .options = hec_options},
                                                   {.name = "web", .options = web_options}};
static const struct config_catalog fixture_catalog = {fixture_sources, 3, fixture_sinks, 4};

static char fixture_folder[] = "/tmp/postern-config-XXXXXX";
static mode_t fixture_mode = 0600;

static void fixture_path(const char *name, char path[256])
{
    snprintf(path, 256, "%s/%s", fixture_folder, name);
}

static void fixture_write(const char *name, const char *text)
{
    char path[256];
    fixture_path(name, path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int fixture_setup(void **state)
{
    (void)state;
    char path[256];
    if (!mkdtemp(fixture_folder)) return -1;
    fixture_path("scripts", path);
    mkdir(path, 0700);
    fixture_path("packaged", path);
    mkdir(path, 0700);
    config_set_script_directory(path);
    fixture_write("packaged/ecs.lua", "return function(e) return e end");
    fixture_write("packaged/shared.lua", "return function(e) return e end");
    fixture_write("scripts/shared.lua", "return function(e) return e end");
    fixture_write("scripts/ecs_test.lua", "");
    fixture_write("mine.lua", "return function(e) return e end");
    fixture_write("empty.key", " \n");
    fixture_write("good.key", "  good-app-key\r\n");
    char *large = calloc(1, 70000);
    memset(large, 'x', 69999);
    fixture_write("large.key", large);
    free(large);
    setenv("T_APP_ID", "11111111-2222-3333-4444-555555555555", 1);
    setenv("T_APP_KEY", "hush-app-key", 1);
    setenv("T_ACCESS_KEY", " hush_access-key\n", 1);
    setenv("T_SECRET_KEY", "aHVzaC1zZWNyZXQta2V5", 1);
    setenv("T_EMPTY", "", 1);
    setenv("T_BLANK", " \t", 1);
    setenv("T_QUOTED", "\"11111111-2222-3333-4444-555555555555\"", 1);
    setenv("T_BLANKS", "hush hush", 1);
    setenv("T_UMLAUT", "h\xc3\xbcsh", 1);
    setenv("T_NO_BASE64", "hush_hush-hush==", 1);
    setenv("T_CUT_BASE64", "aHVzaC1zZWNyZXQta2V", 1);
    unsetenv("T_NOT_SET");
    return 0;
}

static int fixture_teardown(void **state)
{
    (void)state;
    static const char *const names[] = {"packaged/ecs.lua",   "packaged/shared.lua",
                                        "scripts/shared.lua", "scripts/ecs_test.lua",
                                        "mine.lua",           "empty.key",
                                        "good.key",           "large.key",
                                        "postern.lua",        "scripts",
                                        "packaged",           "."};
    char path[256];
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        fixture_path(names[i], path);
        if (remove(path) < 0) rmdir(fixture_folder);
    }
    return 0;
}

/* Loads a text as the file postern.lua. "LINE: message\n" for each problem, the fixture's folder shown as
 * "@"; malloc'ed. */
static __attribute__((unused)) char *fixture_load(const char *text, struct config **config)
{
    char path[256];
    struct config_problems problems = {0};
    fixture_write("postern.lua", text);
    fixture_path("postern.lua", path);
    chmod(path, fixture_mode);
    *config = NULL;
    postern_status status = config_load(path, &fixture_catalog, config, &problems);
    assert_int_equal(status, problems.count ? POSTERN_E_CONFIG : POSTERN_OK);
    size_t size = 0;
    char *lines = NULL;
    FILE *out = open_memstream(&lines, &size);
    for (size_t i = 0; i < problems.count; i++) {
        assert_string_equal(problems.items[i].place.file, path);
        fprintf(out, "%d: ", problems.items[i].place.line);
        const char *at = problems.items[i].message, *folder;
        for (; (folder = strstr(at, fixture_folder)); at = folder + strlen(fixture_folder))
            fprintf(out, "%.*s@", (int)(folder - at), at);
        fprintf(out, "%s\n", at);
    }
    fclose(out);
    config_problems_free(&problems);
    return lines;
}

#endif

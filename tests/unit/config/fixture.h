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
static const char *const packings[] = {"false", "true", "gzip", NULL};
static const postern_option *const web_options[] = {
    OPTION(MAP, POSTERN_OPTION_TEMPLATES, "headers", NULL, "further headers"),
    OPTION(TEMPLATE, 0, "index", "events-%{date}", "where to"),
    OPTION(PATH, 0, "spool", NULL, "a folder"),
    OPTION(TEXT, POSTERN_OPTION_REPEATABLE, "url", NULL, "one or several"),
    &(const postern_option){.size = sizeof(postern_option),
                            .type = POSTERN_OPTION_TEXT,
                            .name = "packing",
                            .help = "a switch that has more settings by now",
                            .choices = packings},
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
static const postern_batching hec_batching = {
    .size = sizeof hec_batching, .events = 1000, .wait_ms = 2000, .parallel = 2};
static const struct config_kind fixture_sinks[] = {
    {.name = "file", .options = file_options},
    {.name = "stdout"},
    {.name = "hec", .options = hec_options, .batching = &hec_batching, .concurrent = true},
    {.name = "web", .options = web_options}};

#define FIXTURE_KEY(variable, key, form, words, where)                                                       \
    static const postern_credential variable = {.size = sizeof(postern_credential),                          \
                                                .syntax = (form),                                            \
                                                .name = (key),                                               \
                                                .title = (words),                                            \
                                                .help = (where)}
FIXTURE_KEY(key_app_id, "app_id", POSTERN_SYNTAX_GUID, "Application ID", "in the console");
FIXTURE_KEY(key_app_key, "app_key", POSTERN_SYNTAX_PRINTABLE, "Application Key", "in the console");
FIXTURE_KEY(key_access_key, "access_key", POSTERN_SYNTAX_PRINTABLE, "Access Key", "in the console");
FIXTURE_KEY(key_secret_key, "secret_key", POSTERN_SYNTAX_BASE64, "Secret Key", "in the console");
FIXTURE_KEY(key_client_id, "client_id", POSTERN_SYNTAX_PRINTABLE, "Client ID", "on the tile");
FIXTURE_KEY(key_client_secret, "client_secret", POSTERN_SYNTAX_PRINTABLE, "Client Secret", "on the tile");
FIXTURE_KEY(key_password, "password", POSTERN_SYNTAX_ANY, "password", "in your head");
FIXTURE_KEY(key_username, "username", POSTERN_SYNTAX_PRINTABLE, "user name", "in your head");
static const postern_credential *const fixture_keys1[] = {&key_app_id, &key_app_key, &key_access_key,
                                                          &key_secret_key, NULL};
static const postern_credential *const fixture_keys2[] = {&key_client_id, &key_client_secret, NULL};
static const postern_credential *const fixture_keys3[] = {&key_username, &key_password, NULL};

#define FIXTURE_HOST(variable, name, where)                                                                  \
    static const postern_known_host variable = {                                                             \
        .size = sizeof(postern_known_host), .host = (name), .region = (where)}
FIXTURE_HOST(host_eu, "eu-api.mimecast.com", "Europe");
FIXTURE_HOST(host_de, "de-api.mimecast.com", "Germany");
FIXTURE_HOST(host_us, "us-api.mimecast.com", "USA");
FIXTURE_HOST(host_usb, "usb-api.mimecast.com", "USA, second grid");
FIXTURE_HOST(host_uspcom, "uspcom-api.mimecast-pscom-us.com", "USA, public sector");
FIXTURE_HOST(host_je, "je-api.mimecast.com", "Jersey");
FIXTURE_HOST(host_global, "api.services.mimecast.com", "everywhere");
FIXTURE_HOST(host_us_only, "us-api.services.mimecast.com", "USA only");
FIXTURE_HOST(host_uk_only, "uk-api.services.mimecast.com", "UK only");
FIXTURE_HOST(host_any_grid, "*.grid.example", "any grid");
static const postern_known_host *const fixture_hosts1[] = {&host_eu,     &host_de, &host_us, &host_usb,
                                                           &host_uspcom, &host_je, NULL};
static const postern_known_host *const fixture_hosts2[] = {&host_global, &host_us_only, &host_uk_only, NULL};
static const postern_known_host *const fixture_hosts3[] = {&host_any_grid, NULL};

static const postern_auth fixture_auth1 = {.size = sizeof(postern_auth),
                                           .api = 1,
                                           .name = "mimecast/1.0",
                                           .title = "Mimecast API 1.0",
                                           .scheme = "mimecast-v1",
                                           .credentials = fixture_keys1,
                                           .hosts = fixture_hosts1};
static const postern_auth fixture_auth2 = {.size = sizeof(postern_auth),
                                           .api = 2,
                                           .name = "mimecast/2.0",
                                           .title = "Mimecast API 2.0",
                                           .scheme = "oauth2-client-credentials",
                                           .token_path = "/oauth/token",
                                           .credentials = fixture_keys2,
                                           .hosts = fixture_hosts2};
/* Another vendor's. */
static const postern_auth fixture_auth3 = {.size = sizeof(postern_auth),
                                           .name = "grid/basic",
                                           .title = "Grid",
                                           .scheme = "basic",
                                           .credentials = fixture_keys3,
                                           .hosts = fixture_hosts3,
                                           .base_url = "https://logs.grid.example"};
static const postern_auth *const fixture_auths[] = {&fixture_auth1, &fixture_auth2, NULL};
static const postern_auth *const fixture_auths_of_two[] = {&fixture_auth1, &fixture_auth2, &fixture_auth3,
                                                           NULL};
static struct config_catalog fixture_catalog = {fixture_sources, 3, fixture_sinks, 4, fixture_auths};

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
    fixture_write("bom.key", "\xef\xbb\xbfgood-app-key\r\n");
    fixture_write("utf16.key", "\xff\xfeh");
    char *large = calloc(1, 70000);
    memset(large, 'x', 69999);
    fixture_write("large.key", large);
    free(large);
    fixture_path("pipe.key", path);
    mkfifo(path, 0600);
    setenv("T_APP_ID", "11111111-2222-3333-4444-555555555555", 1);
    setenv("T_APP_KEY", "hush-app-key", 1);
    setenv("T_ACCESS_KEY", " hush_access-key\n", 1);
    setenv("T_SECRET_KEY", "aHVzaC1zZWNyZXQta2V5", 1);
    setenv("T_EMPTY", "", 1);
    setenv("T_BLANK", " \t", 1);
    setenv("T_QUOTED", "\"11111111-2222-3333-4444-555555555555\"", 1);
    setenv("T_BLANKS", "hush hush", 1);
    setenv("T_PASTED", "\t hush-app-key \r\n", 1);
    setenv("T_PASTED_NBSP", "hush-app-key\xc2\xa0", 1);
    setenv("T_UMLAUT", "h\xc3\xbcsh", 1);
    setenv("T_NO_BASE64", "hush_hush-hush==", 1);
    setenv("T_CUT_BASE64", "aHVzaC1zZWNyZXQta2V", 1);
    unsetenv("T_NOT_SET");
    return 0;
}

static int fixture_teardown(void **state)
{
    (void)state;
    static const char *const names[] = {"packaged/ecs.lua",
                                        "packaged/shared.lua",
                                        "scripts/shared.lua",
                                        "scripts/ecs_test.lua",
                                        "mine.lua",
                                        "empty.key",
                                        "good.key",
                                        "bom.key",
                                        "utf16.key",
                                        "large.key",
                                        "pipe.key",
                                        "postern.lua",
                                        "scripts",
                                        "packaged",
                                        "."};
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
    /* Missing secrets are problems of their owners alone. */
    assert_int_equal(status, problems.count > problems.missing ? POSTERN_E_CONFIG : POSTERN_OK);
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

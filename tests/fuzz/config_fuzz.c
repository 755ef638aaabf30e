/* links: postern_config */
/* Arbitrary texts as configuration files: problems or a configuration, never a crash, a hang or a leak. Where
 * there is a problem, its line is one of the file's. */
#include "base/log.h"
#include "config/config.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OPTION(type_, flags_, name_, default_, help_)                                                        \
    &(const postern_option)                                                                                  \
    {                                                                                                        \
        .size = sizeof(postern_option), .flags = flags_, .type = POSTERN_OPTION_##type_, .name = name_,      \
        .default_value = default_, .help = help_                                                             \
    }
static const postern_option *const file_options[] = {
    OPTION(PATH, POSTERN_OPTION_REQUIRED | POSTERN_OPTION_TEMPLATES, "path", NULL, "where to write"),
    OPTION(INTEGER, 0, "keep", "0", "how many"),
    OPTION(SECRET, 0, "token", NULL, "a secret"),
    OPTION(LIST, 0, "hosts", NULL, "a list"),
    NULL,
};
static const struct config_kind sources[] = {{.name = "siem", .token_streams = true},
                                             {.name = "ttp-url", .account_options = file_options}};
static const struct config_kind sinks[] = {{.name = "file", .options = file_options}};
static const postern_credential client_id = {
    .size = sizeof client_id, .name = "client_id", .title = "Client ID", .help = "somewhere"};
static const postern_credential client_secret = {.size = sizeof client_secret,
                                                 .name = "client_secret",
                                                 .title = "Client Secret",
                                                 .help = "somewhere else"};
static const postern_credential *const credentials[] = {&client_id, &client_secret, NULL};
static const postern_known_host host = {.size = sizeof host, .host = "api.example.com", .region = "anywhere"};
static const postern_known_host *const hosts[] = {&host, NULL};
static const postern_auth auth = {.size = sizeof auth,
                                  .api = 2,
                                  .name = "example/2",
                                  .title = "Example",
                                  .scheme = "oauth2-client-credentials",
                                  .token_path = "/token",
                                  .credentials = credentials,
                                  .hosts = hosts};
static const postern_auth *const auths[] = {&auth, NULL};
static const struct config_catalog catalog = {sources, 2, sinks, 1, auths};

static char path[] = "/tmp/postern-config-fuzz-XXXXXX";

static void remove_file(void)
{
    unlink(path);
}

/* The file that every input goes into. */
static int open_file(void)
{
    static int fd = -1;
    if (fd >= 0) return fd;
    fd = mkstemp(path);
    atexit(remove_file);
    log_set_level(0);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = open_file();
    if (fd < 0 || size > 65536 || ftruncate(fd, 0) < 0) return 0;
    if (pwrite(fd, data, size, 0) != (ssize_t)size) return 0;
    int lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n' || data[i] == '\r';

    struct config *config = NULL;
    struct config_problems problems = {0};
    postern_status status = config_load(path, &catalog, &config, &problems);
    if ((status < 0) != (problems.count > 0) || (status < 0) != (config == NULL)) abort();
    for (size_t i = 0; i < problems.count; i++)
        if (problems.items[i].place.line < 0 || problems.items[i].place.line > lines) abort();
    config_problems_free(&problems);
    config_free(config);

    char *state = NULL, **directories = NULL;
    size_t count = 0;
    if (config_peek(path, &state, &directories, &count, &problems) >= 0) {
        for (size_t i = 0; i < count; i++)
            free(directories[i]);
        free(directories);
        free(state);
    }
    config_problems_free(&problems);
    return 0;
}

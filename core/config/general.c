/* state, modules, http, journal, limits. */
#include "base/error.h"
#include "base/text.h"
#include "config/check.h"
#include <errno.h>
#include <strings.h>
#include <sys/stat.h>

static void read_state(struct check *check)
{
    const struct config_field *field = &check->document->state;
    const char *path;
    if (!field->key) {
        if (check->document->evaluated)
            problem_at(check->problems, 0,
                       "there is no state: say where Postern keeps its data, such as state = "
                       "\"/var/lib/postern\"");
        return;
    }
    if (field_path(check, NULL, field, &path)) check->config->state = check_copy(check, text_of(path));
}

static void read_modules(struct check *check)
{
    const struct config_field *field = &check->document->modules;
    struct config_names names = {0};
    static const struct declaration here = {.title = "the configuration"};
    if (!field->key || !field_names(check, &here, field, &names)) return;
    for (size_t i = 0; i < names.count; i++) {
        struct stat status;
        if (names.items[i][0] != '/')
            problem_at(check->problems, field->line, "modules must name absolute paths, not \"%s\"",
                       names.items[i]);
        else if (stat(names.items[i], &status) < 0)
            problem_at(check->problems, field->line, "modules names %s: %s", names.items[i], strerror(errno));
        else if (!S_ISDIR(status.st_mode))
            problem_at(check->problems, field->line, "modules names %s, which is no directory",
                       names.items[i]);
    }
    check->config->module_directories = names.items;
    check->config->module_directory_count = names.count;
}

void check_state(struct check *check)
{
    read_state(check);
    read_modules(check);
}

static int line_of(const struct declaration *declaration, const char *key)
{
    const struct config_field *field = declaration_field(declaration, key);
    return field ? field->line : declaration->line;
}

/* Two settings of which the first must not be larger than the second, if either was given. */
static void check_order(struct check *check, const struct declaration *declaration, const char *small_key,
                        int64_t small, const char *large_key, int64_t large)
{
    bool is_given = declaration_field(declaration, small_key) || declaration_field(declaration, large_key);
    const char *key = declaration_field(declaration, small_key) ? small_key : large_key;
    if (is_given && small > large)
        problem_at(check->problems, line_of(declaration, key), "%s of %s is larger than its %s", small_key,
                   declaration->title, large_key);
}

static void check_proxy(struct check *check, const struct declaration *declaration)
{
    static const char *const schemes[] = {"http://",    "https://",  "socks4://",
                                          "socks4a://", "socks5://", "socks5h://"};
    const struct config_field *field = declaration_field(declaration, "proxy");
    const char *proxy = check->config->http.proxy;
    if (!field || !proxy) return;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
        if (strncasecmp(proxy, schemes[i], strlen(schemes[i])) == 0 && proxy[strlen(schemes[i])]) return;
    field_problem(check, declaration, field,
                  "needs a scheme and a host, such as \"http://proxy.example.com:3128\"");
}

void config_set_defaults(struct config *config)
{
    settings_defaults(http_settings, &config->http);
    settings_defaults(journal_settings, &config->journal);
    settings_defaults(limits_settings, &config->limits);
    settings_defaults(status_settings, &config->status);
    settings_defaults(notices_settings, &config->notices);
}

static const struct declaration *read_section(struct check *check, const char *kind,
                                              const struct setting *settings, void *target)
{
    check_declarations(check, kind, false);
    const struct declaration *declaration = document_find(check->document, kind);
    settings_read(check, declaration, settings, target, NULL);
    return declaration;
}

void check_general(struct check *check)
{
    struct config *config = check->config;
    config_set_defaults(config);
    check_state(check);
    const struct declaration *http = read_section(check, "http", http_settings, &config->http);
    check_proxy(check, http);
    check_order(check, http, "spill_above", config->http.spill_above, "response_limit",
                config->http.response_limit);
    check_order(check, http, "connect_timeout", config->http.connect_timeout_ms, "timeout",
                config->http.timeout_ms);
    check_order(check, http, "max_connections_per_host", config->http.max_connections_per_host,
                "max_connections", config->http.max_connections);
    const struct declaration *journal = read_section(check, "journal", journal_settings, &config->journal);
    check_order(check, journal, "page_size", config->journal.page_size, "max_size", config->journal.max_size);
    const struct declaration *limits = read_section(check, "limits", limits_settings, &config->limits);
    check_order(check, limits, "record_size", config->limits.record_size, "member_size",
                config->limits.member_size);
    check_order(check, limits, "member_size", config->limits.member_size, "expansion_size",
                config->limits.expansion_size);
    read_section(check, "status", status_settings, &config->status);
    read_section(check, "notices", notices_settings, &config->notices);
}

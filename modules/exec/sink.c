#include "exec_sink.h"
#include <stdlib.h>

#define MOST_ARGUMENTS 256

static void free_all(char **texts)
{
    for (size_t i = 0; texts && texts[i]; i++) {
        explicit_bzero(texts[i], strlen(texts[i])); /* the environment may hold secrets */
        free(texts[i]);
    }
    free(texts);
}

static void destroy(void *self)
{
    struct exec_sink *sink = self;
    free(sink->path);
    free(sink->directory);
    free_all(sink->arguments);
    free_all(sink->environment);
    free(sink->out);
    free(sink);
}

static postern_status read_arguments(struct exec_sink *sink, postern_error *error)
{
    postern_text text;
    sink->arguments = calloc(MOST_ARGUMENTS + 2, sizeof *sink->arguments);
    if (!sink->arguments || !sink->path) return kit_no_memory(error);
    sink->arguments[0] = strdup(sink->path);
    for (size_t i = 0; sink->arguments[i] && sink->host->option_item(sink->host, "arguments", i, &text);
         i++) {
        if (i == MOST_ARGUMENTS)
            return kit_fail(error, POSTERN_E_CONFIG, NULL, "there are at most %d arguments", MOST_ARGUMENTS);
        sink->arguments[i + 1] = kit_string(text);
        if (!sink->arguments[i + 1]) return kit_no_memory(error);
    }
    return sink->arguments[0] ? POSTERN_OK : kit_no_memory(error);
}

/* ---- The environment: Postern's own is not handed on, because it may hold the secrets of accounts ---- */

static const char *const handed_on[] = {"PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR"};

#define HANDED_ON        (sizeof handed_on / sizeof *handed_on)
#define MOST_ENVIRONMENT 256

static bool add_variable(struct exec_sink *sink, size_t *count, postern_text name, postern_text value)
{
    char *variable = malloc(name.size + value.size + 2);
    if (!variable) return false;
    memcpy(variable, name.data, name.size);
    variable[name.size] = '=';
    if (value.size) memcpy(variable + name.size + 1, value.data, value.size);
    variable[name.size + 1 + value.size] = '\0';
    sink->environment[(*count)++] = variable;
    return true;
}

static bool is_name(postern_text name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i], lower = kit_lower(c);
        if (!((lower >= 'a' && lower <= 'z') || c == '_' || (i && c >= '0' && c <= '9'))) return false;
    }
    return name.size > 0;
}

static bool is_given(const struct exec_sink *sink, const char *name)
{
    postern_pair pair;
    for (size_t i = 0; sink->host->option_pair(sink->host, "environment", i, &pair); i++)
        if (kit_is(pair.name, name)) return true;
    return false;
}

static postern_status read_environment(struct exec_sink *sink, postern_error *error)
{
    postern_pair pair;
    size_t count = 0;
    sink->environment = calloc(HANDED_ON + MOST_ENVIRONMENT + 3, sizeof *sink->environment);
    if (!sink->environment) return kit_no_memory(error);
    bool good = add_variable(sink, &count, KIT_TEXT("POSTERN_PROTOCOL"), KIT_TEXT("1")) &&
                add_variable(sink, &count, KIT_TEXT("POSTERN_SINK"), sink->host->instance);
    for (size_t i = 0; i < HANDED_ON && good; i++)
        if (getenv(handed_on[i]) && !is_given(sink, handed_on[i]))
            good = add_variable(sink, &count, kit_text(handed_on[i]), kit_text(getenv(handed_on[i])));
    for (size_t i = 0; good && sink->host->option_pair(sink->host, "environment", i, &pair); i++) {
        if (!is_name(pair.name) || kit_starts_with(pair.name, "POSTERN_"))
            return kit_fail(error, POSTERN_E_CONFIG, NULL,
                            "environment: \"%.*s\" is no name for a variable here", (int)pair.name.size,
                            pair.name.data);
        if (i == MOST_ENVIRONMENT)
            return kit_fail(error, POSTERN_E_CONFIG, NULL, "environment: there are at most %d",
                            MOST_ENVIRONMENT);
        good = add_variable(sink, &count, pair.name, pair.value);
    }
    return good ? POSTERN_OK : kit_no_memory(error);
}

/* ---- The sink's functions ---- */

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    struct exec_sink *sink = calloc(1, sizeof *sink);
    if (!sink) return kit_no_memory(error);
    *sink = (struct exec_sink){.host = host,
                               .log = host->service(host, POSTERN_SERVICE_LOG),
                               .json = host->service(host, POSTERN_SERVICE_JSON),
                               .path = kit_option_string(host, "program"),
                               .directory = kit_option_string(host, "directory"),
                               .timeout_ms = kit_option_integer(host, "timeout"),
                               .stop_timeout_ms = kit_option_integer(host, "stop_timeout"),
                               .answer_limit = kit_option_integer(host, "answer_limit"),
                               .log_lines = kit_option_integer(host, "log_lines"),
                               .program = {.input = -1, .answers.fd = -1, .errors.fd = -1}};
    postern_status status = sink->json ? POSTERN_OK
                                       : kit_fail(error, POSTERN_E_UNSUPPORTED, "install a newer Postern",
                                                  "this Postern has no json/1");
    if (status >= 0) status = read_arguments(sink, error);
    if (status >= 0 && !sink->directory) status = kit_no_memory(error);
    if (status >= 0) status = read_environment(sink, error);
    if (status >= 0)
        *self = sink;
    else
        destroy(sink);
    return status;
}

static postern_status open_sink(void *self, const postern_call *call, const postern_pair *state,
                                size_t state_count, postern_error *error)
{
    struct exec_sink *sink = self;
    (void)call, (void)state, (void)state_count;
    postern_status status = owner_check(sink->path, error);
    return status >= 0 ? program_start(sink, error) : status;
}

static postern_status idle(void *self, const postern_call *call, postern_result *result, postern_error *error)
{
    (void)call, (void)result;
    return exchange_rest(self, error);
}

/* What it says at its end is logged, too. */
static void close_sink(void *self)
{
    struct exec_sink *sink = self;
    program_end(sink, sink->stop_timeout_ms);
    chatter_log(sink);
    program_forget(&sink->program);
}

static const postern_option *const options[] = {
    KIT_OPTION(PATH, "program", NULL,
               "what to run; it, and every directory above it, must be writable by nobody else",
               .flags = POSTERN_OPTION_REQUIRED),
    KIT_OPTION(LIST, "arguments", NULL, "what to hand over to it"),
    KIT_OPTION(MAP, "environment", NULL,
               "variables for it, which may be secrets; of Postern's own it gets PATH and the like"),
    KIT_OPTION(PATH, "directory", "/", "its working directory"),
    KIT_OPTION(DURATION, "timeout", "60s", "how long it may take without an answer and without reading on",
               .minimum = 100, .maximum = 3600000),
    KIT_OPTION(DURATION, "stop_timeout", "2s",
               "how long it may take to end by itself once its input is closed", .minimum = 0,
               .maximum = 3000),
    KIT_OPTION(SIZE, "answer_limit", "64KiB", "the longest line that it may answer", .minimum = 1024,
               .maximum = 16 << 20),
    KIT_OPTION(INTEGER, "log_lines", "100", "so many lines of its stderr a minute go into the log",
               .minimum = 0, .maximum = 100000),
    NULL,
};

static const postern_batching batching = {
    .size = sizeof batching, .events = 500, .bytes = 4 << 20, .wait_ms = 1000};

static const postern_sink exec_sink = {
    .size = sizeof(postern_sink),
    .name = "exec",
    .title = "a program of yours that reads lines of JSON and acknowledges them",
    .options = options,
    .batching = &batching,
    .create = create,
    .destroy = destroy,
    .open = open_sink,
    .write = write_batch,
    .idle = idle,
    .close = close_sink,
};

KIT_MODULE(.name = "exec", .version = POSTERN_VERSION, .summary = "Hands events to a program",
           .sinks = KIT_LIST(postern_sink, &exec_sink));

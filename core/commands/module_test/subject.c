#include "commands/module_test/subject.h"
#include "base/error.h"
#include "base/text.h"
#include "commands/module_test/declare.h"
#include "commands/module_test/lookup_face.h"
#include "engine/http_service.h"
#include "engine/setup.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((format(printf, 3, 0))) static void find(struct subject *subject, enum check_finding finding,
                                                       const char *format, va_list arguments)
{
    struct suite_board *board = subject->suite->board;
    if (board->finding != CHECK_PASSED) return;
    board->finding = finding;
    vsnprintf(board->words, sizeof board->words, format, arguments);
}

void subject_fails(struct subject *subject, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    find(subject, CHECK_FAILED, format, arguments);
    va_end(arguments);
}

void subject_skips(struct subject *subject, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    find(subject, CHECK_SKIPPED, format, arguments);
    va_end(arguments);
}

void subject_remarks(struct subject *subject, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    find(subject, CHECK_PASSED, format, arguments);
    va_end(arguments);
}

bool subject_is_good(const struct subject *subject)
{
    return subject->suite->board->finding == CHECK_PASSED;
}

void subject_step(struct subject *subject, const char *function)
{
    atomic_store(&subject->suite->board->step, function);
}

bool subject_load(struct subject *subject)
{
    postern_error error = ERROR_INIT;
    char text[ERROR_TEXT_SIZE];
    subject->registry = setup_registry();
    if (!subject->registry) return subject_fails(subject, "it could not be tried: no memory"), false;
    if (registry_load(subject->registry, subject->suite->file, &error) < 0) {
        subject_fails(subject, "%s", error_text(error.message, error.remedy, text));
        return false;
    }
    subject->loaded = registry_module(subject->registry, 0);
    return true;
}

static bool find_offer(struct subject *subject)
{
    const char *name = subject->offer->name;
    if (subject->offer->kind == OFFER_SINK)
        subject->sink = registry_sink(subject->registry, name);
    else if (subject->offer->kind == OFFER_SOURCE)
        subject->source = registry_source(subject->registry, name);
    else
        subject->source = &lookup_face; /* which one of that name, each case says */
    if (subject->sink || subject->source) return true;
    subject_fails(subject, "there is no %s \"%s\"", offer_kind_name(subject->offer->kind), name);
    return false;
}

const postern_option *const *subject_options(const struct subject *subject)
{
    return subject->sink ? registry_sink_options(subject->registry, subject->sink) : subject->source->options;
}

static bool find_configured(struct subject *subject, const char *name)
{
    struct config *config = subject->config;
    for (size_t i = 0; subject->sink && i < config->sink_count; i++)
        if (strcmp(config->sinks[i].name, name) == 0) subject->configured_sink = &config->sinks[i];
    for (size_t i = 0; subject->source && i < config->source_count; i++)
        if (strcmp(config->sources[i].name, name) == 0) subject->configured_source = &config->sources[i];
    if (subject->configured_sink && subject->configured_sink->missing)
        subject_fails(subject, "%s", subject->configured_sink->missing);
    else if (subject->configured_sink && strcmp(subject->configured_sink->type, subject->offer->name) != 0)
        subject_fails(subject, "sink \"%s\" of %s is of type \"%s\", not of this one", name,
                      subject->suite->config, subject->configured_sink->type);
    else if (subject->offer->kind != OFFER_LOOKUP && !subject->configured_sink && !subject->configured_source)
        subject_fails(subject, "%s declares no %s \"%s\"", subject->suite->config,
                      offer_kind_name(subject->offer->kind), name);
    return subject_is_good(subject);
}

void subject_type(struct subject *subject, const char *name, char *type, size_t capacity)
{
    struct config_problems problems = {0};
    struct config *config = setup_one(subject->suite->config, subject->registry, "sink", name, &problems);
    *type = '\0';
    for (size_t i = 0; config && i < config->sink_count; i++)
        if (strcmp(config->sinks[i].name, name) == 0)
            text_to_string(text_of(config->sinks[i].type), type, capacity);
    config_free(config);
    config_problems_free(&problems);
}

static void list_problems(const struct config_problems *problems, char *into, size_t capacity)
{
    size_t size = 0;
    snprintf(into, capacity, "no memory");
    for (size_t i = 0; i < problems->count && size < capacity; i++)
        size +=
            (size_t)snprintf(into + size, capacity - size, "%s%s", i ? "; " : "", problems->items[i].message);
}

bool subject_configure(struct subject *subject)
{
    struct config_problems problems = {0};
    char path[PATH_MAX + 32];
    const struct suite *suite = subject->suite;
    if (!subject_load(subject) || !find_offer(subject)) return false;
    bool is_given = suite->config || suite->option_count || subject->is_silent;
    const char *name = suite->config && subject->sink ? suite->only : subject->offer->name;
    int reason = suite->config ? 0 : declare_subject(subject, subject_options(subject), path, sizeof path);
    if (reason) return subject_fails(subject, "its options cannot be written: %s", strerror(reason)), false;
    subject->config = setup_one(suite->config ? suite->config : path, subject->registry,
                                offer_kind_name(subject->offer->kind), name, &problems);
    char problem[SUITE_WORDS_SIZE / 2];
    list_problems(&problems, problem, sizeof problem);
    if (!subject->config && is_given)
        subject_fails(subject, "its options are not as its table asks: %s", problem);
    else if (!subject->config)
        subject_skips(subject,
                      "it needs options: %s; give them with --option NAME=VALUE, or name a "
                      "configuration",
                      problem);
    else if (find_configured(subject, name))
        http_service_set_defaults(subject->registry, &subject->config->http);
    config_problems_free(&problems);
    return subject_is_good(subject);
}

void subject_ends(struct subject *subject)
{
    atomic_store(&subject->suite->board->at_end, true);
    _exit(0);
}

bool subject_in_a_process(struct subject *subject, void (*run)(struct subject *subject))
{
    int status = 0;
    atomic_bool *at_end = &subject->suite->board->at_end;
    pid_t child = fork();
    if (child == 0) {
        run(subject);
        subject_ends(subject);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    const char *step = atomic_load(&subject->suite->board->step);
    if (child < 0)
        subject_fails(subject, "no process for it: %s", strerror(errno));
    else if (WIFSIGNALED(status))
        subject_fails(subject, "crashed with signal %d (%s)%s%s", WTERMSIG(status),
                      strsignal(WTERMSIG(status)), step ? " in " : "", step ? step : "");
    else if (WEXITSTATUS(status) != 0 || !atomic_load(at_end))
        subject_fails(subject, "ended the process with code %d%s%s", WEXITSTATUS(status), step ? " in " : "",
                      step ? step : "");
    atomic_store(at_end, false); /* now it is about the process of the check again */
    return subject_is_good(subject);
}

/* From a file to the checked configuration, with every problem in it. */
#include "base/arena.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "config/check.h"
#include <sys/stat.h>

#define FILE_LIMIT     ((size_t)16 << 20)  /* bytes of a configuration file */
#define DOCUMENT_LIMIT ((size_t)256 << 20) /* what is declared in it */
#define CONFIG_LIMIT   ((size_t)256 << 20) /* the configuration as checked */

/* Everything that reading a file needs, freed together. The text may hold secrets. */
struct config_reading {
    struct buffer source;
    struct config_document document;
    struct problems problems;
};

static void reading_free(struct config_reading *reading)
{
    if (reading->source.data) secret_wipe(reading->source.data, reading->source.capacity);
    buffer_free(&reading->source);
    arena_free(reading->document.arena);
}

static postern_status no_memory(struct problems *problems)
{
    problem_at(problems, 0, "out of memory");
    return POSTERN_E_MEMORY;
}

/* Reads and runs the file. */
static postern_status read_document(const char *path, struct config_problems *list,
                                    struct config_reading *reading)
{
    struct stat status;
    postern_error error = ERROR_INIT;
    reading->problems = (struct problems){path, list};
    size_t size = stat(path, &status) == 0 && status.st_size > 0 ? (size_t)status.st_size : 0;
    reading->source.limit = FILE_LIMIT + 32768;
    /* Reserved at once, so that growing leaves no copies behind. */
    if (size < FILE_LIMIT) buffer_reserve(&reading->source, size + 32768);
    if (file_read(path, FILE_LIMIT, &reading->source, &error) < 0) {
        char text[ERROR_TEXT_SIZE];
        if (!error.remedy[0])
            error_remedy(&error, "name the file of the configuration with -c FILE or in $POSTERN_CONFIG; the "
                                 "user that runs Postern must be able to read it");
        problem_at(&reading->problems, 0, "%s", error_text(error.message, error.remedy, text));
        return POSTERN_E_CONFIG;
    }
    reading->document.arena = arena_new(DOCUMENT_LIMIT);
    if (!reading->document.arena ||
        !document_read(&reading->document, path, buffer_text(&reading->source), &reading->problems))
        return no_memory(&reading->problems);
    return POSTERN_OK;
}

/* A file with secrets in it must not be in other people's hands. */
static void check_owner(struct check *check)
{
    struct stat status;
    if (!check->has_literal_secret || stat(check->file, &status) < 0) return;
    if (status.st_mode & (S_IWGRP | S_IWOTH))
        problem_at(check->problems, 0, "holds secrets and can be changed by others: chmod go-w %s",
                   check->file);
    if (status.st_mode & S_IROTH)
        problem_at(check->problems, 0, "holds secrets and can be read by everyone: chmod o-r %s",
                   check->file);
}

static struct config *config_new(const char *path)
{
    postern_arena *arena = arena_new(CONFIG_LIMIT);
    struct config *config = arena ? arena_allocate(arena, sizeof(*config)) : NULL;
    postern_text file = config ? arena_copy(arena, text_of(path)) : (postern_text){0};
    if (!file.data) {
        arena_free(arena);
        return NULL;
    }
    config->arena = arena;
    config->file = (char *)(uintptr_t)file.data;
    return config;
}

/* Which declaration is wanted; `kind` NULL: all of them. */
struct only {
    const char *kind, *name;
};

/* Leaves the general settings and what is wanted; what else is declared is not looked at. */
static void keep_only(struct config_document *document, struct only only)
{
    struct declaration **link = &document->first;
    document->last = NULL;
    while (*link) {
        struct declaration *at = *link;
        bool is_general = !at->name;
        if (is_general || (strcmp(at->kind, only.kind) == 0 && strcmp(at->name, only.name) == 0)) {
            document->last = at;
            link = &at->next;
        } else {
            *link = at->next;
        }
    }
}

static void check_one(struct check *check)
{
    check_general(check);
    check_sources(check);
    check_sinks(check);
    check_owner(check);
}

static void check_all(struct check *check)
{
    check_general(check);
    check_accounts(check);
    check_sources(check);
    check_sinks(check);
    if (check->document->evaluated) { /* else what is named may only be missing because the file broke off */
        check_pipelines(check);
        check_sink_paths(check);
        check_was(check);
    }
    check_owner(check);
}

static postern_status load(const char *path, const struct config_catalog *catalog, struct only only,
                           struct config **config, struct config_problems *problems)
{
    _cleanup_(reading_free) struct config_reading reading = {0};
    postern_status status = read_document(path, problems, &reading);
    if (status < 0) return status;
    struct config *made = config_new(path);
    _cleanup_(freep) char *directory = path_directory(path);
    if (!made || !directory) {
        config_free(made);
        return no_memory(&reading.problems);
    }
    if (only.kind) keep_only(&reading.document, only);
    struct check check = {.catalog = catalog,
                          .document = &reading.document,
                          .problems = &reading.problems,
                          .file = path,
                          .directory = directory,
                          .config = made};
    if (only.kind)
        check_one(&check);
    else
        check_all(&check);
    if (check.out_of_memory) no_memory(&reading.problems);
    if (check.out_of_memory || problems->count + problems->left_out > problems->missing) {
        problems_sort(&reading.problems);
        config_free(made);
        return check.out_of_memory ? POSTERN_E_MEMORY : POSTERN_E_CONFIG;
    }
    if (!only.kind) {
        check_collected(&check);
        check_usage(&check);
    }
    *config = made;
    return POSTERN_OK;
}

postern_status config_load(const char *path, const struct config_catalog *catalog, struct config **config,
                           struct config_problems *problems)
{
    return load(path, catalog, (struct only){0}, config, problems);
}

postern_status config_load_one(const char *path, const struct config_catalog *catalog, const char *kind,
                               const char *name, struct config **config, struct config_problems *problems)
{
    return load(path, catalog, (struct only){kind, name}, config, problems);
}

/* ---- config_peek ---- */

void config_strings_free(char **strings, size_t count)
{
    for (size_t i = 0; strings && i < count; i++)
        free(strings[i]);
    free(strings);
}

static bool copy_strings(char *const *from, size_t count, char ***to)
{
    char **copies = calloc(count + 1, sizeof(*copies));
    for (size_t i = 0; copies && i < count; i++) {
        if ((copies[i] = text_duplicate(text_of(from[i])))) continue;
        config_strings_free(copies, i);
        return false;
    }
    *to = copies;
    return copies != NULL;
}

postern_status config_peek(const char *path, char **state, char ***module_directories, size_t *count,
                           struct config_problems *problems)
{
    _cleanup_(reading_free) struct config_reading reading = {0};
    postern_status status = read_document(path, problems, &reading);
    if (status < 0) return status;
    struct config *made = config_new(path);
    if (!made) return no_memory(&reading.problems);
    if (reading.document.evaluated)
        config_problems_free(problems); /* config_load finds them again, with all others */
    struct check check = {.document = &reading.document,
                          .problems = &reading.problems,
                          .file = path,
                          .directory = "",
                          .config = made};
    check_state(&check);
    problems_sort(&reading.problems);
    status = problems->count ? POSTERN_E_CONFIG : POSTERN_OK;
    char *state_copy = NULL, **directories = NULL;
    if (status == POSTERN_OK) {
        state_copy = text_duplicate(text_of(made->state));
        if (!state_copy ||
            !copy_strings(made->module_directories, made->module_directory_count, &directories)) {
            free(state_copy);
            status = no_memory(&reading.problems);
        } else {
            *state = state_copy;
            *module_directories = directories;
            *count = made->module_directory_count;
        }
    }
    config_free(made);
    return status;
}

/* ---- The end ---- */

void config_free(struct config *config)
{
    if (!config) return;
    for (size_t i = 0; i < config->account_count; i++) {
        struct config_account *account = &config->accounts[i];
        auth_credentials_release(&account->credentials);
        for (size_t k = 0; k < account->option_count; k++)
            options_release(account->options[k].values, account->options[k].value_count);
    }
    for (size_t i = 0; i < config->source_count; i++)
        options_release(config->sources[i].values, config->sources[i].value_count);
    for (size_t i = 0; i < config->sink_count; i++)
        options_release(config->sinks[i].values, config->sinks[i].value_count);
    arena_free(config->arena);
}

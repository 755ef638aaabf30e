/* Secrets: from a reference or a literal text into locked memory. No message quotes what they hold. */
#include "base/arena.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "config/check.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define SECRET_FILE_LIMIT 65536

/* Notes a problem where the reference stands. */
#define reference_problem(check, declaration, field, format, ...)                                            \
    problem_at((check)->problems, (field)->value.reference.line, "%s of %s: " format, (field)->key,          \
               (declaration)->title, __VA_ARGS__)

static struct secret *make_secret(struct check *check, postern_text bytes)
{
    struct secret *secret = secret_new(bytes);
    if (!secret) check->out_of_memory = true;
    return secret;
}

/* The secret is not there: if it has an owner, that concerns the owner alone. */
__attribute__((format(printf, 4, 5))) static void missing_secret(struct check *check,
                                                                 const struct declaration *declaration,
                                                                 const struct config_field *field,
                                                                 const char *format, ...)
{
    char words[ERROR_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    reference_problem(check, declaration, field, "%s", words);
    if (!check->missing) return;
    check->problems->list->missing++;
    check->config->missing_secrets++;
    if (*check->missing) return;
    *check->missing = (char *)(uintptr_t)arena_printf(check->config->arena, "%s: %s", field->key, words).data;
    if (!*check->missing) check->out_of_memory = true;
}

static void note_missing_file(struct check *check, const char *path)
{
    struct missing_file *file = check->missing ? check_allocate(check, sizeof *file) : NULL;
    if (!file) return;
    *file = (struct missing_file){check->config->missing_files, check_copy(check, text_of(path))};
    check->config->missing_files = file;
}

static bool from_environment(struct check *check, const struct declaration *declaration,
                             const struct config_field *field, struct secret **secret)
{
    const char *name = field->value.reference.name, *value = getenv(name);
    if (!value) {
        missing_secret(check, declaration, field, "the environment variable %s is not set", name);
        return false;
    }
    postern_text text = text_trim(text_of(value));
    if (text.size == 0) {
        missing_secret(check, declaration, field, "the environment variable %s is empty", name);
        return false;
    }
    return (*secret = make_secret(check, text)) != NULL;
}

/* *text lies in `content`. */
static postern_status read_secret(const char *path, struct buffer *content, postern_text *text,
                                  postern_error *error)
{
    postern_status status = file_read(path, SECRET_FILE_LIMIT, content, error);
    if (status < 0) return status;
    *text = text_trim(encoding_without_mark(buffer_text(content)));
    if (text->size == 0) return error_set(error, POSTERN_E_CONFIG, "%s is empty", path);
    status = encoding_check_beginning(*text, error);
    if (status < 0) error_prefix(error, "%s: ", path);
    return status;
}

/* Reserved at once, so that growing leaves no copies behind, and wiped as far as something was read. */
static bool reserve_secret(struct buffer *content)
{
    *content = (struct buffer){.limit = SECRET_FILE_LIMIT + 16384};
    return buffer_reserve(content, content->limit) != NULL;
}

static void wipe_secret(struct buffer *content)
{
    if (content->data) secret_wipe(content->data, content->size);
    buffer_free(content);
}

bool config_missing_appeared(const struct config *config)
{
    bool appeared = false;
    for (const struct missing_file *file = config->missing_files; file && !appeared; file = file->next) {
        struct buffer content;
        postern_text text;
        postern_error error = ERROR_INIT;
        appeared = reserve_secret(&content) && read_secret(file->path, &content, &text, &error) >= 0;
        wipe_secret(&content);
    }
    return appeared;
}

static bool from_file(struct check *check, const struct declaration *declaration,
                      const struct config_field *field, struct secret **secret)
{
    const char *name = field->value.reference.name;
    _cleanup_(freep) char *path =
        name[0] == '/' ? text_duplicate(text_of(name)) : path_join(check->directory, name);
    struct buffer content;
    if (!reserve_secret(&content) || !path) {
        buffer_free(&content);
        check->out_of_memory = true;
        return false;
    }
    postern_error error = ERROR_INIT;
    postern_text bytes;
    if (read_secret(path, &content, &bytes, &error) >= 0) {
        *secret = make_secret(check, bytes);
    } else {
        char text[ERROR_TEXT_SIZE];
        missing_secret(check, declaration, field, "%s", error_text(error.message, error.remedy, text));
        note_missing_file(check, path);
    }
    wipe_secret(&content);
    return *secret != NULL;
}

static bool from_literal(struct check *check, const struct declaration *declaration,
                         const struct config_field *field, struct secret **secret)
{
    postern_text text = text_trim(field->value.text);
    check->has_literal_secret = true;
    if (text.size == 0) {
        field_problem(check, declaration, field, "is empty");
        return false;
    }
    *secret = make_secret(check, text);
    secret_wipe((void *)(uintptr_t)field->value.text.data, field->value.text.size);
    log_write(POSTERN_LOG_WARNING, "config",
              "%s:%d: %s of %s stands in the file itself; env or file keep it out", check->file, field->line,
              field->key, declaration->title);
    return *secret != NULL;
}

bool field_secret(struct check *check, const struct declaration *declaration,
                  const struct config_field *field, struct secret **secret)
{
    if (field->value.type == VALUE_UNKNOWN) return false;
    if (field->value.type == VALUE_TEXT) return from_literal(check, declaration, field, secret);
    if (field->value.type != VALUE_REFERENCE) {
        field_problem(check, declaration, field, "takes a secret: env \"NAME\" or file \"PATH\"");
        return false;
    }
    switch (field->value.reference.kind) {
    case REFERENCE_ENV:
        return from_environment(check, declaration, field, secret);
    case REFERENCE_FILE:
        return from_file(check, declaration, field, secret);
    default:
        reference_problem(check, declaration, field,
                          "vault \"%s\" cannot be read: sealed credentials are not there "
                          "yet; use env or file",
                          field->value.reference.name);
        return false;
    }
}

/* Secrets: from a reference or a literal text into locked memory. No message quotes what they hold. */
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "config/check.h"
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

static bool from_environment(struct check *check, const struct declaration *declaration,
                             const struct config_field *field, struct secret **secret)
{
    const char *name = field->value.reference.name, *value = getenv(name);
    if (!value) {
        reference_problem(check, declaration, field, "the environment variable %s is not set", name);
        return false;
    }
    postern_text text = text_trim(text_of(value));
    if (text.size == 0) {
        reference_problem(check, declaration, field, "the environment variable %s is empty", name);
        return false;
    }
    return (*secret = make_secret(check, text)) != NULL;
}

static bool from_file(struct check *check, const struct declaration *declaration,
                      const struct config_field *field, struct secret **secret)
{
    const char *name = field->value.reference.name;
    _cleanup_(freep) char *path =
        name[0] == '/' ? text_duplicate(text_of(name)) : path_join(check->directory, name);
    /* Reserved at once, so that growing leaves no copies behind. */
    struct buffer content = {.limit = SECRET_FILE_LIMIT + 16384};
    if (!path || !buffer_reserve(&content, content.limit)) {
        buffer_free(&content);
        check->out_of_memory = true;
        return false;
    }
    postern_error error = ERROR_INIT;
    if (file_read(path, SECRET_FILE_LIMIT, &content, &error) < 0) {
        char text[ERROR_TEXT_SIZE];
        reference_problem(check, declaration, field, "%s", error_text(error.message, error.remedy, text));
    } else {
        postern_text text = text_trim(buffer_text(&content));
        if (text.size == 0)
            reference_problem(check, declaration, field, "%s is empty", path);
        else
            *secret = make_secret(check, text);
    }
    secret_wipe(content.data, content.capacity);
    buffer_free(&content);
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

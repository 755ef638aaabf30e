#include "base/error.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

postern_status(error_set)(postern_error *error, postern_status code, const char *format, ...)
{
    if (!error) return code;
    va_list arguments;
    va_start(arguments, format);
    error->code = code;
    error->retry_after_ms = 0;
    error->remedy[0] = '\0';
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return code;
}

postern_status(error_no_memory)(postern_error *error, const char *purpose)
{
    if (!purpose) return error_set(error, POSTERN_E_MEMORY, "out of memory");
    return error_set(error, POSTERN_E_MEMORY, "out of memory %s", purpose);
}

postern_status error_set_errno(postern_error *error, postern_status code, int error_number,
                               const char *format, ...)
{
    if (!error) return code;
    va_list arguments;
    char words[sizeof error->message], reason[128];
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    return error_set(error, code, "%s: %s", words, strerror_r(error_number, reason, sizeof reason));
}

void error_prefix(postern_error *error, const char *format, ...)
{
    if (!error) return;
    va_list arguments;
    char words[2 * sizeof error->message];
    va_start(arguments, format);
    int size = vsnprintf(words, sizeof error->message, format, arguments);
    va_end(arguments);
    if (size < 0) return;
    if ((size_t)size >= sizeof error->message) size = (int)sizeof error->message - 1;
    memcpy(words + size, error->message, strlen(error->message) + 1);
    words[sizeof error->message - 1] = '\0';
    memcpy(error->message, words, sizeof error->message);
}

void error_append(postern_error *error, const char *format, ...)
{
    if (!error) return;
    va_list arguments;
    char words[sizeof error->message];
    va_start(arguments, format);
    int formatted = vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    if (formatted < 0) return;
    size_t size = strlen(words), room = sizeof error->message - 1 - size;
    size_t kept = strnlen(error->message, room);
    memcpy(error->message + kept, words, size + 1);
}

void error_name_request(postern_error *error, const char *request_id)
{
    if (request_id[0]) error_append(error, "; request id %s", request_id);
}

void error_remedy(postern_error *error, const char *format, ...)
{
    if (!error) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->remedy, sizeof error->remedy, format, arguments);
    va_end(arguments);
}

/* "check the DNS" begins with a word; "base_url", "journal.max_size" and "`postern status`" are names. */
static bool begins_with_a_word(const char *text)
{
    size_t letters = strspn(text, "abcdefghijklmnopqrstuvwxyz");
    return letters > 0 && (text[letters] == '\0' || strchr(" ,:;", text[letters]));
}

const char *error_text(const char *message, const char *remedy, char buffer[ERROR_TEXT_SIZE])
{
    size_t size = strlen(message);
    bool ended = size == 0 || strchr(".!?", message[size - 1]);
    if (!remedy || !remedy[0]) {
        snprintf(buffer, ERROR_TEXT_SIZE, "%s", message);
    } else {
        char first = begins_with_a_word(remedy) ? (char)(remedy[0] - 'a' + 'A') : remedy[0];
        snprintf(buffer, ERROR_TEXT_SIZE, "%s%s%s%c%s", message, ended ? "" : ".", size ? " " : "", first,
                 remedy + 1);
    }
    return buffer;
}

void error_clear(postern_error *error)
{
    if (!error) return;
    error->code = POSTERN_OK;
    error->retry_after_ms = 0;
    error->message[0] = error->remedy[0] = '\0';
}

const char *status_name(postern_status status)
{
    static const char *const names[] = {"ok",       "invalid",  "memory",      "config",     "unsupported",
                                        "retry",    "protocol", "credentials", "permission", "license",
                                        "position", "io",       "limit",       "stopped"};
    if (status >= 0) return "ok";
    return -status < (postern_status)(sizeof names / sizeof *names) ? names[-status] : "unknown";
}

bool status_needs_words(postern_status status)
{
    return status == POSTERN_E_CONFIG || status == POSTERN_E_PROTOCOL || status == POSTERN_E_INVALID;
}

/* Errors are values: a status and words, to which each layer puts its context in front.
 *
 *     if (...) return error_set(error, POSTERN_E_PROTOCOL, "field \"next\" is not a text");
 *     ...
 *     if (status < 0) return error_prefix(error, "page %d: ", page), status;
 *
 * Every function takes error == NULL. */
#ifndef POSTERN_BASE_ERROR_H
#define POSTERN_BASE_ERROR_H

#include <postern/module.h>

/* An error to be filled. */
#define ERROR_INIT ((postern_error){.size = sizeof(postern_error)})

/* Sets code and message (cut to fit), clears remedy and retry_after_ms; returns `code`. */
postern_status error_set(postern_error *error, postern_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "out of memory", POSTERN_E_MEMORY; `purpose` goes behind it ("while reading events"), NULL = nothing. */
postern_status error_no_memory(postern_error *error, const char *purpose);
/* As error_set, with ": " and the text of `error_number` (errno) behind it. */
postern_status error_set_errno(postern_error *error, postern_status code, int error_number,
                               const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Puts context in front of the message. */
void error_prefix(postern_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Puts words behind the message, of which the end gives way where both do not fit. */
void error_append(postern_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Names the request by which a vendor's support finds the call; "" = none. For a log, not for words that are
 * compared or kept: it differs at each try. */
void error_name_request(postern_error *error, const char *request_id);
/* Says what the user can do about it. */
void error_remedy(postern_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Message and remedy as one line of two sentences: "message. Remedy". A remedy that begins with a name or a
 * command in backticks keeps it as it is. Without a remedy the message alone. Returns `buffer`; cut to fit.
 */
#define ERROR_TEXT_SIZE 1024
const char *error_text(const char *message, const char *remedy, char buffer[ERROR_TEXT_SIZE]);
/* Forgets what is in it. */
void error_clear(postern_error *error);
/* "invalid", "retry" ...: the name of a status, for logs and tests. */
const char *status_name(postern_status status);

/* True for a failure that says too little without words: a mistake to mend, an answer against the protocol, a
 * call that was wrong. */
bool status_needs_words(postern_status status);

/* The analyser looks at one file alone: this tells it that what comes back is the code that was given. */
#ifdef __clang_analyzer__
#define error_set(error, code, ...)                                                                          \
    ({                                                                                                       \
        (error_set)(error, code, __VA_ARGS__);                                                               \
        (postern_status)(code);                                                                              \
    })
#define error_no_memory(error, purpose)                                                                      \
    ({                                                                                                       \
        (error_no_memory)(error, purpose);                                                                   \
        (postern_status) POSTERN_E_MEMORY;                                                                   \
    })
#endif

#endif

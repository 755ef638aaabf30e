/* The options that presets share, in one table each: a preset's own table begins with them. Where a preset
 * has a default of its own it names it. */
#ifndef HTTP_OPTIONS_H
#define HTTP_OPTIONS_H

#include <postern/kit.h>

#define OPTION(type_, flags_, name_, default_, help_)                                                        \
    KIT_OPTION(type_, name_, default_, help_, .flags = (flags_))
#define OPTION_IN(type_, name_, default_, minimum_, maximum_, help_)                                         \
    KIT_OPTION(type_, name_, default_, help_, .minimum = (minimum_), .maximum = (maximum_))
#define OPTION_OF(name_, default_, help_, ...)                                                               \
    KIT_OPTION(TEXT, name_, default_, help_, .choices = (const char *const[]){__VA_ARGS__, NULL})

/* How much goes into a request, what else it carries, what is tried again. */
#define OPTIONS_OF_REQUESTS(max_body_, max_events_, compressions_)                                           \
    OPTION_IN(SIZE, "max_body", max_body_, 1024, 256 << 20, "largest body of a request, before packing"),    \
        OPTION_IN(INTEGER, "max_events", max_events_, 1, 1000000, "most events in a request"),               \
        OPTION_OF("compression", "gzip", "how bodies above 1 KiB are packed", compressions_),                \
        OPTION(MAP, POSTERN_OPTION_TEMPLATES, "headers", NULL,                                               \
               "further headers, with places such as %{account}; events of different values go apart"),      \
        OPTION(LIST, 0, "retry_status", NULL,                                                                \
               "HTTP statuses after which the same is sent again: { \"404\" }")
#define GZIP         "gzip", "none"
#define GZIP_OR_ZSTD "gzip", "zstd", "none"

/* Ways to be let in; a preset takes those that its receiver knows. */
#define OPTION_TOKEN(flags_, help_) OPTION(SECRET, flags_, "token", NULL, help_)
#define OPTIONS_OF_BASIC                                                                                     \
    OPTION(TEXT, 0, "username", NULL, "with password: Authorization: Basic"),                                \
        OPTION(SECRET, 0, "password", NULL, "of username")
#define OPTION_API_KEY                                                                                       \
    OPTION(SECRET, 0, "api_key", NULL,                                                                       \
           "sent as Authorization: ApiKey; id:key, or encoded as the console shows it")
#define OPTIONS_OF_SIGV4(service_)                                                                           \
    OPTION(TEXT, 0, "access_key", NULL, "with secret_key: requests signed as AWS wants it (SigV4)"),         \
        OPTION(SECRET, 0, "secret_key", NULL, "of access_key"),                                              \
        OPTION(SECRET, 0, "session_token", NULL, "of access_key, if that is a temporary one"),               \
        OPTION(TEXT, 0, "region", NULL, "that requests are signed for"),                                     \
        OPTION(TEXT, 0, "service", service_, "that requests are signed for")
#define OPTIONS_OF_OAUTH                                                                                     \
    OPTION(TEXT, 0, "token_url", NULL, "where client_id and client_secret get a token (OAuth 2.0)"),         \
        OPTION(TEXT, 0, "client_id", NULL,                                                                   \
               "with client_secret and token_url: OAuth 2.0 client credentials"),                            \
        OPTION(SECRET, 0, "client_secret", NULL, "of client_id"),                                            \
        OPTION(TEXT, 0, "scope", NULL, "of the token; absent: none is asked for")

#endif

#include "module/http_options.h"
#include <stdlib.h>
#include <string.h>

static const postern_option options[] = {
    {.size = sizeof(postern_option),
     .type = POSTERN_OPTION_PATH,
     .name = "ca_file",
     .help = "certificates to trust instead of those of http { ca_file }"},
    {.size = sizeof(postern_option),
     .type = POSTERN_OPTION_PATH,
     .name = "client_certificate",
     .help = "shown to the server, in PEM"},
    {.size = sizeof(postern_option),
     .type = POSTERN_OPTION_PATH,
     .name = "client_key",
     .help = "of client_certificate, in PEM without a pass phrase; absent: in the same file"},
    {.size = sizeof(postern_option),
     .type = POSTERN_OPTION_TEXT,
     .name = "proxy",
     .help = "instead of that of http { proxy }; \"\" = none"},
    {.size = sizeof(postern_option),
     .type = POSTERN_OPTION_DURATION,
     .name = "timeout",
     .minimum = HTTP_TIMEOUT_LEAST_MS,
     .maximum = HTTP_TIMEOUT_MOST_MS,
     .help = "for a whole request, instead of http { timeout }"},
    {.size = sizeof(postern_option),
     .type = POSTERN_OPTION_DURATION,
     .name = "connect_timeout",
     .minimum = HTTP_TIMEOUT_LEAST_MS,
     .maximum = HTTP_CONNECT_TIMEOUT_MOST_MS,
     .help = "until a connection stands, instead of http { connect_timeout }"},
    {.size = sizeof(postern_option),
     .type = POSTERN_OPTION_SIZE,
     .name = "response_limit",
     .minimum = HTTP_RESPONSE_LIMIT_LEAST,
     .maximum = HTTP_RESPONSE_LIMIT_MOST,
     .help = "the largest answer that is taken, instead of http { response_limit }"},
    {.size = sizeof(postern_option),
     .type = POSTERN_OPTION_LIST,
     .name = "allow_http",
     .help = "hosts that may be reached without TLS; loopback addresses always may"},
};

#define OPTION_COUNT (sizeof options / sizeof *options)

bool http_options_have(const char *name)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (strcmp(options[i].name, name) == 0) return true;
    return false;
}

const postern_option **http_options_join(const postern_option *const *own)
{
    size_t count = 0;
    while (own && own[count])
        count++;
    const postern_option **table = calloc(count + OPTION_COUNT + 1, sizeof *table);
    if (!table) return NULL;
    for (size_t i = 0; i < count; i++)
        table[i] = own[i];
    for (size_t i = 0; i < OPTION_COUNT; i++)
        table[count + i] = &options[i];
    return table;
}

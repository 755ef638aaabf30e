/* A module that is right, whose parts a test may spoil, and how a refusal is looked at. */
#ifndef POSTERN_TEST_MODULE_PARTS_H
#define POSTERN_TEST_MODULE_PARTS_H

#include "base/error.h"
#include "module/registry.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static const struct module_limits limits = {
    .member_size = 1 << 20, .member_count = 10, .expansion_size = 1 << 20, .record_size = 1 << 20};

static inline void refused(const postern_error *error, postern_status status, const char *message,
                           const char *remedy)
{
    if (status >= 0) fail_msg("was not refused: \"%s\"", message);
    if (!strstr(error->message, message) || !strstr(error->remedy, remedy) || !*error->remedy)
        fail_msg("\"%s\" (%s) instead of \"%s\" (%s)", error->message, error->remedy, message, remedy);
}

static inline postern_status source_next(const void *self, const postern_call *call,
                                         const postern_stream *stream, const postern_pass *pass,
                                         postern_text position, postern_request *request,
                                         postern_error *error)
{
    (void)self, (void)call, (void)stream, (void)pass, (void)position, (void)request, (void)error;
    return POSTERN_OK;
}

static inline postern_status source_on_response(const void *self, const postern_call *call,
                                                const postern_stream *stream, const postern_pass *pass,
                                                postern_text position, const postern_response *response,
                                                postern_answer *answer, postern_error *error)
{
    (void)self, (void)call, (void)stream, (void)pass, (void)position, (void)response, (void)answer,
        (void)error;
    return POSTERN_OK;
}

static inline postern_status lookup_next(const postern_host *host, const postern_call *call,
                                         const postern_lookup *lookup, postern_text position,
                                         postern_request *request, postern_error *error)
{
    (void)host, (void)call, (void)lookup, (void)position, (void)request, (void)error;
    return POSTERN_OK;
}

static inline postern_status lookup_on_response(const postern_host *host, const postern_call *call,
                                                const postern_lookup *lookup, postern_text position,
                                                const postern_response *response, postern_findings *findings,
                                                postern_error *error)
{
    (void)host, (void)call, (void)lookup, (void)position, (void)response, (void)findings, (void)error;
    return POSTERN_OK;
}

static inline postern_status sink_create(const postern_host *host, void **self, postern_error *error)
{
    (void)host, (void)self, (void)error;
    return POSTERN_OK;
}

static inline postern_status sink_open(void *self, const postern_call *call, const postern_pair *entries,
                                       size_t count, postern_error *error)
{
    (void)self, (void)call, (void)entries, (void)count, (void)error;
    return POSTERN_OK;
}

static inline postern_status sink_write(void *self, const postern_call *call, const postern_batch *batch,
                                        postern_result *result, postern_error *error)
{
    (void)self, (void)call, (void)batch, (void)result, (void)error;
    return POSTERN_OK;
}

static inline void sink_close(void *self)
{
    (void)self;
}

/* A module whose parts a row may spoil. */
struct parts {
    postern_volatile_field field;
    const postern_volatile_field *fields[2];
    postern_stream stream, second_stream;
    const postern_stream *streams[3];
    postern_option option, second_option;
    const postern_option *options[3];
    const char *choices[3];
    postern_schedule schedule;
    postern_quota quota;
    postern_source source, second_source;
    const postern_source *sources[3];
    postern_batching batching;
    postern_sink sink, second_sink;
    const postern_sink *sinks[3];
    postern_credential credential, second_credential;
    const postern_credential *credentials[3];
    postern_known_host known;
    const postern_known_host *hosts[2];
    postern_auth auth, second_auth;
    const postern_auth *auths[3];
    postern_option parameter;
    const postern_option *parameters[3];
    postern_column column;
    const postern_column *columns[2];
    postern_lookup lookup, second_lookup;
    const postern_lookup *lookups[3];
    postern_module module;
};

static inline void make_source(struct parts *p)
{
    p->field = (postern_volatile_field){.size = sizeof p->field, .path = "id", .value_prefix = "MTOKEN:"};
    p->fields[0] = &p->field;
    p->stream = (postern_stream){.size = sizeof p->stream,
                                 .kind = POSTERN_STREAM_WINDOW,
                                 .name = "logs-a",
                                 .auth = "none",
                                 .permission = "Read",
                                 .volatile_fields = p->fields};
    p->second_stream = p->stream;
    p->second_stream.kind = POSTERN_STREAM_TOKEN;
    p->second_stream.name = "logs-b";
    p->streams[0] = &p->stream, p->streams[1] = &p->second_stream;
    p->option = (postern_option){.size = sizeof p->option,
                                 .type = POSTERN_OPTION_SIZE,
                                 .name = "size",
                                 .default_value = "64KiB",
                                 .help = "a size"};
    p->second_option = (postern_option){.size = sizeof p->option,
                                        .type = POSTERN_OPTION_DURATION,
                                        .name = "wait",
                                        .default_value = "15m",
                                        .help = "a time"};
    p->options[0] = &p->option, p->options[1] = &p->second_option;
    p->schedule = (postern_schedule){.size = sizeof p->schedule, .interval_ms = 1000};
    p->quota = (postern_quota){.size = sizeof p->quota, .name = "logs", .calls = 50, .window_ms = 900000};
    p->source = (postern_source){.size = sizeof p->source,
                                 .name = "logs",
                                 .title = "Logs",
                                 .streams = p->streams,
                                 .options = p->options,
                                 .schedule = &p->schedule,
                                 .next = source_next,
                                 .on_response = source_on_response};
    p->sources[0] = &p->source;
}

static inline void make_sink(struct parts *p)
{
    p->batching = (postern_batching){.size = sizeof p->batching, .events = 100};
    p->sink = (postern_sink){.size = sizeof p->sink,
                             .flags = POSTERN_SINK_CONCURRENT,
                             .name = "pipe",
                             .title = "Pipe",
                             .batching = &p->batching,
                             .create = sink_create,
                             .open = sink_open,
                             .write = sink_write,
                             .close = sink_close};
    p->sinks[0] = &p->sink;
}

static inline void make_auth(struct parts *p)
{
    p->credential = (postern_credential){
        .size = sizeof p->credential, .name = "token", .title = "Token", .help = "a long text"};
    p->second_credential = p->credential;
    p->second_credential.name = "tenant";
    p->credentials[0] = &p->credential, p->credentials[1] = &p->second_credential;
    p->known = (postern_known_host){.size = sizeof p->known, .host = "*.example.com", .region = "Everywhere"};
    p->hosts[0] = &p->known;
    p->auth = (postern_auth){.size = sizeof p->auth,
                             .name = "vendor/2.0",
                             .title = "Vendor",
                             .scheme = "bearer",
                             .credentials = p->credentials,
                             .hosts = p->hosts};
    p->auths[0] = &p->auth;
}

static inline void make_lookup(struct parts *p)
{
    p->parameter = (postern_option){.size = sizeof p->parameter,
                                    .type = POSTERN_OPTION_TIME,
                                    .name = "since",
                                    .default_value = "24h",
                                    .help = "from then on"};
    p->parameters[0] = &p->parameter;
    p->column = (postern_column){.size = sizeof p->column, .title = "From", .path = "from.address"};
    p->columns[0] = &p->column;
    p->lookup = (postern_lookup){.size = sizeof p->lookup,
                                 .name = "find",
                                 .title = "Finds",
                                 .auth = "vendor/2.0",
                                 .permission = "Read",
                                 .parameters = p->parameters,
                                 .columns = p->columns,
                                 .next = lookup_next,
                                 .on_response = lookup_on_response};
    p->lookups[0] = &p->lookup;
}

static inline void make_parts(struct parts *p)
{
    *p = (struct parts){.choices = {"a", "b", NULL}};
    make_source(p);
    make_sink(p);
    make_auth(p);
    make_lookup(p);
    p->module = (postern_module){.size = sizeof p->module,
                                 .magic = POSTERN_MODULE_MAGIC,
                                 .abi_major = POSTERN_ABI_MAJOR,
                                 .name = "parts",
                                 .version = "1",
                                 .summary = "parts",
                                 .sources = p->sources,
                                 .sinks = p->sinks,
                                 .auths = p->auths,
                                 .lookups = p->lookups};
}

#endif

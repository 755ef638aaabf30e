#include "syslog_sink.h"
#include <stdlib.h>

#define OUT_SIZE ((size_t)64 << 10)

static void destroy(void *self)
{
    struct syslog_sink *sink = self;
    net_settings_free(&sink->net);
    targets_free(&sink->targets);
    recent_free(&sink->recent);
    relp_refusals_free(&sink->refusals);
    free(sink->message);
    free(sink->out);
    free(sink);
}

static postern_status make_buffers(struct syslog_sink *sink, postern_error *error)
{
    sink->out_capacity = OUT_SIZE + framing_most((postern_text){NULL, sink->form.limit}) + RELP_HEADER_ROOM;
    sink->message = malloc(sink->form.limit);
    sink->out = malloc(sink->out_capacity);
    return sink->message && sink->out ? POSTERN_OK : kit_no_memory(error);
}

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    postern_text framing;
    struct syslog_sink *sink = calloc(1, sizeof *sink);
    if (!sink) return kit_no_memory(error);
    sink->host = host;
    sink->log = host->service(host, POSTERN_SERVICE_LOG);
    sink->idle_close_ms = kit_option_integer(host, "idle_close");
    sink->resend_age_ms = kit_option_integer(host, "resend_age");
    sink->window = kit_option_integer(host, "window");
    sink->refusals_most = kit_option_integer(host, "refusals");
    sink->recent.limit = (size_t)kit_option_integer(host, "resend");
    if (host->option_text(host, "framing", &framing) && kit_is(framing, "newline"))
        sink->framing = FRAMING_NEWLINE;
    postern_status status = net_settings_read(host, &sink->net, error);
    if (status >= 0) status = message_form_read(host, &sink->form, error);
    if (status >= 0) status = targets_read(host, syslog_schemes, &sink->targets, error);
    if (status >= 0) status = make_buffers(sink, error);
    if (status >= 0)
        *self = sink;
    else
        destroy(sink);
    return status;
}

static postern_status open_sink(void *self, const postern_call *call, const postern_pair *state,
                                size_t state_count, postern_error *error)
{
    (void)state, (void)state_count;
    return link_open(self, call, error);
}

static postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                                  postern_result *result, postern_error *error)
{
    struct syslog_sink *sink = self;
    postern_status status = link_ready(sink, call, error);
    if (status < 0) return status;
    status = send_batch(sink, call, batch, result, error);
    sink->used_ms = call->steady_ms;
    if (status < 0) link_break(sink, call);
    return status;
}

static postern_status idle(void *self, const postern_call *call, postern_result *result, postern_error *error)
{
    (void)result, (void)error;
    link_keep(self, call);
    return POSTERN_OK;
}

static void close_sink(void *self)
{
    link_end(self);
}

static postern_status probe(void *self, const postern_call *call, const postern_report *report,
                            postern_error *error)
{
    struct syslog_sink *sink = self;
    char words[NET_DESCRIPTION_SIZE];
    postern_status status = link_ready(sink, call, error);
    if (status < 0) return status;
    net_describe(sink->connection, words);
    kit_say(report, POSTERN_LOG_INFO, NULL, "%s: %s", targets_current(&sink->targets)->name, words);
    kit_say(report, POSTERN_LOG_INFO, NULL, "what arrives: %s", link_promise(sink));
    return POSTERN_OK;
}

static const postern_batching batching = {
    .size = sizeof(postern_batching), .events = 2000, .bytes = 1 << 20, .wait_ms = 200};

static const postern_sink syslog_sink = {
    .size = sizeof(postern_sink),
    .name = "syslog",
    .title = "syslog over UDP, TCP, TLS, UNIX sockets and RELP",
    .options = syslog_options,
    .batching = &batching,
    .create = create,
    .destroy = destroy,
    .open = open_sink,
    .write = write_batch,
    .idle = idle,
    .close = close_sink,
    .probe = probe,
};

KIT_MODULE(.needs_minor = 1, /* postern_call.steady_ms */
           .name = "syslog", .version = POSTERN_VERSION, .summary = "Sends events as syslog messages",
           .sinks = KIT_LIST(postern_sink, &syslog_sink));

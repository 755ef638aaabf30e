#include "nats_sink.h"
#include "shared/broker/address.h"
#include "shared/broker/option.h"
#include "shared/broker/server.h"
#include "shared/broker/tally.h"
#include <stdlib.h>

#define DEFAULT_PORT 4222

static void destroy(void *self)
{
    struct nats_sink *sink = self;
    char *const strings[] = {sink->stream,  sink->inbox_prefix, sink->user,      sink->password,
                             sink->token,   sink->nkey,         sink->nkey_seed, sink->credentials,
                             sink->ca_file, sink->certificate,  sink->key};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        broker_forget(strings[i]);
    free(sink->servers);
    free(sink);
}

static void read_options(struct nats_sink *sink, const postern_host *host)
{
    *sink = (struct nats_sink){.host = host,
                               .json = host->service(host, POSTERN_SERVICE_JSON),
                               .metrics = host->service(host, POSTERN_SERVICE_METRICS),
                               .subject = kit_option_text(host, "subject"),
                               .message_id = kit_option_text(host, "message_id"),
                               .stream = kit_option_string(host, "stream"),
                               .inbox_prefix = kit_option_string(host, "inbox_prefix"),
                               .user = kit_option_string(host, "user"),
                               .password = kit_option_string(host, "password"),
                               .token = kit_option_string(host, "token"),
                               .nkey = kit_option_string(host, "nkey"),
                               .nkey_seed = kit_option_string(host, "nkey_seed"),
                               .credentials = kit_option_string(host, "credentials_file"),
                               .ca_file = kit_option_string(host, "ca_file"),
                               .certificate = kit_option_string(host, "client_certificate"),
                               .key = kit_option_string(host, "client_key"),
                               .tls = kit_option_integer(host, "tls") != 0,
                               .window = kit_option_integer(host, "window"),
                               .timeout_ms = kit_option_integer(host, "timeout"),
                               .connect_timeout_ms = kit_option_integer(host, "connect_timeout"),
                               .no_stream_wait_ms = kit_option_integer(host, "no_stream_wait"),
                               .duplicate_window_ms = kit_option_integer(host, "duplicate_window")};
    if (sink->metrics)
        sink->repeats = sink->metrics->counter(host, "sink_nats_repeats_total",
                                               "messages that the stream had already", NULL, 0);
}

static bool is_subject(postern_text text)
{
    bool empty_word = true; /* so far */
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] <= ' ' || text.data[i] == '*' || text.data[i] == '>') return false;
        if (text.data[i] == '.' && empty_word) return false;
        empty_word = text.data[i] == '.';
    }
    return !empty_word;
}

/* What the table of options cannot say. */
static postern_status check_options(const struct nats_sink *sink, postern_error *error)
{
    int logins =
        (sink->user != NULL) + (sink->token != NULL) + (sink->nkey != NULL) + (sink->credentials != NULL);
    if (!sink->json)
        return kit_fail(error, POSTERN_E_UNSUPPORTED, "install a newer Postern",
                        "this Postern has no json/1");
    if (!sink->stream || !sink->inbox_prefix) return kit_no_memory(error);
    if (!is_subject(sink->subject))
        return kit_fail(error, POSTERN_E_CONFIG,
                        "write words with dots between them, without blanks, * and >",
                        "subject is no subject to publish to");
    if (!is_subject(kit_text(sink->inbox_prefix)) || strlen(sink->inbox_prefix) > 100)
        return kit_fail(error, POSTERN_E_CONFIG, "write at most 100 bytes such as \"_INBOX\"",
                        "inbox_prefix is no subject");
    if (!is_subject(kit_text(sink->stream)) || strchr(sink->stream, '.'))
        return kit_fail(error, POSTERN_E_CONFIG, NULL, "stream is no name of a stream");
    if (!broker_template_has(sink->message_id, "%{id}"))
        return kit_fail(
            error, POSTERN_E_CONFIG, "put %{id} into it",
            "message_id would be the same for several events, and the stream would keep one of them");
    if (logins > 1)
        return kit_fail(error, POSTERN_E_CONFIG, NULL,
                        "give one login: user, token, nkey or credentials_file");
    if ((sink->password && !sink->user) || !sink->nkey != !sink->nkey_seed)
        return kit_fail(error, POSTERN_E_CONFIG, NULL,
                        "user and password, or nkey and nkey_seed, go together");
    if (!sink->certificate != !sink->key)
        return kit_fail(error, POSTERN_E_CONFIG, NULL, "client_certificate and client_key go together");
    return POSTERN_OK;
}

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    struct nats_sink *sink = calloc(1, sizeof *sink);
    if (!sink) return kit_no_memory(error);
    read_options(sink, host);
    postern_status status = check_options(sink, error);
    if (status >= 0)
        status =
            broker_read_servers(host, "servers", DEFAULT_PORT, &sink->servers, &sink->server_count, error);
    if (status < 0)
        destroy(sink);
    else
        *self = sink;
    return status;
}

static void close_sink(void *self)
{
    nats_disconnect(self);
}

static postern_status open_sink(void *self, const postern_call *call, const postern_pair *state,
                                size_t state_count, postern_error *error)
{
    struct nats_sink *sink = self;
    (void)call, (void)state, (void)state_count;
    postern_status status = nats_connect(sink, error);
    if (status >= 0) status = nats_look_at_stream(sink, NULL, error);
    if (status < 0) nats_disconnect(sink);
    return status;
}

static postern_status probe(void *self, const postern_call *call, const postern_report *report,
                            postern_error *error)
{
    struct nats_sink *sink = self;
    char server[256] = "";
    (void)call;
    natsConnection_GetConnectedUrl(sink->connection, server, sizeof server);
    kit_say(report, POSTERN_LOG_INFO, NULL, "connected to %s, which takes messages up to %lld bytes", server,
            (long long)natsConnection_GetMaxPayload(sink->connection));
    return nats_look_at_stream(sink, report, error);
}

static const postern_option *const options[] = {
    KIT_OPTION(LIST, "servers", NULL,
               "\"host:port\" of each server of the cluster; port 4222 if it is not given",
               .flags = POSTERN_OPTION_REQUIRED),
    KIT_OPTION(TEMPLATE, "subject", NULL, "subject of an event, such as \"postern.%{account}.%{source}\"",
               .flags = POSTERN_OPTION_REQUIRED),
    KIT_OPTION(TEXT, "stream", NULL, "the stream that takes the subjects; no other one's answer counts",
               .flags = POSTERN_OPTION_REQUIRED),
    KIT_OPTION(TEMPLATE, "message_id", "%{id}", "by which the stream recognises a repeat"),
    KIT_OPTION(DURATION, "duplicate_window", "2h",
               "warn at the start if the stream recognises repeats for less than this"),
    KIT_OPTION(TEXT, "user", NULL, "user name"),
    KIT_OPTION(SECRET, "password", NULL, "of the user"),
    KIT_OPTION(SECRET, "token", NULL, "token, instead of a user"),
    KIT_OPTION(TEXT, "nkey", NULL, "public NKey (U...), instead of a user"),
    KIT_OPTION(SECRET, "nkey_seed", NULL, "its seed (SU...)"),
    KIT_OPTION(PATH, "credentials_file", NULL, "file with JWT and seed (.creds), instead of a user"),
    KIT_OPTION(BOOLEAN, "tls", "true", "TLS; false: everything, the login too, can be read on the way"),
    KIT_OPTION(PATH, "ca_file", NULL, "certificates of those whom to trust; the system's if it is not given"),
    KIT_OPTION(PATH, "client_certificate", NULL, "PEM file"),
    KIT_OPTION(PATH, "client_key", NULL, "PEM file"),
    KIT_OPTION(INTEGER, "window", "1000", "messages on their way without an acknowledgement", .minimum = 1,
               .maximum = 65536),
    KIT_OPTION(DURATION, "timeout", "10s", "try again if no acknowledgement comes for so long",
               .minimum = 100, .maximum = 600000),
    KIT_OPTION(DURATION, "connect_timeout", "2s", "for one server", .minimum = 100, .maximum = 600000),
    KIT_OPTION(
        DURATION, "no_stream_wait", "30s",
        "a missing stream is taken for a mistake after so long; a cluster that chooses a leader has none"),
    KIT_OPTION(TEXT, "inbox_prefix", "_INBOX",
               "where acknowledgements go; the login must be allowed to subscribe there"),
    NULL,
};

static const postern_batching batching = {
    .size = sizeof(postern_batching), .events = 2000, .bytes = 4 << 20, .wait_ms = 200};

static const postern_sink nats_sink = {
    .size = sizeof(postern_sink),
    .flags = POSTERN_SINK_CONCURRENT,
    .name = "nats",
    .title = "NATS JetStream, repeats recognised within the stream's duplicate window",
    .options = options,
    .batching = &batching,
    .create = create,
    .destroy = destroy,
    .open = open_sink,
    .write = nats_write,
    .close = close_sink,
    .probe = probe,
};

KIT_MODULE(.name = "nats", .version = POSTERN_VERSION, .summary = "Sends events to streams of NATS JetStream",
           .sinks = KIT_LIST(postern_sink, &nats_sink));

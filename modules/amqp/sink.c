#include "amqp_sink.h"
#include "shared/broker/option.h"
#include "shared/broker/server.h"
#include <stdlib.h>

#define PORT     5672
#define TLS_PORT 5671

static void destroy(void *self)
{
    struct mq_sink *sink = self;
    char *const strings[] = {sink->vhost,   sink->user,        sink->password,
                             sink->ca_file, sink->certificate, sink->key};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        broker_forget(strings[i]);
    pthread_mutex_destroy(&sink->lock);
    free(sink->servers);
    free(sink);
}

static void read_options(struct mq_sink *sink, const postern_host *host)
{
    *sink = (struct mq_sink){.host = host,
                             .exchange = kit_option_text(host, "exchange"),
                             .routing_key = kit_option_text(host, "routing_key"),
                             .vhost = kit_option_string(host, "vhost"),
                             .user = kit_option_string(host, "user"),
                             .password = kit_option_string(host, "password"),
                             .ca_file = kit_option_string(host, "ca_file"),
                             .certificate = kit_option_string(host, "client_certificate"),
                             .key = kit_option_string(host, "client_key"),
                             .tls = kit_option_integer(host, "tls") != 0,
                             .window = kit_option_integer(host, "window"),
                             .timeout_ms = kit_option_integer(host, "timeout"),
                             .connect_timeout_ms = kit_option_integer(host, "connect_timeout"),
                             .heartbeat_ms = kit_option_integer(host, "heartbeat"),
                             .max_message = kit_option_integer(host, "max_message")};
    pthread_mutex_init(&sink->lock, NULL);
}

/* What the table of options cannot say. */
static postern_status check_options(const struct mq_sink *sink, postern_error *error)
{
    if (!sink->vhost) return kit_no_memory(error);
    if (!sink->user && !(sink->tls && sink->certificate))
        return kit_fail(error, POSTERN_E_CONFIG,
                        "give user and password, or client_certificate and client_key",
                        "there is nothing to log in with");
    if (sink->password && !sink->user)
        return kit_fail(error, POSTERN_E_CONFIG, NULL, "there is a password without a user");
    if (!sink->certificate != !sink->key)
        return kit_fail(error, POSTERN_E_CONFIG, NULL, "client_certificate and client_key go together");
    return POSTERN_OK;
}

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    struct mq_sink *sink = calloc(1, sizeof *sink);
    if (!sink) return kit_no_memory(error);
    read_options(sink, host);
    postern_status status = check_options(sink, error);
    if (status >= 0)
        status = broker_read_servers(host, "servers", sink->tls ? TLS_PORT : PORT, &sink->servers,
                                     &sink->server_count, error);
    if (status < 0)
        destroy(sink);
    else
        *self = sink;
    return status;
}

static postern_status open_sink(void *self, const postern_call *call, const postern_pair *state,
                                size_t state_count, postern_error *error)
{
    struct mq_sink *sink = self;
    struct mq_link *link;
    (void)call, (void)state, (void)state_count;
    postern_status status = mq_take_link(sink, &link, error);
    if (status >= 0) mq_give_link(sink, link);
    return status;
}

static postern_status idle(void *self, const postern_call *call, postern_result *result, postern_error *error)
{
    (void)call, (void)result;
    return mq_keep_links(self, error);
}

static void close_sink(void *self)
{
    mq_close_links(self);
}

static void interrupt(void *self)
{
    mq_cut_links(self);
}

static void say_broker(const struct mq_link *link, const postern_report *report)
{
    const amqp_table_t *properties = amqp_get_server_properties(link->connection);
    postern_text product = {NULL, 0}, version = {NULL, 0};
    for (int i = 0; i < properties->num_entries; i++) {
        const amqp_table_entry_t *one = &properties->entries[i];
        postern_text name = kit_span(one->key.bytes, one->key.len);
        if (one->value.kind != AMQP_FIELD_KIND_UTF8) continue;
        postern_text value = kit_span(one->value.value.bytes.bytes, one->value.value.bytes.len);
        if (kit_is(name, "product")) product = value;
        if (kit_is(name, "version")) version = value;
    }
    kit_say(report, POSTERN_LOG_INFO, NULL, "connected to %.*s %.*s, which confirms what it takes",
            (int)product.size, product.data, (int)version.size, version.data);
}

static postern_status probe(void *self, const postern_call *call, const postern_report *report,
                            postern_error *error)
{
    struct mq_sink *sink = self;
    struct mq_link *link;
    (void)call;
    postern_status status = mq_take_link(sink, &link, error);
    if (status < 0) return status;
    say_broker(link, report);
    status = mq_look_for_exchange(sink, link, error);
    link->broken = status < 0;
    mq_give_link(sink, link);
    return status;
}

static const postern_option *const options[] = {
    KIT_OPTION(LIST, "servers", NULL,
               "\"host:port\" of each broker, tried in turn; port 5671, without tls 5672, if it is not given",
               .flags = POSTERN_OPTION_REQUIRED),
    KIT_OPTION(TEMPLATE, "exchange", "",
               "where to publish; empty: the default exchange, whose keys are queues"),
    KIT_OPTION(TEMPLATE, "routing_key", NULL, "such as \"postern.%{account}.%{source}\"",
               .flags = POSTERN_OPTION_REQUIRED),
    KIT_OPTION(TEXT, "vhost", "/", "virtual host"),
    KIT_OPTION(TEXT, "user", NULL, "user name; without one the client certificate logs in (EXTERNAL)"),
    KIT_OPTION(SECRET, "password", NULL, "of the user"),
    KIT_OPTION(BOOLEAN, "tls", "true", "TLS; false: everything, the password too, can be read on the way"),
    KIT_OPTION(PATH, "ca_file", NULL, "certificates of those whom to trust; the system's if it is not given"),
    KIT_OPTION(PATH, "client_certificate", NULL, "PEM file"),
    KIT_OPTION(PATH, "client_key", NULL, "PEM file"),
    KIT_OPTION(INTEGER, "window", "1000", "messages on their way without a confirmation", .minimum = 1,
               .maximum = 65536),
    KIT_OPTION(SIZE, "max_message", "16MiB",
               "larger events are dead letters; a broker that says its own limit lowers it", .minimum = 1024,
               .maximum = INT32_MAX),
    KIT_OPTION(DURATION, "timeout", "30s", "try again if no confirmation comes for so long", .minimum = 100,
               .maximum = 600000),
    KIT_OPTION(DURATION, "connect_timeout", "2s", "for one broker", .minimum = 100, .maximum = 600000),
    KIT_OPTION(DURATION, "heartbeat", "30s", "a broker that is silent for twice as long is lost",
               .minimum = 5000, .maximum = 600000),
    NULL,
};

static const postern_batching batching = {
    .size = sizeof(postern_batching), .events = 2000, .bytes = 4 << 20, .wait_ms = 200};

static const postern_sink amqp_sink = {
    .size = sizeof(postern_sink),
    .flags = POSTERN_SINK_CONCURRENT,
    .name = "amqp",
    .title = "RabbitMQ (AMQP 0-9-1) with publisher confirms, at least once",
    .options = options,
    .batching = &batching,
    .create = create,
    .destroy = destroy,
    .open = open_sink,
    .write = mq_write,
    .idle = idle,
    .close = close_sink,
    .interrupt = interrupt,
    .probe = probe,
};

KIT_MODULE(.name = "amqp", .version = POSTERN_VERSION, .summary = "Publishes events to exchanges of RabbitMQ",
           .sinks = KIT_LIST(postern_sink, &amqp_sink));

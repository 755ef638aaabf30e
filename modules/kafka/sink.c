#include "kafka_sink.h"
#include "shared/broker/option.h"
#include <stdlib.h>

static void destroy(void *self)
{
    struct kafka_sink *sink = self;
    pthread_cond_destroy(&sink->polled);
    pthread_mutex_destroy(&sink->lock);
    pthread_rwlock_destroy(&sink->sending);
    free(sink);
}

/* Who waits to have it alone comes before those who share it: else many writes would keep it for ever. */
static void make_sending(pthread_rwlock_t *sending)
{
    pthread_rwlockattr_t kind;
    pthread_rwlockattr_init(&kind);
    pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(sending, &kind);
    pthread_rwlockattr_destroy(&kind);
}

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    rd_kafka_conf_t *settings;
    postern_status status = kafka_settings(host, &settings, error); /* whether they can be */
    if (status < 0) return status;
    rd_kafka_conf_destroy(settings);
    struct kafka_sink *sink = calloc(1, sizeof *sink);
    if (!sink) return kit_no_memory(error);
    *sink = (struct kafka_sink){.host = host,
                                .topic = kit_option_text(host, "topic"),
                                .key = kit_option_text(host, "key"),
                                .delivery_timeout_ms = kit_option_integer(host, "delivery_timeout"),
                                .connect_timeout_ms = kit_option_integer(host, "connect_timeout")};
    make_sending(&sink->sending);
    pthread_mutex_init(&sink->lock, NULL);
    pthread_cond_init(&sink->polled, NULL);
    *self = sink;
    return POSTERN_OK;
}

static postern_status open_sink(void *self, const postern_call *call, const postern_pair *state,
                                size_t state_count, postern_error *error)
{
    (void)call, (void)state, (void)state_count;
    return kafka_connect(self, error);
}

static void close_sink(void *self)
{
    kafka_disconnect(self);
}

static const char *const compressions[] = {"zstd", "lz4", "gzip", "snappy", "none", NULL};

static const postern_option *const options[] = {
    KIT_OPTION(LIST, "servers", NULL,
               "\"host:port\" of some brokers, which know the others; port 9092 if it is not given",
               .flags = POSTERN_OPTION_REQUIRED),
    KIT_OPTION(TEMPLATE, "topic", NULL, "such as \"postern-%{source}\"", .flags = POSTERN_OPTION_REQUIRED),
    KIT_OPTION(TEMPLATE, "key", "%{account}", "events with the same key keep their order; empty: no key"),
    KIT_OPTION(BOOLEAN, "tls", "true", "TLS; false: everything, the login too, can be read on the way"),
    KIT_OPTION(PATH, "ca_file", NULL, "certificates of those whom to trust; the system's if it is not given"),
    KIT_OPTION(PATH, "client_certificate", NULL, "PEM file"),
    KIT_OPTION(PATH, "client_key", NULL, "PEM file"),
    KIT_OPTION(TEXT, "compression", "zstd", "of what is sent; brokers before 2.1 know no zstd",
               .choices = compressions),
    KIT_OPTION(SIZE, "max_message", "1000000B",
               "larger events are dead letters; the brokers' message.max.bytes must be no smaller",
               .minimum = 1024, .maximum = 1000000000),
    KIT_OPTION(DURATION, "linger", "20ms", "gather messages for so long before they are sent",
               .maximum = 60000),
    KIT_OPTION(DURATION, "delivery_timeout", "2m",
               "try again if a message is not acknowledged within so long", .minimum = 1000,
               .maximum = 900000),
    KIT_OPTION(DURATION, "connect_timeout", "5s", "until some broker answers", .minimum = 1000,
               .maximum = 60000),
    KIT_OPTION(SIZE, "buffer", "64MiB", "the most that waits in memory to be sent", .minimum = 1048576,
               .maximum = 2147483648),
    KIT_OPTION(
        MAP, "options", NULL,
        "further settings of librdkafka by their names, such as sasl.mechanism; values may be secrets"),
    NULL,
};

static const postern_batching batching = {
    .size = sizeof(postern_batching), .events = 5000, .bytes = 8 << 20, .wait_ms = 200};

static const postern_sink kafka_sink = {
    .size = sizeof(postern_sink),
    .flags = POSTERN_SINK_CONCURRENT,
    .name = "kafka",
    .title = "Kafka, at least once",
    .options = options,
    .batching = &batching,
    .create = create,
    .destroy = destroy,
    .open = open_sink,
    .write = kafka_write,
    .close = close_sink,
    .probe = kafka_probe,
};

KIT_MODULE(.name = "kafka", .version = POSTERN_VERSION, .summary = "Produces events to topics of Kafka",
           .sinks = KIT_LIST(postern_sink, &kafka_sink));

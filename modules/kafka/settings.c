#include "kafka_sink.h"
#include "shared/broker/option.h"
#include "shared/broker/server.h"
#include <stdlib.h>

#define PORT 9092

/* ---- What the user may not set in `options` ---- */

struct owned {
    const char *name, *because;
};

static const struct owned owned[] = {
    {"bootstrap.servers", "use the option servers"},
    {"metadata.broker.list", "use the option servers"},
    {"security.protocol", "it follows from the option tls and from sasl.mechanism"},
    {"ssl.ca.location", "use the option ca_file"},
    {"ssl.certificate.location", "use the option client_certificate"},
    {"ssl.key.location", "use the option client_key"},
    {"enable.ssl.certificate.verification", "certificates are always checked"},
    {"ssl.endpoint.identification.algorithm", "certificates are always checked"},
    {"enable.idempotence", "it is always on: without it events are lost or come in another order"},
    {"acks", "it is always all: else events are lost with a broker"},
    {"request.required.acks", "it is always all: else events are lost with a broker"},
    {"delivery.timeout.ms", "use the option delivery_timeout"},
    {"message.timeout.ms", "use the option delivery_timeout"},
    {"message.max.bytes", "use the option max_message"},
    {"queue.buffering.max.kbytes", "use the option buffer"},
    {"compression.type", "use the option compression"},
    {"compression.codec", "use the option compression"},
    {"linger.ms", "use the option linger"},
    {"queue.buffering.max.ms", "use the option linger"},
    {"transactional.id", "transactions would not help: what is delivered is noted elsewhere"},
    {"delivery.report.only.error", "every event wants a report"},
    {"plugin.library.paths", "no other code is loaded"},
    {"debug", "it might show secrets"},
};

static const char *owned_because(postern_text name)
{
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        if (kit_is(name, owned[i].name)) return owned[i].because;
    return NULL;
}

/* ---- Setting one ---- */

/* Nothing of the value is shown: it may be a secret. */
static postern_status set(rd_kafka_conf_t *settings, const char *name, const char *value,
                          postern_error *error)
{
    char words[512];
    rd_kafka_conf_res_t result = rd_kafka_conf_set(settings, name, value, words, sizeof words);
    if (result == RD_KAFKA_CONF_OK) return POSTERN_OK;
    return kit_fail(error, POSTERN_E_CONFIG, "see CONFIGURATION.md of librdkafka",
                    result == RD_KAFKA_CONF_UNKNOWN ? "librdkafka knows no setting \"%s\""
                                                    : "librdkafka does not take the value of \"%s\"",
                    name);
}

static postern_status set_integer(rd_kafka_conf_t *settings, const char *name, int64_t value,
                                  postern_error *error)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)value);
    return set(settings, name, digits, error);
}

static postern_status set_from_option(const postern_host *host, rd_kafka_conf_t *settings, const char *option,
                                      const char *name, postern_error *error)
{
    char *value = kit_option_string(host, option);
    postern_status status = value ? set(settings, name, value, error) : POSTERN_OK;
    broker_forget(value);
    return status;
}

/* ---- All of them ---- */

static postern_status set_servers(const postern_host *host, rd_kafka_conf_t *settings, postern_error *error)
{
    struct broker_server *servers;
    size_t count;
    char list[8192];
    struct kit_writer writer = kit_writer_in_buffer(list, sizeof list);
    postern_status status = broker_read_servers(host, "servers", PORT, &servers, &count, error);
    if (status < 0) return status;
    for (size_t i = 0; i < count; i++) {
        bool is_ipv6 = strchr(servers[i].host, ':') != NULL;
        kit_write_string(&writer, i ? (is_ipv6 ? ",[" : ",") : is_ipv6 ? "[" : "");
        kit_write_string(&writer, servers[i].host);
        kit_write_string(&writer, is_ipv6 ? "]:" : ":");
        kit_write_integer(&writer, servers[i].port);
    }
    kit_write(&writer, kit_span("", 1));
    free(servers);
    if (writer.failed) return kit_fail(error, POSTERN_E_CONFIG, NULL, "servers are more than 8 KiB");
    return set(settings, "bootstrap.servers", list, error);
}

/* The user's own; *sasl: a login is among them. */
static postern_status set_options(const postern_host *host, rd_kafka_conf_t *settings, bool *sasl,
                                  postern_error *error)
{
    postern_pair pair;
    postern_status status = POSTERN_OK;
    for (size_t i = 0; status >= 0 && host->option_pair(host, "options", i, &pair); i++) {
        const char *because = owned_because(pair.name);
        char *name = kit_string(pair.name);
        char *value = kit_string(pair.value);
        *sasl = *sasl || kit_is(pair.name, "sasl.mechanism") || kit_is(pair.name, "sasl.mechanisms");
        if (!name || !value)
            status = kit_no_memory(error);
        else if (because)
            status = kit_fail(error, POSTERN_E_CONFIG, because, "options may not have \"%s\"", name);
        else
            status = set(settings, name, value, error);
        free(name);
        broker_forget(value);
    }
    return status;
}

static postern_status set_ours(const postern_host *host, rd_kafka_conf_t *settings, bool sasl,
                               postern_error *error)
{
    bool tls = kit_option_integer(host, "tls") != 0;
    const char *protocol = tls ? (sasl ? "sasl_ssl" : "ssl") : sasl ? "sasl_plaintext" : "plaintext";
    postern_status status = set(settings, "security.protocol", protocol, error);
    if (status >= 0) status = set(settings, "enable.idempotence", "true", error);
    if (status >= 0)
        status =
            set_integer(settings, "delivery.timeout.ms", kit_option_integer(host, "delivery_timeout"), error);
    if (status >= 0)
        status = set_integer(settings, "message.max.bytes", kit_option_integer(host, "max_message"), error);
    if (status >= 0)
        status = set_integer(settings, "queue.buffering.max.kbytes",
                             kit_option_integer(host, "buffer") / 1024, error);
    if (status >= 0) status = set_integer(settings, "linger.ms", kit_option_integer(host, "linger"), error);
    if (status >= 0) status = set_from_option(host, settings, "compression", "compression.type", error);
    if (status >= 0) status = set_from_option(host, settings, "ca_file", "ssl.ca.location", error);
    if (status >= 0)
        status = set_from_option(host, settings, "client_certificate", "ssl.certificate.location", error);
    if (status >= 0) status = set_from_option(host, settings, "client_key", "ssl.key.location", error);
    return status;
}

postern_status kafka_settings(const postern_host *host, rd_kafka_conf_t **settings, postern_error *error)
{
    rd_kafka_conf_t *made = rd_kafka_conf_new();
    bool sasl = false;
    /* The user's may stand in the place of these two: Kafka's own way of choosing a partition by key. */
    postern_status status = set(made, "client.id", "postern", error);
    if (status >= 0) status = set(made, "partitioner", "murmur2_random", error);
    if (status >= 0) status = set_options(host, made, &sasl, error);
    if (status >= 0) status = set_ours(host, made, sasl, error);
    if (status >= 0) status = set_servers(host, made, error);
    if (status < 0)
        rd_kafka_conf_destroy(made);
    else
        *settings = made;
    return status;
}

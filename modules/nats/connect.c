#include "answer.h"
#include "nats_sink.h"
#include "refusal.h"
#include "shared/broker/option.h"
#include "shared/broker/server.h"
#include "shared/net/aside.h"
#include "shared/net/wait.h"
#include <stdlib.h>

#define PING_MS            10000
#define WRITE_DEADLINE_MS  900 /* a write ends within a second of being told to stop */
#define OUTPUT_BUFFER_SIZE 32768

/* One try, which the library makes as it likes: nothing in it is the sink's. */
struct attempt {
    natsOptions *options;
    char *nkey_seed;
    struct nats_refusal *refusal;
    natsConnection *connection;
    natsStatus status;
    char words[NATS_WORDS_SIZE]; /* of a failure, beside its status */
};

static void attempt_free(void *work)
{
    struct attempt *attempt = work;
    natsConnection_Destroy(attempt->connection);
    natsOptions_Destroy(attempt->options);
    nats_refusal_let_go(attempt->refusal);
    broker_forget(attempt->nkey_seed);
    free(attempt);
}

static natsStatus sign(char **text, unsigned char **signature, int *signature_size, const char *nonce,
                       void *closure)
{
    const struct attempt *attempt = closure;
    *text = NULL;
    return nats_Sign(attempt->nkey_seed, nonce, signature, signature_size);
}

static natsStatus set_login(const struct nats_sink *sink, struct attempt *attempt)
{
    natsOptions *options = attempt->options;
    natsStatus status = NATS_OK;
    if (sink->user)
        status = natsOptions_SetUserInfo(options, sink->user, sink->password ? sink->password : "");
    if (status == NATS_OK && sink->token) status = natsOptions_SetToken(options, sink->token);
    if (status == NATS_OK && sink->nkey) status = natsOptions_SetNKey(options, sink->nkey, sign, attempt);
    if (status == NATS_OK && sink->credentials)
        status = natsOptions_SetUserCredentialsFromFiles(options, sink->credentials, NULL);
    return status;
}

static natsStatus set_tls(const struct nats_sink *sink, natsOptions *options, const char *host)
{
    if (!sink->tls) return NATS_OK;
    natsStatus status = natsOptions_SetSecure(options, true);
    if (status == NATS_OK) status = natsOptions_SetExpectedHostname(options, host);
    if (status == NATS_OK && sink->ca_file)
        status = natsOptions_LoadCATrustedCertificates(options, sink->ca_file);
    if (status == NATS_OK && sink->certificate)
        status = natsOptions_LoadCertificatesChain(options, sink->certificate, sink->key);
    return status;
}

/* A connection that is lost is made anew by the core, which opens the sink again: so the library is not to.
 */
static natsStatus set_manners(const struct nats_sink *sink, natsOptions *options)
{
    natsStatus status = natsOptions_SetName(options, "postern");
    if (status == NATS_OK) status = natsOptions_SetAllowReconnect(options, false);
    if (status == NATS_OK) status = natsOptions_SetIgnoreDiscoveredServers(options, true);
    if (status == NATS_OK) status = natsOptions_SetTimeout(options, sink->connect_timeout_ms);
    if (status == NATS_OK) status = natsOptions_SetPingInterval(options, PING_MS);
    if (status == NATS_OK) status = natsOptions_SetMaxPingsOut(options, 2);
    if (status == NATS_OK) status = natsOptions_SetWriteDeadline(options, WRITE_DEADLINE_MS);
    if (status == NATS_OK) status = natsOptions_SetIOBufSize(options, OUTPUT_BUFFER_SIZE);
    return status;
}

static natsStatus prepare(const struct nats_sink *sink, const struct broker_server *server,
                          struct attempt *attempt)
{
    bool is_ipv6 = strchr(server->host, ':') != NULL;
    char url[320];
    snprintf(url, sizeof url, is_ipv6 ? "nats://[%s]:%d" : "nats://%s:%d", server->host, server->port);
    natsStatus status = natsOptions_Create(&attempt->options);
    if (status == NATS_OK) status = natsOptions_SetURL(attempt->options, url);
    if (status == NATS_OK) status = set_manners(sink, attempt->options);
    if (status == NATS_OK) status = set_login(sink, attempt);
    if (status == NATS_OK) status = set_tls(sink, attempt->options, server->host);
    return status;
}

/* The words of a failure are those of the thread that met it. */
static void connect_aside(void *work)
{
    struct attempt *attempt = work;
    attempt->status = nats_refusal_watch(attempt->refusal, attempt->options);
    if (attempt->status == NATS_OK)
        attempt->status = natsConnection_Connect(&attempt->connection, attempt->options);
    if (attempt->status != NATS_OK) {
        attempt->connection = NULL;
        nats_note_words((int)attempt->status, attempt->words);
        nats_refusal_let_go(attempt->refusal); /* for the connection that there is not */
    }
    nats_ReleaseThreadMemory();
}

static postern_status explain(const struct attempt *attempt, const struct broker_server *server,
                              postern_error *error)
{
    struct nats_verdict verdict = nats_judge_status((int)attempt->status);
    return kit_fail(error, verdict.status, verdict.remedy, "no connection to %s:%d: %s%s%s", server->host,
                    server->port, natsStatus_GetText(attempt->status), attempt->words[0] ? ": " : "",
                    attempt->words);
}

static struct attempt *attempt_new(const struct nats_sink *sink, const struct broker_server *server)
{
    struct attempt *attempt = calloc(1, sizeof *attempt);
    if (!attempt) return NULL;
    attempt->refusal = nats_refusal_new();
    attempt->nkey_seed = sink->nkey_seed ? strdup(sink->nkey_seed) : NULL;
    if (!attempt->refusal || (sink->nkey_seed && !attempt->nkey_seed)) {
        attempt_free(attempt);
        return NULL;
    }
    attempt->status = prepare(sink, server, attempt);
    nats_note_words((int)attempt->status, attempt->words);
    return attempt;
}

static postern_status try_server(struct nats_sink *sink, const struct broker_server *server,
                                 postern_error *error)
{
    static const struct net_aside connecting = {.run = connect_aside, .drop = attempt_free};
    struct attempt *attempt = attempt_new(sink, server);
    postern_status status = POSTERN_OK;
    if (!attempt) return kit_no_memory(error);
    if (attempt->status == NATS_OK)
        status = net_run_aside(sink->host, &connecting, attempt,
                               net_clock_ms() + sink->connect_timeout_ms + BROKER_PATIENCE_MS);
    if (status < 0) return broker_not_reached(server, status, error);
    if (attempt->status == NATS_OK) {
        sink->connection = attempt->connection;
        sink->refusal = attempt->refusal;
        attempt->connection = NULL;
        attempt->refusal = NULL;
    } else {
        status = explain(attempt, server, error);
    }
    attempt_free(attempt);
    return status;
}

postern_status nats_connect(struct nats_sink *sink, postern_error *error)
{
    postern_status status = POSTERN_E_RETRY;
    for (size_t i = 0; i < sink->server_count && status != POSTERN_E_CONFIG; i++) {
        if (sink->host->stopping(sink->host)) return POSTERN_E_STOPPED;
        status = try_server(sink, &sink->servers[sink->next_server], error);
        if (status >= 0 || status == POSTERN_E_STOPPED) return status;
        sink->next_server = (sink->next_server + 1) % sink->server_count;
    }
    return status;
}

void nats_disconnect(struct nats_sink *sink)
{
    natsConnection_Destroy(sink->connection);
    nats_refusal_let_go(sink->refusal);
    sink->connection = NULL;
    sink->refusal = NULL;
}

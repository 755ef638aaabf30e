#include "answer.h"
#include "nats_sink.h"
#include "shared/broker/server.h"
#include <stdlib.h>

#define PING_MS            10000
#define WRITE_DEADLINE_MS  900 /* a write ends within a second of being told to stop */
#define OUTPUT_BUFFER_SIZE 32768

/* The library calls this on a thread of its own; without it, it would write to stderr. */
static void on_error(natsConnection *connection, natsSubscription *subscription, natsStatus status,
                     void *closure)
{
    struct nats_sink *sink = closure;
    const char *words = NULL;
    (void)subscription;
    if (status != NATS_NOT_PERMITTED)
        return; /* what else happens shows in the answers, or in their absence */
    natsConnection_GetLastError(connection, &words);
    pthread_mutex_lock(&sink->lock);
    snprintf(sink->refusal, sizeof sink->refusal, "%s", words && *words ? words : "a permission is missing");
    pthread_mutex_unlock(&sink->lock);
}

bool nats_was_refused(struct nats_sink *sink, char words[256])
{
    pthread_mutex_lock(&sink->lock);
    snprintf(words, sizeof sink->refusal, "%s", sink->refusal);
    pthread_mutex_unlock(&sink->lock);
    return words[0] != '\0';
}

static natsStatus sign(char **text, unsigned char **signature, int *signature_size, const char *nonce,
                       void *closure)
{
    const struct nats_sink *sink = closure;
    *text = NULL;
    return nats_Sign(sink->nkey_seed, nonce, signature, signature_size);
}

static natsStatus set_login(struct nats_sink *sink, natsOptions *options)
{
    natsStatus status = NATS_OK;
    if (sink->user)
        status = natsOptions_SetUserInfo(options, sink->user, sink->password ? sink->password : "");
    if (status == NATS_OK && sink->token) status = natsOptions_SetToken(options, sink->token);
    if (status == NATS_OK && sink->nkey) status = natsOptions_SetNKey(options, sink->nkey, sign, sink);
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
static natsStatus set_manners(struct nats_sink *sink, natsOptions *options)
{
    natsStatus status = natsOptions_SetName(options, "postern");
    if (status == NATS_OK) status = natsOptions_SetAllowReconnect(options, false);
    if (status == NATS_OK) status = natsOptions_SetIgnoreDiscoveredServers(options, true);
    if (status == NATS_OK) status = natsOptions_SetTimeout(options, sink->connect_timeout_ms);
    if (status == NATS_OK) status = natsOptions_SetPingInterval(options, PING_MS);
    if (status == NATS_OK) status = natsOptions_SetMaxPingsOut(options, 2);
    if (status == NATS_OK) status = natsOptions_SetWriteDeadline(options, WRITE_DEADLINE_MS);
    if (status == NATS_OK) status = natsOptions_SetIOBufSize(options, OUTPUT_BUFFER_SIZE);
    if (status == NATS_OK) status = natsOptions_SetErrorHandler(options, on_error, sink);
    return status;
}

static natsStatus try_server(struct nats_sink *sink, const struct broker_server *server)
{
    natsOptions *options = NULL;
    bool is_ipv6 = strchr(server->host, ':') != NULL;
    char url[320];
    snprintf(url, sizeof url, is_ipv6 ? "nats://[%s]:%d" : "nats://%s:%d", server->host, server->port);
    natsStatus status = natsOptions_Create(&options);
    if (status == NATS_OK) status = natsOptions_SetURL(options, url);
    if (status == NATS_OK) status = set_manners(sink, options);
    if (status == NATS_OK) status = set_login(sink, options);
    if (status == NATS_OK) status = set_tls(sink, options, server->host);
    if (status == NATS_OK) status = natsConnection_Connect(&sink->connection, options);
    natsOptions_Destroy(options);
    return status;
}

static postern_status explain(natsStatus status, const struct broker_server *server, postern_error *error)
{
    struct nats_verdict verdict = nats_judge_status((int)status);
    const char *more = nats_GetLastError(NULL), *words = natsStatus_GetText(status);
    bool says_more = more && *more && strcmp(more, words) != 0;
    return kit_fail(error, verdict.status, verdict.remedy, "no connection to %s:%d: %s%s%s", server->host,
                    server->port, words, says_more ? ": " : "", says_more ? more : "");
}

postern_status nats_connect(struct nats_sink *sink, postern_error *error)
{
    postern_status status = POSTERN_E_RETRY;
    pthread_mutex_lock(&sink->lock);
    sink->refusal[0] = '\0';
    pthread_mutex_unlock(&sink->lock);
    for (size_t i = 0; i < sink->server_count && status != POSTERN_E_CONFIG; i++) {
        if (sink->host->stopping(sink->host)) return POSTERN_E_STOPPED;
        const struct broker_server *server = &sink->servers[sink->next_server];
        natsStatus answer = try_server(sink, server);
        if (answer == NATS_OK) return POSTERN_OK;
        sink->connection = NULL;
        if (sink->host->stopping(sink->host)) return POSTERN_E_STOPPED; /* it may have ended for that alone */
        sink->next_server = (sink->next_server + 1) % sink->server_count;
        status = explain(answer, server, error);
    }
    return status;
}

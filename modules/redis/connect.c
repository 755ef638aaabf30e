#include "redis_sink.h"
#include <stdlib.h>

/* ---- Being let in ---- */

/* A command that answers with a status. Its words may be secret: an error shows the server's first words
 * alone. */
static postern_status order(struct redis_sink *sink, const char *what, const postern_text *words,
                            size_t count, postern_error *error)
{
    struct resp_reply reply;
    postern_status status = redis_send_words(&sink->session, words, count, error);
    if (status >= 0) status = redis_next(&sink->session, &reply, error);
    if (status < 0 || reply.kind != RESP_ERROR) return status;
    return redis_refused(&sink->session, what, reply.text, error);
}

static postern_status authenticate(struct redis_sink *sink, postern_error *error)
{
    postern_text password, user;
    const postern_host *host = sink->host;
    if (!host->option_text(host, "password", &password)) return POSTERN_OK;
    if (!host->option_text(host, "user", &user))
        return order(sink, "AUTH", (const postern_text[]){KIT_TEXT("AUTH"), password}, 2, error);
    return order(sink, "AUTH", (const postern_text[]){KIT_TEXT("AUTH"), user, password}, 3, error);
}

static postern_status choose_database(struct redis_sink *sink, postern_error *error)
{
    char number[24];
    if (sink->database == 0) return POSTERN_OK;
    snprintf(number, sizeof number, "%lld", (long long)sink->database);
    return order(sink, "SELECT", (const postern_text[]){KIT_TEXT("SELECT"), kit_text(number)}, 2, error);
}

/* ---- What the server promises to keep ---- */

/* The value of a setting; empty if the server does not say. */
static postern_status get_setting(struct redis_sink *sink, const char *name, char value[32],
                                  postern_error *error)
{
    struct resp_reply reply;
    const postern_text words[] = {KIT_TEXT("CONFIG"), KIT_TEXT("GET"), kit_text(name)};
    value[0] = '\0';
    postern_status status = redis_send_words(&sink->session, words, 3, error);
    if (status >= 0) status = redis_next(&sink->session, &reply, error);
    if (status < 0 || reply.kind != RESP_ARRAY) return status;
    for (int64_t i = 0, count = reply.number; i < count && status >= 0; i++) {
        status = redis_next(&sink->session, &reply, error);
        if (status >= 0 && i == 1) snprintf(value, 32, "%.*s", (int)reply.text.size, reply.text.data);
    }
    return status;
}

/* Words on what a crash of the server takes, and how bad that is. */
static postern_status judge_durability(struct redis_sink *sink, int32_t *level, char words[256],
                                       postern_error *error)
{
    char only[32], sync[32];
    postern_status status = get_setting(sink, "appendonly", only, error);
    if (status >= 0) status = get_setting(sink, "appendfsync", sync, error);
    if (status < 0) return status;
    bool is_unknown = !only[0] || !sync[0];
    bool is_durable = strcmp(only, "yes") == 0 && strcmp(sync, "always") == 0;
    *level = is_durable ? POSTERN_LOG_INFO : is_unknown ? POSTERN_LOG_INFO : POSTERN_LOG_WARNING;
    if (is_unknown)
        snprintf(words, 256,
                 "the server does not say (CONFIG GET) whether entries survive its crash: they do with "
                 "appendonly yes and appendfsync always");
    else if (is_durable)
        snprintf(words, 256, "entries survive a crash of the server (appendonly yes, appendfsync always)");
    else
        snprintf(words, 256,
                 "entries that Redis acknowledged can be lost when it crashes: it has appendonly %s and "
                 "appendfsync %s. "
                 "Set appendonly yes and appendfsync always where that matters",
                 only, sync);
    return POSTERN_OK;
}

static postern_status tell_durability(struct redis_sink *sink, postern_error *error)
{
    int32_t level;
    char words[256];
    if (sink->durability_was_told) return POSTERN_OK;
    postern_status status = judge_durability(sink, &level, words, error);
    if (status >= 0 && sink->log) sink->log->write(sink->host, level, words);
    if (status >= 0) sink->durability_was_told = true;
    return status;
}

postern_status redis_connect(struct redis_sink *sink, postern_error *error)
{
    postern_status status = redis_session_open(&sink->session, &sink->net, &sink->target, error);
    if (status >= 0) status = authenticate(sink, error);
    if (status >= 0) status = order(sink, "PING", (const postern_text[]){KIT_TEXT("PING")}, 1, error);
    if (status >= 0) status = choose_database(sink, error);
    if (status >= 0) status = tell_durability(sink, error);
    if (status < 0) redis_session_close(&sink->session);
    return status;
}

/* ---- For `sink test` ---- */

postern_status redis_probe(void *self, const postern_call *call, const postern_report *report,
                           postern_error *error)
{
    struct redis_sink *sink = self;
    int32_t level;
    char words[NET_DESCRIPTION_SIZE];
    (void)call;
    net_describe(sink->session.connection, words);
    kit_say(report, POSTERN_LOG_INFO, NULL, "%s: %s", sink->target.name, words);
    postern_status status = judge_durability(sink, &level, words, error);
    if (status >= 0) kit_say(report, level, NULL, "%s", words);
    return status;
}

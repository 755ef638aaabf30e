#include "session.h"
#include <stdlib.h>

#define FIRST_CAPACITY ((size_t)64 << 10)
/* No reply that we ask for is longer: entries that are looked for come in pieces. */
#define MOST_BYTES ((size_t)64 << 20)

postern_status redis_session_open(struct redis_session *session, const struct net_settings *settings,
                                  const struct net_target *target, postern_error *error)
{
    *session = (struct redis_session){.settings = settings, .target = target};
    return net_open(settings, target, &session->connection, error);
}

void redis_session_close(struct redis_session *session)
{
    net_close(session->connection);
    free(session->bytes);
    *session = (struct redis_session){0};
}

postern_status redis_send(struct redis_session *session, postern_text commands, postern_error *error)
{
    return net_send(session->connection, commands, error);
}

postern_status redis_send_words(struct redis_session *session, const postern_text *words, size_t count,
                                postern_error *error)
{
    char buffer[4096];
    struct kit_writer writer = kit_writer_in_buffer(buffer, sizeof buffer);
    resp_write_count(&writer, count);
    for (size_t i = 0; i < count; i++)
        resp_write_word(&writer, words[i]);
    if (writer.failed)
        return kit_fail(error, POSTERN_E_CONFIG, NULL, "%s: a password, user or key is too long",
                        session->target->name);
    return redis_send(session, kit_span(buffer, writer.size), error);
}

/* ---- Replies ---- */

static postern_status make_room(struct redis_session *session, postern_error *error)
{
    if (session->bytes && session->begin) {
        memmove(session->bytes, session->bytes + session->begin, session->end - session->begin);
        session->end -= session->begin;
        session->begin = 0;
    }
    if (session->end < session->capacity) return POSTERN_OK;
    size_t capacity = session->capacity ? session->capacity * 2 : FIRST_CAPACITY;
    char *grown = capacity <= MOST_BYTES ? realloc(session->bytes, capacity) : NULL;
    if (!grown && capacity > MOST_BYTES)
        return kit_fail(error, POSTERN_E_RETRY, NULL, "%s: a reply is longer than 64 MiB",
                        session->target->name);
    if (!grown) return kit_no_memory(error);
    session->bytes = grown;
    session->capacity = capacity;
    return POSTERN_OK;
}

static postern_status receive_more(struct redis_session *session, postern_error *error)
{
    size_t received;
    postern_status status = make_room(session, error);
    if (status >= 0)
        status =
            net_receive(session->connection, session->settings->timeout_ms, session->bytes + session->end,
                        session->capacity - session->end, &received, error);
    if (status >= 0) session->end += received;
    return status;
}

postern_status redis_next(struct redis_session *session, struct resp_reply *reply, postern_error *error)
{
    for (;;) {
        size_t size = 0;
        enum resp_reading reading = RESP_PARTIAL;
        if (session->bytes) /* nothing was received before the first answer */
            reading = resp_read(kit_between(session->bytes + session->begin, session->bytes + session->end),
                                reply, &size);
        session->begin += size;
        if (reading == RESP_WHOLE) return POSTERN_OK;
        if (reading == RESP_INVALID)
            return kit_fail(
                error, POSTERN_E_CONFIG,
                "the target says Redis: see that one listens there, with TLS (rediss://) or without "
                "(redis://)",
                "%s: the answer is not Redis's", session->target->name);
        postern_status status = receive_more(session, error);
        if (status < 0) return status;
    }
}

postern_status redis_skip(struct redis_session *session, const struct resp_reply *reply, postern_error *error)
{
    int64_t left = reply->kind == RESP_ARRAY && !reply->absent ? reply->number : 0;
    while (left > 0) {
        struct resp_reply item;
        postern_status status = redis_next(session, &item, error);
        if (status < 0) return status;
        left += (item.kind == RESP_ARRAY && !item.absent ? item.number : 0) - 1;
    }
    return POSTERN_OK;
}

/* ---- Refusals ---- */

bool redis_says(postern_text refusal, const char *word)
{
    size_t size = strlen(word);
    return kit_starts_with(refusal, word) && (refusal.size == size || refusal.data[size] == ' ');
}

/* What is not here, and ERR, is tried again. */
static const struct {
    const char *word, *remedy;
} settings_to_mend[] = {
    {"NOAUTH", "set password (and user, if the server has ACL users)"},
    {"WRONGPASS", "see user and password"},
    {"NOPERM",
     "let the user run MULTI, EXEC, XADD, XRANGE and XINFO on this key, and DEL for sink test (ACL SETUSER "
     "... +@stream +@transaction +del ~key*)"},
    {"WRONGTYPE", "the key holds something that is no stream: choose another key"},
    {"MOVED", "the server is one of a cluster: name the node that holds the key's slot as target (CLUSTER "
              "KEYSLOT, CLUSTER NODES)"},
    {"ASK", "the server is one of a cluster that moves this key's slot: wait, or name the other node"},
    {"CROSSSLOT", "the keys lie on different nodes of a cluster: use one key"},
    {"ERR DB", "see database: the server has fewer (databases in redis.conf)"},
    {"ERR invalid DB", "see database: the server has fewer (databases in redis.conf)"},
    {"ERR SELECT", "a cluster has only database 0"},
    {"ERR AUTH", "the server wants no password, or has no ACL users: see user and password"},
    {"ERR unknown", "the server is older than 5.0, or its administrator has renamed a command"},
    {"ERR wrong number of arguments for 'auth'", "the server is older than 6.0 and knows no users"},
};

postern_status redis_refused(const struct redis_session *session, const char *what, postern_text refusal,
                             postern_error *error)
{
    const char *remedy = NULL;
    for (size_t i = 0; i < sizeof settings_to_mend / sizeof *settings_to_mend && !remedy; i++)
        if (redis_says(refusal, settings_to_mend[i].word)) remedy = settings_to_mend[i].remedy;
    return kit_fail(error, remedy ? POSTERN_E_CONFIG : POSTERN_E_RETRY, remedy, "%s: %s: %.*s",
                    session->target->name, what, (int)(refusal.size < 200 ? refusal.size : 200),
                    refusal.data);
}

/* One connection to Redis: commands go out together, replies come in their order. */
#ifndef REDIS_SESSION_H
#define REDIS_SESSION_H

#include "resp.h"
#include "shared/net/connection.h"

struct redis_session {
    const struct net_settings *settings;
    const struct net_target *target;
    struct net_connection *connection; /* NULL = closed */
    char *bytes;                       /* what came; before `begin` it has been read */
    size_t begin, end, capacity;
};

postern_status redis_session_open(struct redis_session *session, const struct net_settings *settings,
                                  const struct net_target *target, postern_error *error);
void redis_session_close(struct redis_session *session);

postern_status redis_send(struct redis_session *session, postern_text commands, postern_error *error);
/* A command of plain words, ending with NULL. */
postern_status redis_send_words(struct redis_session *session, const postern_text *words, size_t count,
                                postern_error *error);
/* The next reply or item; its text lives until the next call. */
postern_status redis_next(struct redis_session *session, struct resp_reply *reply, postern_error *error);
/* Steps over the items of a reply that was read, whatever they hold. */
postern_status redis_skip(struct redis_session *session, const struct resp_reply *reply,
                          postern_error *error);

/* What an error of Redis means: POSTERN_E_RETRY or POSTERN_E_CONFIG with a remedy. `what` is what was tried.
 */
postern_status redis_refused(const struct redis_session *session, const char *what, postern_text refusal,
                             postern_error *error);
/* True if the refusal begins with this word: "NOPERM". */
bool redis_says(postern_text refusal, const char *word);

#endif

/* RELP over a connection: numbered commands, each of which is answered. */
#ifndef SYSLOG_RELP_H
#define SYSLOG_RELP_H

#include "relp_answer.h"
#include "shared/net/connection.h"

struct relp_session {
    uint32_t next_number;
    char bytes[2 * RELP_ANSWER_LIMIT]; /* what came; before `begin` it has been read */
    size_t begin, end;
};

#define RELP_HEADER_ROOM 48

/* Agrees on the protocol; to be called on a new connection. */
postern_status relp_greet(struct relp_session *session, struct net_connection *connection, const char *name,
                          int64_t wait_ms, postern_error *error);
/* Says goodbye, and waits a moment for the answer. */
void relp_leave(struct relp_session *session, struct net_connection *connection);

/* Writes the head of a command to `place`; its data and a line end come behind it. Returns the head's size.
 */
size_t relp_write_head(struct relp_session *session, const char *command, size_t data_size,
                       char place[RELP_HEADER_ROOM], uint32_t *number);
/* Waits for the next answer. The texts live until the next call. A receiver that wants to close the
 * connection is a failure. */
postern_status relp_next_answer(struct relp_session *session, struct net_connection *connection,
                                const char *name, int64_t wait_ms, struct relp_answer *answer,
                                postern_error *error);
/* How many commands before `number` the command `earlier` was sent; numbers wrap. */
uint32_t relp_distance(uint32_t earlier, uint32_t number);

#endif

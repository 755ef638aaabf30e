#include "relp.h"

#define LEAVE_MS 1000
#define NO_RELP_REMEDY                                                                                       \
    "the target says RELP: see that the receiver listens with RELP there, with TLS (relps://) or without "   \
    "(relp://)"

static uint32_t take_number(struct relp_session *session)
{
    uint32_t number = session->next_number;
    session->next_number = number == RELP_HIGHEST_NUMBER ? 1 : number + 1;
    return number;
}

uint32_t relp_distance(uint32_t earlier, uint32_t number)
{
    return number >= earlier ? number - earlier : number + RELP_HIGHEST_NUMBER - earlier;
}

size_t relp_write_head(struct relp_session *session, const char *command, size_t data_size,
                       char place[RELP_HEADER_ROOM], uint32_t *number)
{
    *number = take_number(session);
    int size =
        snprintf(place, RELP_HEADER_ROOM, "%u %s %zu%s", *number, command, data_size, data_size ? " " : "");
    return size > 0 ? (size_t)size : 0;
}

static postern_status send_command(struct relp_session *session, struct net_connection *connection,
                                   const char *command, postern_text data, uint32_t *number,
                                   postern_error *error)
{
    char bytes[512];
    struct kit_writer writer = kit_writer_in_buffer(bytes, sizeof bytes);
    char *head = kit_reserve(&writer, RELP_HEADER_ROOM);
    writer.size = relp_write_head(session, command, data.size, head, number);
    kit_write(&writer, data);
    kit_write_string(&writer, "\n");
    return net_send(connection, kit_span(bytes, writer.size), error);
}

/* ---- Answers ---- */

static postern_status receive_more(struct relp_session *session, struct net_connection *connection,
                                   int64_t wait_ms, postern_error *error)
{
    size_t received;
    memmove(session->bytes, session->bytes + session->begin, session->end - session->begin);
    session->end -= session->begin;
    session->begin = 0;
    postern_status status = net_receive(connection, wait_ms, session->bytes + session->end,
                                        sizeof session->bytes - session->end, &received, error);
    if (status >= 0) session->end += received;
    return status;
}

postern_status relp_next_answer(struct relp_session *session, struct net_connection *connection,
                                const char *name, int64_t wait_ms, struct relp_answer *answer,
                                postern_error *error)
{
    for (;;) {
        size_t size;
        postern_text rest = kit_span(session->bytes + session->begin, session->end - session->begin);
        enum relp_reading reading = relp_answer_read(rest, answer, &size);
        if (reading == RELP_INVALID || (reading == RELP_PARTIAL && rest.size == sizeof session->bytes))
            return kit_fail(error, POSTERN_E_CONFIG, NO_RELP_REMEDY, "%s: the answer is no RELP", name);
        if (reading == RELP_PARTIAL) {
            postern_status status = receive_more(session, connection, wait_ms, error);
            if (status < 0) return status;
            continue;
        }
        session->begin += size;
        if (kit_is(answer->command, "rsp")) return POSTERN_OK;
        return kit_fail(error, POSTERN_E_RETRY, NULL, "%s: the receiver ends the session (%.*s)", name,
                        (int)answer->command.size, answer->command.data);
    }
}

/* ---- Beginning and end ---- */

postern_status relp_greet(struct relp_session *session, struct net_connection *connection, const char *name,
                          int64_t wait_ms, postern_error *error)
{
    uint32_t number;
    struct relp_answer answer;
    *session = (struct relp_session){.next_number = 1};
    postern_status status =
        send_command(session, connection, "open",
                     KIT_TEXT("relp_version=1\nrelp_software=postern\ncommands=syslog"), &number, error);
    if (status >= 0) status = relp_next_answer(session, connection, name, wait_ms, &answer, error);
    if (status == POSTERN_E_RETRY) snprintf(error->remedy, sizeof error->remedy, "%s", NO_RELP_REMEDY);
    if (status < 0) return status;
    if (answer.number == number && answer.code == 200) return POSTERN_OK;
    return kit_fail(error, POSTERN_E_CONFIG, "the receiver's log says more",
                    "%s: the receiver does not open a session: %d %.*s", name, answer.code,
                    (int)answer.text.size, answer.text.size ? answer.text.data : "");
}

void relp_leave(struct relp_session *session, struct net_connection *connection)
{
    uint32_t number;
    struct relp_answer answer;
    if (send_command(session, connection, "close", kit_span(NULL, 0), &number, NULL) < 0) return;
    while (relp_next_answer(session, connection, "", LEAVE_MS, &answer, NULL) >= 0 && answer.number != number)
        ;
}

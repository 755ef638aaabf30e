/* One event as a syslog message: RFC 5424, or RFC 3164 for receivers that insist. */
#ifndef SYSLOG_MESSAGE_H
#define SYSLOG_MESSAGE_H

#include <postern/kit.h>

/* What stands in a message; texts are templates and live as long as the host. */
struct message_form {
    const postern_host *host;
    bool is_5424, bom, truncates;
    int facility, severity;
    postern_text host_name, app, procid, msgid, prefix;
    postern_text message;        /* empty = the event as it is */
    postern_text sd_id;          /* "-" = no structured data */
    postern_text severity_field; /* a path with dots between; empty = none */
    size_t limit;
    char machine[256];
};

#define MOST_STRUCTURED_DATA 32

/* From the options; it must stay where it is. POSTERN_E_CONFIG for what their table cannot say. */
postern_status message_form_read(const postern_host *host, struct message_form *form, postern_error *error);

/* Writes the message into the empty `writer`, which has room for the limit. POSTERN_E_LIMIT if it does not
 * fit: then it is to be rejected with message_too_long; or POSTERN_E_MEMORY. */
postern_status message_write(const struct message_form *form, const postern_sink_event *event,
                             struct kit_writer *writer);

/* The same words for every event, so that the core sees when it concerns all of them. */
void message_too_long(const struct message_form *form, char words[160]);

#endif

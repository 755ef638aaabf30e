/* The sink "syslog": messages of RFC 5424 or 3164 over UDP, TCP, TLS, a UNIX socket or RELP.
 *
 *   sink.c         the sink's functions: open, write, idle, close
 *   options.c      what the user may set
 *   form.c         what a message looks like, out of the options
 *   message.c      one event as a message
 *   priority.c     facilities and severities by name
 *   framing.c      where a message ends in a stream
 *   targets.c      which target is next, and when to go back to a better one
 *   link.c         the connection in use: fail-over, idle close, sending again what may be lost
 *   recent.c       what was sent over a stream and may still be lost
 *   common.c       an event's message, rejected if it is too long; the log
 *   transports.c   a batch over a stream or as datagrams
 *   relp_batch.c   a batch over RELP, with a window of unanswered messages
 *   relp_refusals.c how often each message of a batch was refused
 *   relp.c         commands of RELP and their answers
 *   relp_answer.c  an answer of RELP out of bytes
 */
#ifndef SYSLOG_SINK_H
#define SYSLOG_SINK_H

#include "framing.h"
#include "message.h"
#include "recent.h"
#include "relp.h"
#include "relp_refusals.h"
#include "shared/net/connection.h"
#include "targets.h"

/* What is spoken over a connection: net_scheme.meaning. */
enum speech { SPEECH_SYSLOG, SPEECH_RELP };

struct syslog_sink {
    const postern_host *host;
    const postern_log *log;
    struct net_settings net;
    struct message_form form;
    struct targets targets;
    enum framing framing;
    int64_t idle_close_ms, resend_age_ms, window;
    struct net_connection *connection; /* NULL = none */
    bool is_fresh;                     /* nothing was sent over it yet */
    struct relp_session relp;
    struct recent recent;
    struct relp_refusals refusals;
    int64_t refusals_most; /* then an event is given up; tries that did not get so far do not count */
    int64_t used_ms;       /* when something was sent last */
    int64_t next_try_ms;   /* in quiet hours: when to look for a receiver again */
    int64_t pause_ms;
    bool promise_was_told; /* what arrives, in the log */
    char *message;         /* room for one, form.limit bytes */
    char *out;             /* framed bytes on their way to the system */
    size_t out_size, out_capacity;
};

extern const postern_option *const syslog_options[];
extern const struct net_scheme syslog_schemes[];

static inline bool speaks_relp(const struct syslog_sink *sink)
{
    return targets_current(&sink->targets)->scheme->meaning == SPEECH_RELP;
}

/* common.c */
void syslog_log(const struct syslog_sink *sink, int32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The event's message in sink->message; rejected if it is too long (then *message is empty). */
postern_status make_message(struct syslog_sink *sink, const postern_batch *batch, size_t index,
                            postern_result *result, postern_text *message);

/* link.c */
/* Connects to the first target that works. What may be lost with an earlier connection is sent again. */
postern_status link_open(struct syslog_sink *sink, const postern_call *call, postern_error *error);
/* A connection that works as far as one can see: opened anew if it ended meanwhile, or if a better target is
 * due to be tried. */
postern_status link_ready(struct syslog_sink *sink, const postern_call *call, postern_error *error);
/* The connection failed: what may be lost is marked, and the target rests. */
void link_break(struct syslog_sink *sink, const postern_call *call);
/* Ends it in order; without traffic that also tells whether the receiver has read everything. */
void link_end(struct syslog_sink *sink);
/* Nothing is sent for a while: notices a connection that ended, sends what may be lost again. */
void link_keep(struct syslog_sink *sink, const postern_call *call);

/* What arrives with the connection in use, in honest words. */
const char *link_promise(const struct syslog_sink *sink);

/* transports.c */
/* Sends every event of the batch that is not rejected; what it returns is write's. */
postern_status send_batch(struct syslog_sink *sink, const postern_call *call, const postern_batch *batch,
                          postern_result *result, postern_error *error);
/* Sends again what may be lost. */
postern_status send_lost(struct syslog_sink *sink, const postern_call *call, postern_error *error);
/* relp_batch.c: the same over RELP */
postern_status relp_send_lost(struct syslog_sink *sink, const postern_call *call, postern_error *error);
postern_status relp_send_batch(struct syslog_sink *sink, const postern_call *call, const postern_batch *batch,
                               postern_result *result, postern_error *error);

#endif

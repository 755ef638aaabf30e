#include "syslog_sink.h"

/* So long the receiver may take to end a connection that we end: then it has read everything. */
#define FINISH_MS 2000
/* In quiet hours a receiver that cannot be reached is looked for after so long, then after twice as long ...
 */
#define FIRST_PAUSE_MS 1000
#define MOST_PAUSE_MS  60000

/* ---- What arrives, in words ---- */

const char *link_promise(const struct syslog_sink *sink)
{
    if (speaks_relp(sink))
        return "each message counts as delivered once the receiver has acknowledged it; after a broken "
               "connection some come twice, with the same id";
    if (net_is_stream(sink->connection))
        return "messages reach the receiver's operating system at least once; if the receiver crashes it may "
               "lose what it had not written. Use relp where loss matters";
    return "datagrams: nobody knows what arrives. Use relp where loss matters, tcp or tls at least";
}

static void tell_promise(struct syslog_sink *sink)
{
    bool is_datagrams = !net_is_stream(sink->connection);
    if (sink->promise_was_told) return;
    sink->promise_was_told = true;
    syslog_log(sink, is_datagrams ? POSTERN_LOG_WARNING : POSTERN_LOG_INFO, "connected to %s; %s",
               targets_current(&sink->targets)->name, link_promise(sink));
}

/* ---- One connection ---- */

/* To the target that is current now. */
static postern_status connect_current(struct syslog_sink *sink, postern_error *error)
{
    const struct net_target *place = targets_current(&sink->targets);
    postern_status status = net_open(&sink->net, place, &sink->connection, error);
    if (status >= 0 && speaks_relp(sink))
        status = relp_greet(&sink->relp, sink->connection, place->name, sink->net.connect_timeout_ms, error);
    sink->is_fresh = true;
    if (status >= 0) return status;
    net_close(sink->connection);
    sink->connection = NULL;
    return status;
}

static void close_connection(struct syslog_sink *sink)
{
    net_close(sink->connection);
    sink->connection = NULL;
}

void link_end(struct syslog_sink *sink)
{
    if (!sink->connection) return;
    if (speaks_relp(sink))
        relp_leave(&sink->relp, sink->connection);
    else if (net_is_stream(sink->connection) && net_finish(sink->connection, FINISH_MS))
        recent_clear(&sink->recent);
    else
        recent_lose(&sink->recent, 0);
    close_connection(sink);
}

void link_break(struct syslog_sink *sink, const postern_call *call)
{
    if (!sink->connection) return;
    bool ended = net_has_ended(sink->connection);
    recent_lose(&sink->recent, ended ? call->steady_ms - sink->resend_age_ms : 0);
    targets_note_failure(&sink->targets, sink->targets.current, call->steady_ms);
    close_connection(sink);
}

/* ---- The first that works ---- */

static postern_status use(struct syslog_sink *sink, const postern_call *call, postern_error *error)
{
    size_t lost = recent_count_lost(&sink->recent);
    tell_promise(sink);
    sink->used_ms = call->steady_ms;
    if (lost == 0) return POSTERN_OK;
    postern_status status = send_lost(sink, call, error);
    if (status < 0)
        link_break(sink, call);
    else
        syslog_log(sink, POSTERN_LOG_INFO,
                   "%zu messages that may have been lost with the last connection were sent again", lost);
    return status;
}

static postern_status try_target(struct syslog_sink *sink, size_t index, const postern_call *call,
                                 postern_error *error)
{
    size_t before = sink->targets.current;
    sink->targets.current = index;
    postern_status status = connect_current(sink, error);
    if (status < 0) {
        targets_note_failure(&sink->targets, index, call->steady_ms);
        sink->targets.current = before;
        return status;
    }
    if (index != before)
        syslog_log(sink, index < before ? POSTERN_LOG_INFO : POSTERN_LOG_WARNING,
                   "messages go to %s from now on, not to %s", targets_current(&sink->targets)->name,
                   sink->targets.entries[before].place.name);
    return use(sink, call, error);
}

static void add_words(const struct syslog_sink *sink, postern_error *error)
{
    size_t size = strlen(error->message);
    if (sink->targets.count > 1)
        snprintf(error->message + size, sizeof error->message - size, "; no other target works either");
}

/* The error is that of the first target in the user's order. */
postern_status link_open(struct syslog_sink *sink, const postern_call *call, postern_error *error)
{
    size_t order[MOST_TARGETS], told = MOST_TARGETS;
    postern_status status = POSTERN_E_RETRY;
    targets_order(&sink->targets, call->steady_ms, order);
    for (size_t i = 0; i < sink->targets.count; i++) {
        postern_error found = {.size = sizeof found};
        postern_status tried = try_target(sink, order[i], call, &found);
        if (tried >= 0) return tried;
        if (order[i] < told) {
            status = tried;
            told = order[i];
            *error = found;
        }
        if (tried == POSTERN_E_STOPPED) return tried;
    }
    add_words(sink, error);
    return status;
}

/* ---- Between batches ---- */

/* The connection in use is kept until the better target works. */
static void try_better(struct syslog_sink *sink, const postern_call *call)
{
    size_t index, before = sink->targets.current;
    postern_error error = {.size = sizeof error};
    struct net_connection *current = sink->connection;
    struct relp_session session = sink->relp;
    if (!current || !targets_better(&sink->targets, call->steady_ms, &index)) return;
    sink->connection = NULL;
    sink->targets.current = index;
    if (connect_current(sink, &error) < 0) {
        targets_note_failure(&sink->targets, index, call->steady_ms);
        sink->targets.current = before;
        sink->connection = current;
        sink->relp = session;
        return;
    }
    struct net_connection *better = sink->connection;
    struct relp_session better_session = sink->relp;
    sink->connection = current;
    sink->relp = session;
    sink->targets.current = before;
    link_end(sink);
    sink->targets.current = index;
    sink->connection = better;
    sink->relp = better_session;
    syslog_log(sink, POSTERN_LOG_INFO, "messages go to %s again", targets_current(&sink->targets)->name);
}

static postern_status check(struct syslog_sink *sink, postern_error *error)
{
    struct relp_answer answer;
    if (!speaks_relp(sink)) return net_check(sink->connection, error);
    /* Nothing is unanswered: what comes now is the end. */
    if (!net_has_news(sink->connection)) return POSTERN_OK;
    return relp_next_answer(&sink->relp, sink->connection, targets_current(&sink->targets)->name, 0, &answer,
                            error);
}

postern_status link_ready(struct syslog_sink *sink, const postern_call *call, postern_error *error)
{
    try_better(sink, call);
    if (sink->connection) {
        postern_status status = check(sink, error);
        if (status >= 0 && !recent_has_lost(&sink->recent)) return status;
        if (status == POSTERN_E_STOPPED) return status;
        if (status >= 0) return use(sink, call, error);
        link_break(sink, call);
        if (status == POSTERN_E_CONFIG && sink->targets.count == 1) return status;
    }
    return link_open(sink, call, error);
}

/* In quiet hours nobody else would send again what may be lost. */
static void look_for_receiver(struct syslog_sink *sink, const postern_call *call)
{
    postern_error error = {.size = sizeof error};
    if (!recent_has_lost(&sink->recent) || call->steady_ms < sink->next_try_ms) return;
    if (link_ready(sink, call, &error) >= 0) {
        sink->pause_ms = 0;
        return;
    }
    if (sink->pause_ms == 0)
        syslog_log(sink, POSTERN_LOG_WARNING, "%zu messages may be lost and are to be sent again: %s",
                   recent_count_lost(&sink->recent), error.message);
    sink->pause_ms = sink->pause_ms == 0 ? FIRST_PAUSE_MS : sink->pause_ms * 2;
    if (sink->pause_ms > MOST_PAUSE_MS) sink->pause_ms = MOST_PAUSE_MS;
    sink->next_try_ms = call->steady_ms + sink->pause_ms;
}

void link_keep(struct syslog_sink *sink, const postern_call *call)
{
    postern_error error = {.size = sizeof error};
    try_better(sink, call);
    if (sink->connection && check(sink, &error) < 0) {
        syslog_log(sink, POSTERN_LOG_INFO, "%s", error.message);
        link_break(sink, call);
    }
    bool is_quiet = sink->idle_close_ms && call->steady_ms - sink->used_ms >= sink->idle_close_ms;
    if (sink->connection && is_quiet) link_end(sink);
    look_for_receiver(sink, call);
}

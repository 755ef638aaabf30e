/* A batch over a stream or as datagrams. */
#include "syslog_sink.h"

static postern_status flush(struct syslog_sink *sink, postern_error *error)
{
    postern_status status = net_send(sink->connection, kit_span(sink->out, sink->out_size), error);
    sink->out_size = 0;
    return status;
}

static postern_status send_framed(struct syslog_sink *sink, postern_text message, postern_error *error)
{
    postern_status status = POSTERN_OK;
    if (sink->out_size + framing_most(message) > sink->out_capacity) status = flush(sink, error);
    if (status >= 0) sink->out_size += framing_write(sink->framing, message, sink->out + sink->out_size);
    return status;
}

/* A receiver that cannot read what we say mostly closes the connection at once. So long it is waited for that
 * behind the first messages on a connection, before they count as delivered. */
#define SECOND_THOUGHT_MS 200

static postern_status hear_refusal(struct syslog_sink *sink, postern_error *error)
{
    bool is_tls = targets_current(&sink->targets)->scheme->transport == NET_TLS;
    if (!sink->is_fresh) return POSTERN_OK;
    postern_status status = net_listen(sink->connection, SECOND_THOUGHT_MS, error);
    if (status == POSTERN_E_RETRY)
        return kit_fail(
            error, status,
            is_tls ? "see in its log whether it wants another framing (octet counting, which RFC 5425 "
                     "demands, or newline)"
                   : "the target says no TLS, and the port may be one with TLS (tls://), or it wants "
                     "the other framing (octet or newline); its log says more",
            "%s: the receiver closed the connection after the first messages",
            targets_current(&sink->targets)->name);
    sink->is_fresh = status < 0;
    return status;
}

static postern_status send_on_stream(struct syslog_sink *sink, const postern_call *call,
                                     const postern_batch *batch, postern_result *result, postern_error *error)
{
    postern_status status = POSTERN_OK;
    sink->out_size = 0;
    for (size_t i = 0; i < batch->count && status >= 0; i++) {
        postern_text message;
        status = make_message(sink, batch, i, result, &message);
        if (status >= 0 && message.size) status = send_framed(sink, message, error);
        if (status >= 0 && message.size && !recent_add(&sink->recent, message)) status = kit_no_memory(error);
    }
    if (status >= 0) status = flush(sink, error);
    if (status >= 0) status = net_drain(sink->connection, error);
    if (status >= 0) status = hear_refusal(sink, error);
    if (status >= 0) recent_confirm(&sink->recent, call->steady_ms);
    return status;
}

/* A datagram over UDP is delivered once it is sent: a refusal of an earlier one, which its successor meets,
 * is no reason to send all of them again. Over a UNIX socket the receiver must have taken it first. */
static postern_status send_datagrams(struct syslog_sink *sink, const postern_batch *batch,
                                     postern_result *result, postern_error *error)
{
    bool is_udp = targets_current(&sink->targets)->scheme->transport == NET_UDP;
    postern_status status = POSTERN_OK;
    for (size_t i = 0; i < batch->count && status >= 0; i++) {
        postern_text message;
        status = make_message(sink, batch, i, result, &message);
        if (status < 0 || message.size == 0) continue;
        status = net_send(sink->connection, message, error);
        if (status == NET_TOO_LONG)
            status = result->reject(result, i,
                                    "the message is longer than a datagram can be: lower max_size and set "
                                    "too_long = \"truncate\", or use tcp, tls or relp");
        else if (status >= 0 && is_udp)
            status = result->accept(result, i);
    }
    return status < 0 ? status : net_drain(sink->connection, error);
}

static postern_status send_lost_plainly(struct syslog_sink *sink, postern_error *error)
{
    size_t at = 0;
    postern_text message;
    postern_status status = POSTERN_OK;
    bool is_stream = net_is_stream(sink->connection);
    sink->out_size = 0;
    while (status >= 0 && recent_next_lost(&sink->recent, &at, &message)) {
        status = is_stream ? send_framed(sink, message, error) : net_send(sink->connection, message, error);
        if (status == NET_TOO_LONG) status = POSTERN_OK; /* it came over a stream once; this target cannot */
    }
    if (status >= 0 && is_stream) status = flush(sink, error);
    return status < 0 ? status : net_drain(sink->connection, error);
}

postern_status send_lost(struct syslog_sink *sink, const postern_call *call, postern_error *error)
{
    postern_status status =
        speaks_relp(sink) ? relp_send_lost(sink, call, error) : send_lost_plainly(sink, error);
    if (status >= 0) recent_found(&sink->recent, call->steady_ms);
    return status;
}

postern_status send_batch(struct syslog_sink *sink, const postern_call *call, const postern_batch *batch,
                          postern_result *result, postern_error *error)
{
    if (speaks_relp(sink)) return relp_send_batch(sink, call, batch, result, error);
    return net_is_stream(sink->connection) ? send_on_stream(sink, call, batch, result, error)
                                           : send_datagrams(sink, batch, result, error);
}

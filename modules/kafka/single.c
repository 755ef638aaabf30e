#include "produce.h"
#include "report.h"
#include "shared/broker/log.h"

/* No other write sends now, so no record batch has messages of another. A flush does not linger. */
static void await_all(struct producing *producing)
{
    while (kafka_pending(producing)) {
        rd_kafka_flush(producing->sink->handle, KAFKA_POLL_MS);
        kafka_give_up_if_late(producing);
    }
}

/* Sends these, and puts into their place those that were refused with others; how many. */
static size_t send_part(struct producing *producing, size_t *part, size_t count)
{
    pthread_mutex_lock(&producing->sink->lock);
    producing->refused = part; /* no report comes before its message was sent: it overtakes nothing unread */
    producing->refused_count = 0;
    producing->alone = count == 1;
    pthread_mutex_unlock(&producing->sink->lock);
    for (size_t i = 0; i < count; i++)
        kafka_produce(producing, part[i]);
    await_all(producing);
    return producing->refused_count;
}

/* By halves, in order. Ends where something fails that is not about events: the next write goes on. */
static void narrow(struct producing *producing, size_t *part, size_t count, size_t failed_before)
{
    size_t half = count / 2;
    size_t *const parts[] = {part, part + half};
    const size_t counts[] = {half, count - half};
    for (int i = 0; i < 2; i++) {
        if (counts[i] == 0 || producing->given_up || producing->tally.failed > failed_before) continue;
        size_t left = send_part(producing, parts[i], counts[i]);
        if (left) narrow(producing, parts[i], left, failed_before);
    }
}

static void say_once(struct kafka_sink *sink, size_t count, rd_kafka_resp_err_t refusal)
{
    pthread_mutex_lock(&sink->lock);
    bool says = !sink->refusal_said;
    sink->refusal_said = true;
    pthread_mutex_unlock(&sink->lock);
    if (!says) return;
    broker_log(
        sink->host, POSTERN_LOG_WARNING,
        "a broker refused %zu messages together (%s): they are sent again in smaller parts, so that "
        "only what is refused alone becomes a dead letter. Where it is for the size, set [\"batch.size\"] "
        "in options to no more than max.message.bytes of the topic",
        count, rd_kafka_err2str(refusal));
}

void kafka_send_refused_again(struct producing *producing)
{
    struct kafka_sink *sink = producing->sink;
    pthread_rwlock_wrlock(&sink->sending);
    if (producing->refused_count > 1) say_once(sink, producing->refused_count, producing->refusal);
    narrow(producing, producing->refused, producing->refused_count, producing->tally.failed);
    pthread_mutex_lock(&sink->lock);
    broker_fail_open(&producing->tally, producing->stopped ? POSTERN_E_STOPPED : POSTERN_E_RETRY, NULL,
                     rd_kafka_err2str(producing->refusal));
    pthread_mutex_unlock(&sink->lock);
    pthread_rwlock_unlock(&sink->sending);
}

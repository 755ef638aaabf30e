#include "produce.h"

/* Beside other writes; while one sends again what was refused, they wait. */
static void produce_all(struct producing *producing)
{
    pthread_rwlock_rdlock(&producing->sink->sending);
    for (size_t i = 0; i < producing->tally.batch->count; i++) {
        if (producing->given_up)
            kafka_settle(producing, i, RD_KAFKA_RESP_ERR__PURGE_QUEUE);
        else
            kafka_produce(producing, i);
        kafka_poll_reports(producing->sink, 0);
    }
    while (kafka_pending(producing))
        kafka_await_reports(producing);
    pthread_rwlock_unlock(&producing->sink->sending);
}

static postern_status begin(struct producing *producing, const postern_call *call, const postern_batch *batch,
                            postern_error *error)
{
    const postern_host *host = producing->sink->host;
    producing->tickets = host->allocate(host, call->arena, (batch->count + 1) * sizeof *producing->tickets);
    producing->refused = host->allocate(host, call->arena, (batch->count + 1) * sizeof *producing->refused);
    if (!producing->tickets || !producing->refused) return kit_no_memory(error);
    return broker_tally_begin(&producing->tally, host, call, batch, error);
}

postern_status kafka_write(void *self, const postern_call *call, const postern_batch *batch,
                           postern_result *result, postern_error *error)
{
    struct producing producing = {.sink = self, .tally.batch = batch};
    postern_status status = begin(&producing, call, batch, error);
    if (status < 0) return status;
    produce_all(&producing);
    if (producing.refused_count) kafka_send_refused_again(&producing);
    return broker_tally_end(&producing.tally, result, error);
}

#include "amqp_sink.h"
#include "shared/broker/address.h"
#include <poll.h>

#define NAME_LIMIT 255 /* of an exchange or a routing key */
#define LOOK_MS    100 /* how soon an order to stop is noticed */

static void look_around(struct mq_publishing *publishing)
{
    const struct mq_sink *sink = publishing->sink;
    if (sink->host->stopping(sink->host))
        mq_break_off(publishing, POSTERN_E_STOPPED, NULL, "told to stop");
    else if (!publishing->link->blocked && broker_is_late(&publishing->tally, sink->timeout_ms))
        mq_break_off(publishing, POSTERN_E_RETRY, NULL, "no confirmation within timeout");
}

static void await_word(struct mq_publishing *publishing)
{
    if (!mq_hear(publishing, LOOK_MS)) look_around(publishing);
}

/* The broker takes messages, and the socket has room for one. */
static bool may_send(struct mq_publishing *publishing)
{
    struct mq_link *link = publishing->link;
    if (link->broken || link->blocked || publishing->open >= (size_t)publishing->sink->window) return false;
    struct pollfd writable = {.fd = link->fd, .events = POLLOUT};
    return poll(&writable, 1, 0) == 1;
}

/* ---- Messages ---- */

/* NULL, or why the event can never be sent; its exchange and key in `exchange` and `key`. */
static const char *name_message(const struct mq_sink *sink, const postern_sink_event *event,
                                struct kit_writer *exchange, struct kit_writer *key)
{
    if ((int64_t)event->text.size > atomic_load(&sink->max_message))
        return "it is larger than the broker's limit or max_message";
    broker_write_address(exchange, sink->exchange, event, '%');
    broker_write_address(key, sink->routing_key, event, '%');
    return exchange->failed || key->failed ? "its exchange or routing key is longer than 255 bytes" : NULL;
}

static amqp_bytes_t bytes_of(postern_text text)
{
    return (amqp_bytes_t){.len = text.size, .bytes = (void *)(uintptr_t)text.data};
}

static int send_event(struct mq_publishing *publishing, const postern_sink_event *event,
                      postern_text exchange, postern_text key)
{
    bool is_json = (event->flags & POSTERN_EVENT_JSON) != 0;
    const amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG |
                  AMQP_BASIC_TIMESTAMP_FLAG | AMQP_BASIC_APP_ID_FLAG,
        .content_type = amqp_cstring_bytes(is_json ? "application/json" : "text/plain"),
        .delivery_mode = AMQP_DELIVERY_PERSISTENT,
        .message_id = bytes_of(event->id),
        .timestamp = (uint64_t)(event->received_ms / 1000),
        .app_id = amqp_cstring_bytes("postern")};
    return amqp_basic_publish(publishing->link->connection, MQ_CHANNEL, bytes_of(exchange), bytes_of(key), 1,
                              0, &properties, bytes_of(event->text));
}

static void publish(struct mq_publishing *publishing, size_t index)
{
    const postern_sink_event *event = publishing->tally.batch->events[index];
    char exchange[NAME_LIMIT], key[NAME_LIMIT];
    struct kit_writer to_exchange = kit_writer_in_buffer(exchange, sizeof exchange);
    struct kit_writer to_key = kit_writer_in_buffer(key, sizeof key);
    const char *never = name_message(publishing->sink, event, &to_exchange, &to_key);
    if (never) {
        broker_reject(&publishing->tally, index, never);
        return;
    }
    int status =
        send_event(publishing, event, kit_span(exchange, to_exchange.size), kit_span(key, to_key.size));
    if (status != AMQP_STATUS_OK) {
        mq_break_off(publishing, POSTERN_E_RETRY, NULL, amqp_error_string2(status));
        return;
    }
    publishing->indexes[publishing->sent++] = index;
    publishing->open++;
    publishing->link->next_tag++;
}

static void publish_all(struct mq_publishing *publishing)
{
    for (size_t i = 0; i < publishing->tally.batch->count && !publishing->link->broken; i++) {
        while (!publishing->link->broken && mq_hear(publishing, 0)) {
        }
        while (!publishing->link->broken && !may_send(publishing))
            await_word(publishing);
        if (!publishing->link->broken) publish(publishing, i);
    }
    while (publishing->tally.open && !publishing->link->broken)
        await_word(publishing);
}

postern_status mq_write(void *self, const postern_call *call, const postern_batch *batch,
                        postern_result *result, postern_error *error)
{
    struct mq_sink *sink = self;
    struct mq_publishing publishing = {
        .sink = sink,
        .call = call,
        .indexes = sink->host->allocate(sink->host, call->arena, (batch->count + 1) * sizeof(size_t)),
        .answered = sink->host->allocate(sink->host, call->arena, (batch->count + 1) * sizeof(bool))};
    if (!publishing.indexes || !publishing.answered) return kit_no_memory(error);
    postern_status status = broker_tally_begin(&publishing.tally, sink->host, call, batch, error);
    if (status >= 0) status = mq_take_link(sink, &publishing.link, error);
    if (status < 0) return status;
    publishing.first_tag = publishing.link->next_tag;
    publish_all(&publishing);
    status = broker_tally_end(&publishing.tally, result, error);
    if (status < 0)
        publishing.link->broken = true; /* what is still on its way must not be taken for the next one's */
    mq_give_link(sink, publishing.link);
    return status;
}

#include "amqp_sink.h"
#include <stdlib.h>
#include <sys/socket.h>

static void free_link(struct mq_link *link)
{
    if (link->connection) amqp_destroy_connection(link->connection); /* closes the socket */
    free(link);
}

/* Nobody cuts it any more. */
static void take_out(struct mq_sink *sink, struct mq_link *link)
{
    struct mq_link **place = &sink->links;
    pthread_mutex_lock(&sink->lock);
    while (*place && *place != link)
        place = &(*place)->next;
    if (*place) *place = link->next;
    pthread_mutex_unlock(&sink->lock);
}

static struct mq_link *take_idle(struct mq_sink *sink)
{
    pthread_mutex_lock(&sink->lock);
    struct mq_link *link = sink->links;
    while (link && link->in_use)
        link = link->next;
    if (link) link->in_use = true;
    pthread_mutex_unlock(&sink->lock);
    return link;
}

postern_status mq_take_link(struct mq_sink *sink, struct mq_link **link, postern_error *error)
{
    struct mq_link *taken = take_idle(sink);
    if (!taken) {
        taken = calloc(1, sizeof *taken);
        if (!taken) return kit_no_memory(error);
        *taken = (struct mq_link){.fd = -1, .in_use = true, .next_tag = 1};
        pthread_mutex_lock(&sink->lock);
        taken->next = sink->links;
        sink->links = taken;
        pthread_mutex_unlock(&sink->lock);
        postern_status status = mq_connect(sink, taken, error);
        if (status < 0) {
            taken->broken = true;
            mq_give_link(sink, taken);
            return status;
        }
    }
    *link = taken;
    return POSTERN_OK;
}

void mq_give_link(struct mq_sink *sink, struct mq_link *link)
{
    if (link->broken) {
        take_out(sink, link);
        free_link(link);
        return;
    }
    pthread_mutex_lock(&sink->lock);
    link->in_use = false;
    pthread_mutex_unlock(&sink->lock);
}

void mq_close_links(struct mq_sink *sink)
{
    struct mq_link *link;
    while ((link = take_idle(sink))) {
        link->broken = true;
        mq_give_link(sink, link);
    }
}

void mq_cut_links(struct mq_sink *sink)
{
    pthread_mutex_lock(&sink->lock);
    for (const struct mq_link *link = sink->links; link; link = link->next)
        if (link->in_use && link->fd >= 0) shutdown(link->fd, SHUT_RDWR);
    pthread_mutex_unlock(&sink->lock);
}

postern_status mq_keep_links(struct mq_sink *sink, postern_error *error)
{
    /* Exclusive: no write has one in hand, so the list stays as it is. */
    for (struct mq_link *link = sink->links; link; link = link->next) {
        amqp_frame_t frame;
        int status = amqp_simple_wait_frame_noblock(link->connection, &frame, &(struct timeval){0, 0});
        amqp_maybe_release_buffers(link->connection);
        if (status == AMQP_STATUS_OK && frame.frame_type == AMQP_FRAME_METHOD &&
            frame.payload.method.id == AMQP_CONNECTION_CLOSE_METHOD)
            status = AMQP_STATUS_CONNECTION_CLOSED;
        if (status != AMQP_STATUS_OK && status != AMQP_STATUS_TIMEOUT)
            return kit_fail(error, POSTERN_E_RETRY, NULL, "the idle connection was lost: %s",
                            amqp_error_string2(status));
    }
    return POSTERN_OK;
}

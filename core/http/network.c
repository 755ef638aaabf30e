#include "http/network.h"
#include "base/error.h"
#include "base/log.h"
#include "base/real_time.h"
#include "base/thread.h"
#include "http/sockets.h"
#include "http/timer_heap.h"
#include "http/transfer.h"
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define RELEASE_AFTER_MS ((int64_t)60 * 1000) /* unless set */
#define LONGEST_WAIT_MS  ((int64_t)3600 * 1000)
#define IDLE_CHECKS      8 /* how often an idle time-out is looked at before it passes */

struct network {
    pthread_t thread;
    const struct clock *clock;
    struct transfer_settings settings;
    int64_t release_after_ms;

    pthread_mutex_t lock; /* the posted tasks and `stopping` */
    struct network_task *posted, *posted_last;
    bool stopping;
    struct pulse pulse;

    /* Of the network thread alone. Bytes move in real time, whatever the injected clock shows. */
    bool stopped; /* it has seen `stopping` */
    CURLM *multi;
    struct sockets sockets;
    struct timer_heap timers;
    struct admission admission;
    struct http_transfer *under_way; /* in the multi handle */
    struct http_transfer *failed;    /* over before they began; `done` is still to be called */
    int64_t checked_ms;              /* when idle transfers were last looked for, real time */
    bool used;                       /* something has been under way since the last look */
    int64_t quiet_since_ms;          /* real time since nothing is under way, 0 = busy or released */
};

/* ---- Tasks */

void network_post(struct network *network, struct network_task *task)
{
    task->next = NULL;
    pthread_mutex_lock(&network->lock);
    bool first = !network->posted;
    if (first)
        network->posted = task;
    else
        network->posted_last->next = task;
    network->posted_last = task;
    if (first) sockets_wake(&network->sockets);
    pthread_mutex_unlock(&network->lock);
}

/* True if there were any. */
static bool run_tasks(struct network *network)
{
    pthread_mutex_lock(&network->lock);
    struct network_task *task = network->posted, *next;
    network->posted = network->posted_last = NULL;
    network->stopped = network->stopping;
    pthread_mutex_unlock(&network->lock);
    bool any = task != NULL;
    for (; task; task = next) {
        next = task->next; /* the task may be posted again or freed when it runs */
        task->run(task);
    }
    return any;
}

/* ---- Timers */

void network_timer_set(struct network *network, struct network_timer *timer, int64_t deadline_ms)
{
    if (timer_heap_set(&network->timers, timer, deadline_ms)) return;
    /* A timer that never fires would be a stream that silently stands still; a crash loses nothing. */
    log_write(POSTERN_LOG_ERROR, NULL, "out of memory");
    abort();
}

void network_timer_cancel(struct network *network, struct network_timer *timer)
{
    timer_heap_cancel(&network->timers, timer);
}

static void fire_timers(struct network *network)
{
    int64_t now = clock_monotonic_ms(network->clock);
    /* No more than are set now: one that sets itself again must not keep the rest waiting. */
    for (size_t left = network->timers.count; left > 0; left--) {
        struct network_timer *timer = timer_heap_first(&network->timers);
        if (!timer || timer->deadline_ms > now) return;
        timer_heap_cancel(&network->timers, timer);
        timer->fire(timer);
    }
}

/* ---- Exchanges */

static void call_done(struct network *network, struct http_transfer *transfer)
{
    struct http_exchange *exchange = transfer->exchange;
    transfer_close(transfer);
    exchange->finished_ms = clock_monotonic_ms(network->clock);
    exchange->transfer = transfer;
    exchange->done(exchange); /* may start it again or free it */
}

void http_start(struct network *network, struct http_exchange *exchange)
{
    http_exchange_reset(exchange);
    exchange->started_ms = clock_monotonic_ms(network->clock);
    struct http_transfer *transfer = transfer_new(exchange, &network->settings, &exchange->error);
    if (!transfer) {
        exchange->done(exchange);
        return;
    }
    bool fine = exchange->error.code == POSTERN_OK;
    if (fine && !admission_enter(&network->admission, &transfer->ticket, transfer->target.key, real_ms())) {
        error_no_memory(&exchange->error, NULL);
        fine = false;
    }
    if (!fine) {
        transfer->next = network->failed;
        network->failed = transfer;
    }
}

static void link_under_way(struct network *network, struct http_transfer *transfer)
{
    transfer->previous = NULL;
    transfer->next = network->under_way;
    if (transfer->next) transfer->next->previous = transfer;
    network->under_way = transfer;
}

static void unlink_under_way(struct network *network, struct http_transfer *transfer)
{
    if (transfer->previous)
        transfer->previous->next = transfer->next;
    else
        network->under_way = transfer->next;
    if (transfer->next) transfer->next->previous = transfer->previous;
    transfer->previous = transfer->next = NULL;
}

/* Begins the first or a further try of a transfer that the limits have let in. */
static void begin(struct network *network, struct http_transfer *transfer)
{
    postern_error *error = &transfer->exchange->error;
    if (!transfer->exchange->begun_ms) transfer->exchange->begun_ms = clock_monotonic_ms(network->clock);
    transfer->exchange->bound = transfer->ticket.bound;
    if (transfer_begin(transfer, error) == POSTERN_OK) {
        if (curl_multi_add_handle(network->multi, transfer->easy) == CURLM_OK) {
            link_under_way(network, transfer);
            network->used = true;
            return;
        }
        error_no_memory(error, NULL);
    }
    admission_leave(&network->admission, &transfer->ticket, ENDED_EARLY, real_ms());
    call_done(network, transfer);
}

/* Whether the host bears as much as it is asked. */
static enum admission_end judge(const struct http_exchange *exchange)
{
    if (exchange->error.code < 0 && !exchange->status) return ENDED_BADLY;
    return exchange->status == 429 || exchange->status >= 500 ? ENDED_BADLY : ENDED_WELL;
}

static void end(struct network *network, struct http_transfer *transfer, CURLcode code)
{
    curl_multi_remove_handle(network->multi, transfer->easy);
    unlink_under_way(network, transfer);
    if (!transfer_end(transfer, code)) {
        begin(network, transfer);
        return;
    }
    admission_leave(&network->admission, &transfer->ticket, judge(transfer->exchange), real_ms());
    call_done(network, transfer);
}

/* True if it called any `done`, after which there may be more to do. */
static bool finish_failed(struct network *network)
{
    bool any = network->failed != NULL;
    for (struct http_transfer *transfer; (transfer = network->failed) != NULL;) {
        network->failed = transfer->next;
        transfer->next = NULL;
        call_done(network, transfer);
    }
    return any;
}

static bool let_in(struct network *network)
{
    bool any = false;
    for (struct admission_ticket *ticket; (ticket = admission_next(&network->admission, real_ms())) != NULL;
         any = true)
        begin(network, (struct http_transfer *)(void *)ticket);
    return any;
}

static bool finish_ended(struct network *network)
{
    bool any = false;
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(network->multi, &left)) != NULL;) {
        if (message->msg != CURLMSG_DONE) continue;
        char *transfer = NULL;
        CURLcode code = message->data.result; /* the message is gone once the handle is removed */
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        end(network, (struct http_transfer *)(void *)transfer, code);
        any = true;
    }
    return any;
}

static int64_t check_interval_ms(const struct network *network)
{
    int64_t interval = network->settings.given.idle_timeout_ms / IDLE_CHECKS;
    return interval < 5 ? 5 : interval > 1000 ? 1000 : interval;
}

static bool end_idle(struct network *network)
{
    int64_t now = real_ms();
    if (now - network->checked_ms < check_interval_ms(network)) return false;
    network->checked_ms = now;
    for (struct http_transfer *transfer = network->under_way; transfer; transfer = transfer->next) {
        if (!transfer_is_idle(transfer, now)) continue;
        end(network, transfer, CURLE_OPERATION_TIMEDOUT);
        return network->checked_ms = 0, true; /* `done` may have changed the list: look again */
    }
    return false;
}

static void stop_transfer(struct network *network, struct http_transfer *transfer)
{
    postern_error *error = &transfer->exchange->error;
    error_set(error, POSTERN_E_RETRY, "stopped");
    admission_leave(&network->admission, &transfer->ticket, ENDED_EARLY, real_ms());
    call_done(network, transfer);
}

static bool stop_all(struct network *network)
{
    bool any = false;
    for (struct http_transfer *transfer; (transfer = network->under_way) != NULL; any = true) {
        curl_multi_remove_handle(network->multi, transfer->easy);
        unlink_under_way(network, transfer);
        stop_transfer(network, transfer);
    }
    for (struct admission_ticket *ticket; (ticket = admission_take(&network->admission)) != NULL; any = true)
        stop_transfer(network, (struct http_transfer *)(void *)ticket);
    return any;
}

/* ---- The loop */

static bool make_multi(struct network *network)
{
    CURLM *multi = curl_multi_init();
    if (!multi) return false;
    long connections = network->settings.given.max_connections;
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections);
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
    sockets_watch(&network->sockets, multi);
    network->multi = multi;
    return true;
}

/* libcurl closes kept connections only when it is used; so when nothing is, it is given up as a whole, with
 * its parsed certificates. TLS sessions stay, in the share. */
static void release(struct network *network)
{
    CURLM *old = network->multi;
    if (!make_multi(network)) return;
    curl_multi_cleanup(old);
    malloc_trim(0);
}

static void release_when_quiet(struct network *network)
{
    if (network->under_way) {
        network->quiet_since_ms = 0;
    } else if (network->used) {
        network->used = false;
        network->quiet_since_ms = real_ms();
    } else if (network->quiet_since_ms && real_ms() - network->quiet_since_ms >= network->release_after_ms) {
        network->quiet_since_ms = 0;
        release(network);
    }
}

static int wait_ms(const struct network *network)
{
    int64_t timeout = LONGEST_WAIT_MS;
    if (network->under_way)
        timeout = check_interval_ms(network);
    else if (network->quiet_since_ms)
        timeout = network->release_after_ms;
    const struct network_timer *timer = timer_heap_first(&network->timers);
    int until_timer = timer ? clock_timeout_ms(network->clock, timer->deadline_ms) : (int)timeout;
    return until_timer < timeout ? until_timer : (int)timeout;
}

/* One round of everything that can be done now; true if there may be more. */
static bool work(struct network *network)
{
    bool more = run_tasks(network);
    if (!network->stopped) fire_timers(network);
    if (network->stopped) more |= stop_all(network);
    more |= finish_failed(network);
    if (network->stopped) return more;
    more |= let_in(network);
    sockets_act(&network->sockets, network->multi);
    more |= finish_ended(network);
    return more | end_idle(network);
}

static void *network_thread(void *argument)
{
    struct network *network = argument;
    for (;;) {
        pulse_step(&network->pulse, "turning", clock_monotonic_ms(network->clock));
        bool more = work(network);
        if (!more && network->stopped) break;
        if (!more) {
            release_when_quiet(network);
            pulse_rest(&network->pulse);
        }
        sockets_wait(&network->sockets, network->multi, more ? 0 : wait_ms(network));
    }
    curl_multi_cleanup(network->multi); /* here, where SIGPIPE is out of the way */
    network->multi = NULL;
    return NULL;
}

struct pulse *network_pulse(struct network *network)
{
    return &network->pulse;
}

/* ---- Start and stop */

static void free_network(struct network *network)
{
    if (network->multi) curl_multi_cleanup(network->multi);
    sockets_close(&network->sockets);
    transfer_settings_free(&network->settings);
    admission_clear(&network->admission);
    timer_heap_free(&network->timers);
    pthread_mutex_destroy(&network->lock);
    free(network);
}

static struct network *new_network(const struct http_settings *given, const struct clock *clock)
{
    struct network *network = calloc(1, sizeof *network);
    if (!network) return NULL;
    network->clock = clock;
    network->sockets = SOCKETS_INIT;
    pthread_mutex_init(&network->lock, NULL);
    network->admission.limit = given->max_connections > 0 ? (size_t)given->max_connections : 1;
    network->admission.limit_per_host = given->max_connections_per_host > 0
                                            ? (size_t)given->max_connections_per_host
                                            : network->admission.limit;
    network->release_after_ms = given->release_after_ms > 0 ? given->release_after_ms : RELEASE_AFTER_MS;
    if (transfer_settings_init(&network->settings, given)) return network;
    free_network(network);
    return NULL;
}

postern_status network_start(const struct http_settings *settings, const struct clock *clock,
                             struct network **started, postern_error *error)
{
    postern_status status = transfer_settings_check(settings, error);
    if (status < 0) return status;
    bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    struct network *network = ready ? new_network(settings, clock) : NULL;
    if (!network) return error_no_memory(error, "for the network");
    status = sockets_open(&network->sockets, error);
    if (status == POSTERN_OK && !make_multi(network)) status = error_no_memory(error, "for the network");
    /* libcurl, told not to touch signals, needs SIGPIPE out of the way: the thread has none. */
    if (status == POSTERN_OK)
        status = thread_start(&network->thread, "network", network_thread, network, error);
    if (status == POSTERN_OK)
        *started = network;
    else
        free_network(network);
    return status;
}

void network_stop(struct network *network)
{
    pthread_mutex_lock(&network->lock);
    network->stopping = true;
    sockets_wake(&network->sockets);
    pthread_mutex_unlock(&network->lock);
    pthread_join(network->thread, NULL);
    free_network(network);
}

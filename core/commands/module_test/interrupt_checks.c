/* A sink that is told to stop while it opens or writes. */
#include "base/error.h"
#include "base/thread.h"
#include "base/units.h"
#include "commands/module_test/sink_checks.h"
#include "commands/module_test/sink_ready.h"
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

/* Beyond this the second of the contract was not kept, even on a busy machine. */
#define REMARKED_MS           ((int64_t)2000)
#define REMARKED_SANITIZED_MS ((int64_t)10000)

static int64_t remarked_ms(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return REMARKED_SANITIZED_MS;
#elif defined(__has_feature)
    return __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ? REMARKED_SANITIZED_MS
                                                                               : REMARKED_MS;
#else
    return REMARKED_MS;
#endif
}

/* Who is so long in one function waits for a receiver that says nothing, and does not just begin. */
#define SETTLED_MS 500

/* A call on a thread of its own, as a sink has one in a run. */
struct pending_call {
    struct ready_sink *ready;
    struct event_batch *batch;
    postern_status status;
    postern_error error;
    bool done;          /* under the lock */
    bool was_done;      /* before it was interrupted */
    int64_t stopped_ms; /* how long it went on after that */
    pthread_mutex_t lock;
    pthread_cond_t ended;
};

static void *make_call(void *argument)
{
    struct pending_call *call = argument;
    call->status = sink_driver_open(call->ready->driver, 1, &call->error);
    if (call->status >= 0) {
        call->status = sink_driver_write(call->ready->driver, &call->batch->driven);
        call->error = call->batch->driven.error;
    }
    pthread_mutex_lock(&call->lock);
    call->done = true;
    pthread_cond_broadcast(&call->ended);
    pthread_mutex_unlock(&call->lock);
    return NULL;
}

/* True once the call is over. */
static bool wait_for_call(struct pending_call *call, int64_t ms)
{
    int64_t until_ms = real_ms() + ms;
    pthread_mutex_lock(&call->lock);
    while (!call->done && real_ms_left(until_ms) > 0)
        real_wait(&call->ended, &call->lock, real_ms_left(until_ms));
    bool done = call->done;
    pthread_mutex_unlock(&call->lock);
    return done;
}

/* The sink is in one of its functions, or the call is over already. */
static void wait_until_it_is_busy(struct pending_call *call)
{
    const struct suite_board *board = call->ready->subject->suite->board;
    while (!atomic_load(&board->step) && !wait_for_call(call, 1))
        continue;
}

/* It has stayed in one function, or the call is over. */
static void wait_until_it_is_stuck(struct pending_call *call)
{
    const struct suite_board *board = call->ready->subject->suite->board;
    const char *before, *step = atomic_load(&board->step);
    do {
        before = step;
        if (wait_for_call(call, SETTLED_MS)) return;
        step = atomic_load(&board->step);
    } while (!step || step != before);
}

/* Interrupts it; ends the process of the check if it goes on, because nothing of it can be freed then. */
static void interrupt(struct pending_call *call)
{
    struct subject *subject = call->ready->subject;
    int64_t most_ms = subject->suite->patience_ms / 2;
    char most[32];
    call->was_done = wait_for_call(call, 0);
    int64_t begin_ms = real_ms();
    sink_driver_interrupt(call->ready->driver);
    bool ends = wait_for_call(call, most_ms);
    call->stopped_ms = real_ms() - begin_ms;
    if (ends) return;
    const char *step = atomic_load(&subject->suite->board->step);
    subject_fails(subject, "%s still blocks %s after interrupt (half of --patience)", step ? step : "it",
                  duration_format(most_ms, most));
    subject_ends(subject);
}

static void judge_stop(struct pending_call *call)
{
    struct subject *subject = call->ready->subject;
    char took[32];
    if (call->status < 0 && call->status != POSTERN_E_STOPPED && !call->was_done)
        subject_fails(subject, "interrupted, it failed with %s and not with POSTERN_E_STOPPED: %s",
                      status_name(call->status), call->error.message);
    else if (call->stopped_ms > remarked_ms())
        subject_remarks(subject, "it ended %s after interrupt; the contract gives it a second",
                        duration_format(call->stopped_ms, took));
}

/* False: the finding says what was wrong. *status is what came of the call. */
static bool interrupt_a_call(struct ready_sink *ready, struct event_batch *batch, postern_status *status)
{
    struct pending_call call = {.ready = ready, .batch = batch, .error = ERROR_INIT};
    pthread_t thread;
    postern_error error = ERROR_INIT;
    pthread_mutex_init(&call.lock, NULL);
    pthread_cond_init(&call.ended, NULL);
    bool started = thread_start(&thread, "sink", make_call, &call, &error) >= 0;
    if (!started) subject_fails(ready->subject, "no thread for it: %s", error.message);
    if (started) {
        wait_until_it_is_busy(&call);
        if (ready->subject->is_silent) wait_until_it_is_stuck(&call);
        interrupt(&call);
        pthread_join(thread, NULL);
        event_batch_settle(ready->subject, batch, call.status);
        judge_stop(&call);
        *status = call.status;
        sink_driver_close(ready->driver);
        sink_driver_resume(ready->driver);
    }
    pthread_cond_destroy(&call.ended);
    pthread_mutex_destroy(&call.lock);
    return started && subject_is_good(ready->subject);
}

void check_interrupt(struct subject *subject)
{
    struct ready_sink ready;
    struct event_batch batch = {0};
    postern_status status = POSTERN_OK;
    bool good = sink_make(subject, &ready);
    for (int i = 0; good && i < 5; i++) {
        good = event_batch_make(subject, SHAPES, BATCH_EVENTS_MOST, &batch) &&
               interrupt_a_call(&ready, &batch, &status);
        batch.driven.attempt++;
        /* What was not written comes again, as after a reload that did not come to it. */
        if (good && status < 0) good = sink_deliver(&ready, &batch, "events that were interrupted");
        event_batch_free(&batch);
    }
    sink_let_go(&ready);
}

/* It takes connections (the system does) and says nothing. */
static int listen_silently(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener >= 0 && bind(listener, (struct sockaddr *)&address, size) == 0 &&
        listen(listener, 64) == 0 && getsockname(listener, (struct sockaddr *)&address, &size) == 0) {
        *port = ntohs(address.sin_port);
        return listener;
    }
    if (listener >= 0) close(listener);
    return -1;
}

void check_silent(struct subject *subject)
{
    struct ready_sink ready = {.subject = subject};
    struct event_batch batch = {0};
    postern_status status = POSTERN_OK;
    if (!subject->suite->silent_count)
        return subject_skips(subject, "say with --silent NAME=VALUE how it reaches a receiver that does not "
                                      "answer; %%{silent} becomes HOST:PORT of one");
    subject->is_silent = true;
    int listener = listen_silently(&subject->silent_port);
    if (listener < 0) return subject_fails(subject, "no port for a silent receiver");
    if (sink_make(subject, &ready) && event_batch_make(subject, SHAPE_JSON, 10, &batch))
        interrupt_a_call(&ready, &batch, &status);
    event_batch_free(&batch);
    sink_let_go(&ready);
    close(listener);
}

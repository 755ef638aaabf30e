#include "deliver/sink_spy.h"
#include "base/error.h"
#include "base/fnv1a.h"
#include "base/text.h"
#include <stdarg.h>
#include <stdio.h>

#define DAY_MS     ((int64_t)24 * 60 * 60 * 1000)
#define KEY_MOST   ((size_t)4096)
#define VALUE_MOST ((size_t)64 << 10)

__attribute__((format(printf, 3, 4))) static void note(struct sink_spy *spy, enum sink_fault kind,
                                                       const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&spy->lock);
    if (!spy->faults[kind][0]) vsnprintf(spy->faults[kind], SINK_FAULT_SIZE, format, arguments);
    pthread_mutex_unlock(&spy->lock);
    va_end(arguments);
}

void sink_spy_judge(struct sink_spy *spy, const char *function, postern_status status,
                    const postern_error *error)
{
    bool commits = strcmp(function, "write") == 0 || strcmp(function, "idle") == 0;
    if (status > (commits ? POSTERN_COMMIT_STATE : POSTERN_OK))
        note(spy, SINK_FAULT_STATUS, "%s returned %d, which is no status", function, (int)status);
    if (status >= 0) return;
    size_t size = strnlen(error->message, sizeof error->message);
    if (size == 0 && status_needs_words(status))
        note(spy, SINK_FAULT_WORDS, "%s returned %d (%s) and left error.message empty", function, (int)status,
             status_name(status));
    else if (size == sizeof error->message ||
             strnlen(error->remedy, sizeof error->remedy) == sizeof error->remedy)
        note(spy, SINK_FAULT_WORDS, "%s left words in its error that no NUL ends", function);
    else if (!text_is_utf8((postern_text){error->message, size}) || strchr(error->message, '\n'))
        note(spy, SINK_FAULT_WORDS, "%s wrote words that are not one line of UTF-8", function);
    if (error->retry_after_ms < 0 || error->retry_after_ms > DAY_MS)
        note(spy, SINK_FAULT_WORDS, "%s set retry_after_ms to %lld, which is not between 0 and a day",
             function, (long long)error->retry_after_ms);
}

/* ---- What the sink says of a batch ---- */

/* As the sink sees it comes first. */
struct spied_result {
    postern_result face;
    postern_result *real;
    struct sink_spy *spy;
    size_t count;
    pthread_t thread;
};

static struct spied_result *spied(postern_result *face, const char *what)
{
    struct spied_result *result = (struct spied_result *)face; /* its first member */
    if (!pthread_equal(result->thread, pthread_self()))
        note(result->spy, SINK_FAULT_RESULT, "result->%s was called by another thread than that of the call",
             what);
    return result;
}

static postern_status spy_reject(postern_result *face, size_t index, const char *reason)
{
    struct spied_result *result = spied(face, "reject");
    if (index >= result->count)
        note(result->spy, SINK_FAULT_RESULT, "it rejected event %zu of a batch of %zu", index, result->count);
    else if (!reason || !*reason)
        note(result->spy, SINK_FAULT_RESULT, "it rejected event %zu without a reason", index);
    return result->real->reject(result->real, index, reason);
}

static postern_status spy_accept(postern_result *face, size_t index)
{
    struct spied_result *result = spied(face, "accept");
    if (index >= result->count)
        note(result->spy, SINK_FAULT_RESULT, "it accepted event %zu of a batch of %zu", index, result->count);
    return result->real->accept(result->real, index);
}

static postern_status spy_set_state(postern_result *face, postern_text key, postern_text value)
{
    struct spied_result *result = spied(face, "set_state");
    if (key.size == 0 || key.size > KEY_MOST || value.size > VALUE_MOST)
        note(result->spy, SINK_FAULT_RESULT,
             "it set an entry of its state with a key of %zu and a value of %zu bytes", key.size, value.size);
    if (result->spy->real->flags & POSTERN_SINK_CONCURRENT)
        note(result->spy, SINK_FAULT_RESULT,
             "it set state although it has the flag POSTERN_SINK_CONCURRENT, which leaves it none");
    return result->real->set_state(result->real, key, value);
}

static struct spied_result spied_result(struct sink_spy *spy, postern_result *real, size_t count)
{
    return (struct spied_result){.face = {.size = sizeof(postern_result),
                                          .reject = spy_reject,
                                          .accept = spy_accept,
                                          .set_state = spy_set_state},
                                 .real = real,
                                 .spy = spy,
                                 .count = count,
                                 .thread = pthread_self()};
}

/* ---- The calls ---- */

static void begin(struct sink_spy *spy, const char *function)
{
    atomic_store(spy->step, function);
}

static uint64_t add_bytes(uint64_t sum, const void *bytes, size_t size)
{
    return fnv1a(sum, (postern_text){bytes, size});
}

/* Of all that the sink is given and may not change. */
static uint64_t sum_of(const postern_batch *batch)
{
    uint64_t sum = add_bytes(FNV1A_START, batch, sizeof *batch);
    for (size_t i = 0; i < batch->count; i++) {
        const postern_sink_event *event = batch->events[i];
        sum = add_bytes(sum, &event, sizeof(const postern_sink_event *));
        sum = add_bytes(sum, event, sizeof *event);
        const postern_text texts[] = {event->id,     event->account, event->source,
                                      event->stream, event->type,    event->text};
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
            sum = fnv1a(sum, texts[k]);
    }
    return sum;
}

static postern_status spy_open(void *self, const postern_call *call, const postern_pair *state, size_t count,
                               postern_error *error)
{
    struct sink_spy *spy = self;
    begin(spy, "open");
    postern_status status = spy->real->open(spy->self, call, state, count, error);
    begin(spy, NULL);
    sink_spy_judge(spy, "open", status, error);
    return status;
}

static postern_status spy_write(void *self, const postern_call *call, const postern_batch *batch,
                                postern_result *result, postern_error *error)
{
    struct sink_spy *spy = self;
    struct spied_result watched = spied_result(spy, result, batch->count);
    uint64_t before = sum_of(batch);
    begin(spy, "write");
    atomic_fetch_add(&spy->writing, 1);
    postern_status status = spy->real->write(spy->self, call, batch, &watched.face, error);
    atomic_fetch_sub(&spy->writing, 1);
    begin(spy, NULL);
    if (sum_of(batch) != before)
        note(spy, SINK_FAULT_BATCH, "after write the events of the batch are not what they were");
    sink_spy_judge(spy, "write", status, error);
    return status;
}

static postern_status spy_idle(void *self, const postern_call *call, postern_result *result,
                               postern_error *error)
{
    struct sink_spy *spy = self;
    struct spied_result watched = spied_result(spy, result, 0);
    begin(spy, "idle");
    postern_status status = spy->real->idle(spy->self, call, &watched.face, error);
    begin(spy, NULL);
    sink_spy_judge(spy, "idle", status, error);
    return status;
}

static void spy_close(void *self)
{
    struct sink_spy *spy = self;
    begin(spy, "close");
    spy->real->close(spy->self);
    begin(spy, NULL);
}

/* While another function runs, which the step names. */
static void spy_interrupt(void *self)
{
    struct sink_spy *spy = self;
    spy->real->interrupt(spy->self);
}

static void spy_destroy(void *self)
{
    struct sink_spy *spy = self;
    begin(spy, "destroy");
    if (spy->self && spy->real->destroy) spy->real->destroy(spy->self);
    begin(spy, NULL);
}

void sink_spy_init(struct sink_spy *spy, const postern_sink *real, void *self, _Atomic(const char *) *step)
{
    *spy = (struct sink_spy){.real = real, .self = self, .step = step};
    pthread_mutex_init(&spy->lock, NULL);
    spy->face = (postern_sink){.size = sizeof(postern_sink),
                               .flags = real->flags,
                               .name = real->name,
                               .title = real->title,
                               .options = real->options,
                               .batching = real->batching,
                               .data = real->data,
                               .destroy = spy_destroy,
                               .open = spy_open,
                               .write = spy_write,
                               .idle = real->idle ? spy_idle : NULL,
                               .close = real->close ? spy_close : NULL,
                               .interrupt = real->interrupt ? spy_interrupt : NULL};
}

void sink_spy_clear(struct sink_spy *spy)
{
    pthread_mutex_destroy(&spy->lock);
}

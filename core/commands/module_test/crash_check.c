/* A sink whose process ends without a word, and one of several that write at once. */
#include "base/error.h"
#include "base/text.h"
#include "base/thread.h"
#include "commands/module_test/sink_checks.h"
#include "commands/module_test/sink_ready.h"

#define CRASH_EVENTS 40

/* Made before the processes that write it, so that both write the same bytes. */
static struct event_batch crash_batch;

/* Writes the batch and is gone before its state is committed. */
static void write_and_vanish(struct subject *subject)
{
    struct ready_sink ready;
    crash_batch.driven.forgets = true;
    if (sink_make(subject, &ready)) sink_deliver(&ready, &crash_batch, "events");
}

/* The same behind the commit. */
static void commit_and_vanish(struct subject *subject)
{
    struct ready_sink ready;
    crash_batch.driven.forgets = false;
    crash_batch.driven.attempt++;
    if (sink_make(subject, &ready))
        sink_deliver(&ready, &crash_batch, "events that come again after a crash");
}

static void go_on(struct subject *subject)
{
    struct ready_sink ready;
    if (sink_make(subject, &ready) && sink_deliver_new(&ready, SHAPES, CRASH_EVENTS))
        sink_judge(&ready, SINK_FAULT_RESULT);
    sink_let_go(&ready);
}

/* Nothing of the module is in this process until the last step. */
void check_crash(struct subject *subject)
{
    if (!event_batch_make(subject, SHAPES, CRASH_EVENTS, &crash_batch)) return;
    if (subject_in_a_process(subject, write_and_vanish) && subject_in_a_process(subject, commit_and_vanish))
        go_on(subject);
    event_batch_free(&crash_batch);
}

/* ---- Several at once ---- */

#define WRITERS        4
#define WRITER_BATCHES 5

struct batch_writer {
    struct ready_sink *ready;
    struct event_batch batches[WRITER_BATCHES];
    postern_status status;
    postern_error error;
};

static void *write_some(void *argument)
{
    struct batch_writer *writer = argument;
    for (int i = 0; i < WRITER_BATCHES && writer->status >= 0; i++) {
        struct event_batch *batch = &writer->batches[i];
        writer->status = sink_driver_write(writer->ready->driver, &batch->driven);
        writer->error = batch->driven.error;
        event_batch_settle(writer->ready->subject, batch, writer->status);
    }
    return NULL;
}

static void run_writers(struct ready_sink *ready, struct batch_writer *writers)
{
    pthread_t threads[WRITERS];
    postern_error error = ERROR_INIT;
    size_t started = 0;
    while (started < WRITERS &&
           thread_start(&threads[started], "sink", write_some, &writers[started], &error) >= 0)
        started++;
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    if (started < WRITERS) subject_fails(ready->subject, "no thread for it: %s", error.message);
}

void check_concurrent(struct subject *subject)
{
    static struct batch_writer writers[WRITERS];
    struct ready_sink ready;
    bool good = sink_make(subject, &ready);
    if (good && !(subject->sink->flags & POSTERN_SINK_CONCURRENT)) {
        subject_skips(subject, "it has not the flag: one batch at a time");
        good = false;
    }
    good = good && sink_open_now(&ready);
    for (size_t i = 0; good && i < WRITERS; i++) {
        writers[i].ready = &ready;
        for (int k = 0; good && k < WRITER_BATCHES; k++)
            good = event_batch_make(subject, SHAPES, 50, &writers[i].batches[k]);
    }
    if (good) run_writers(&ready, writers);
    for (size_t i = 0; good && i < WRITERS; i++)
        if (writers[i].status < 0) subject_fails(subject, "write fails: %s", writers[i].error.message);
    if (good) sink_judge(&ready, SINK_FAULT_RESULT);
    for (size_t i = 0; i < WRITERS; i++)
        for (int k = 0; k < WRITER_BATCHES; k++)
            event_batch_free(&writers[i].batches[k]);
    sink_let_go(&ready);
}

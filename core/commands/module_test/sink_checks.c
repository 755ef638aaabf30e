/* Checks of a sink. */
#include "commands/module_test/sink_checks.h"
#include "base/error.h"
#include "base/text.h"
#include "commands/module_test/instance.h"
#include "commands/module_test/process_state.h"
#include "commands/module_test/sink_ready.h"
#include "deliver/sink_trial.h"

static void check_acknowledges(struct subject *subject)
{
    struct ready_sink ready;
    if (sink_make(subject, &ready) && sink_open_now(&ready) && sink_deliver_new(&ready, SHAPE_JSON, 1) &&
        sink_deliver_new(&ready, SHAPE_JSON, 100))
        sink_judge(&ready, SINK_FAULT_STATUS);
    sink_let_go(&ready);
}

static void check_shapes(struct subject *subject)
{
    struct ready_sink ready;
    if (sink_make(subject, &ready)) sink_deliver_all_shapes(&ready);
    sink_let_go(&ready);
}

/* Writes all kinds of batches and looks for one kind of fault in it; whether they are taken is said by
 * another check. */
static void look_for(struct subject *subject, enum sink_fault kind)
{
    struct ready_sink ready;
    struct event_batch batch;
    if (sink_make(subject, &ready) && sink_open_now(&ready)) {
        for (enum event_shape shape = 0; shape <= SHAPES; shape++) {
            if (!event_batch_make(subject, shape, 10, &batch)) break;
            postern_error error = ERROR_INIT;
            if (sink_driver_open(ready.driver, 1, &error) >= 0) {
                postern_status status = sink_driver_write(ready.driver, &batch.driven);
                event_batch_settle(subject, &batch, status);
                if (status < 0) sink_driver_close(ready.driver);
            }
            event_batch_free(&batch);
        }
        sink_judge(&ready, kind);
    }
    sink_let_go(&ready);
}

static void check_batch(struct subject *subject)
{
    look_for(subject, SINK_FAULT_BATCH);
}

static void check_results(struct subject *subject)
{
    look_for(subject, SINK_FAULT_RESULT);
}

static void check_failures(struct subject *subject)
{
    look_for(subject, SINK_FAULT_WORDS);
}

/* As after a failure that the core saw and the receiver did not. */
static void check_again(struct subject *subject)
{
    struct ready_sink ready;
    struct event_batch batch = {0};
    if (sink_make(subject, &ready) && sink_open_now(&ready) &&
        event_batch_make(subject, SHAPES, 50, &batch)) {
        batch.driven.forgets = true;
        if (sink_deliver(&ready, &batch, "events")) {
            sink_driver_close(ready.driver);
            batch.driven.forgets = false;
            batch.driven.attempt++;
            sink_deliver(&ready, &batch, "events that come a second time with the same id");
            sink_deliver_new(&ready, SHAPE_JSON, 10);
        }
    }
    event_batch_free(&batch);
    sink_let_go(&ready);
}

static void check_reopens(struct subject *subject)
{
    struct ready_sink ready;
    bool good = sink_make(subject, &ready);
    for (int i = 0; good && i < 20; i++) {
        good = sink_open_now(&ready) && (i % 2 == 0 || sink_deliver_new(&ready, SHAPE_JSON, 2));
        sink_driver_close(ready.driver);
    }
    sink_let_go(&ready);
}

/* Quiet moments before, between and behind batches, and after a start with a state. */
static void check_idle(struct subject *subject)
{
    struct ready_sink ready;
    postern_error error = ERROR_INIT;
    bool good = sink_make(subject, &ready);
    if (good && !subject->sink->idle) subject_skips(subject, "it has no idle");
    for (int i = 0; good && subject_is_good(subject) && i < 4; i++) {
        good = sink_open_now(&ready);
        if (good && sink_driver_idle(ready.driver, &error) < 0)
            subject_fails(subject, "idle fails: %s", error.message);
        good = good && sink_deliver_new(&ready, SHAPE_JSON, 2);
        if (i % 2) sink_driver_close(ready.driver);
    }
    sink_judge(&ready, SINK_FAULT_STATUS);
    sink_let_go(&ready);
}

/* ---- `postern sink test` beside an instance that delivers ---- */

static void ignore_done(void *context, const char *what, int64_t took_ms)
{
    (void)context, (void)what, (void)took_ms;
}

static void ignore_finding(void *context, int32_t level, const char *words, const char *remedy)
{
    (void)context, (void)level, (void)words, (void)remedy;
}

static void try_beside(struct subject *subject)
{
    char id[TRIAL_ID_SIZE];
    postern_error error = ERROR_INIT;
    const struct sink_trial trial = {.config = subject->configured_sink,
                                     .sink = subject->sink,
                                     .registry = subject->registry,
                                     .clock = clock_process(),
                                     .random = random_system(),
                                     .done = ignore_done,
                                     .finds = ignore_finding};
    subject_step(subject, "open, probe or write of `postern sink test`");
    if (sink_trial(&trial, id, &error) < 0) subject_fails(subject, "`postern sink test`: %s", error.message);
    subject_step(subject, NULL);
}

static void check_test(struct subject *subject)
{
    struct ready_sink ready;
    bool good =
        sink_make(subject, &ready) && sink_open_now(&ready) && sink_deliver_new(&ready, SHAPE_JSON, 5);
    if (good && !(subject->sink->flags & (POSTERN_SINK_KNOWS_TEST | POSTERN_SINK_CONCURRENT)) &&
        sink_has_state(&ready))
        subject_skips(subject, "it keeps a state and has not the flag POSTERN_SINK_KNOWS_TEST: `postern sink "
                               "test` leaves it alone");
    if (good && subject_is_good(subject)) try_beside(subject);
    if (good && subject_is_good(subject)) sink_deliver_new(&ready, SHAPE_JSON, 5);
    sink_let_go(&ready);
}

/* ---- What belongs to the process ---- */

static void check_process(struct subject *subject)
{
    struct ready_sink ready = {.subject = subject};
    struct process_state before;
    if (!subject_configure(subject) || !sink_keep_state(&ready)) return;
    process_state_take(&before);
    if (sink_create(&ready)) sink_deliver_all_shapes(&ready);
    sink_let_go(&ready);
    const char *changed = process_state_changed(&before);
    if (changed) subject_fails(subject, "after its calls %s is not what it was", changed);
}

static void check_threads(struct subject *subject)
{
    struct ready_sink ready = {.subject = subject};
    struct thread_list before;
    size_t count = 0;
    if (!subject_configure(subject) || !sink_keep_state(&ready)) return;
    threads_take(&before);
    if (sink_create(&ready) && sink_open_now(&ready) && sink_deliver_new(&ready, SHAPE_JSON, 10)) {
        threads_settle(&before, subject->suite->patience_ms / 4);
        pid_t open = threads_unblocked(&before, &count);
        if (open)
            subject_fails(subject, "its thread %d takes signals: block all before it begins", (int)open);
        if (!count) subject_skips(subject, "it has no threads of its own");
    }
    sink_let_go(&ready);
}

const struct module_check sink_checks[] = {
    {"create", "create and destroy come again and again and leave nothing behind", check_create_again},
    {"options",
     "create with any value that its table allows ends in an instance or in an error with words (rule 7)",
     check_options_of_all_kinds},
    {"write", "write returns POSTERN_OK once all events that it did not reject are safe", check_acknowledges},
    {"shapes", "write takes or rejects events of every form: JSON, ready lines, large, any UTF-8",
     check_shapes},
    {"batch", "what is handed over is borrowed and not changed (rule 4)", check_batch},
    {"result",
     "reject and accept name an event of the batch, a rejection has a reason, set_state has a key and "
     "bounds; on the thread of the call",
     check_results},
    {"errors",
     "words of a failure are one line that a NUL ends, and a mistake to mend or an answer against the "
     "protocol "
     "has some (rule 7)",
     check_failures},
    {"again", "a batch comes again after close and open with the same id and the same bytes", check_again},
    {"reopen", "open and close come again and again", check_reopens},
    {"idle", "idle runs while there is nothing to write, and changes nothing of what comes after",
     check_idle},
    {"interrupt",
     "open and write end soon after interrupt (a second is theirs; more than two are remarked on), with "
     "POSTERN_E_STOPPED if they did not get to their end; afterwards it goes on",
     check_interrupt},
    {"silent", "the same while the receiver does not answer", check_silent},
    {"crash", "a new instance gets the state that was committed, and the batch that was not comes again",
     check_crash},
    {"concurrent", "with POSTERN_SINK_CONCURRENT write runs for several batches at once", check_concurrent},
    {"test", "`postern sink test` beside it changes nothing of what it has on record", check_test},
    {"process", "mask and handlers of signals, locale, umask, directory and environment stay (rule 8)",
     check_process},
    {"threads", "its threads block all signals (rule 8)", check_threads},
    {"receiver", "what was acknowledged is there", check_receiver},
    {0},
};

#include "commands/module_test/sink_ready.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "engine/setup.h"

#define TRIES       4
#define MIXED       210 /* events of a mixed batch */
#define STATE_LIMIT ((size_t)64 << 20)

bool sink_keep_state(struct ready_sink *ready)
{
    struct subject *subject = ready->subject;
    char state[PATH_MAX + 32];
    postern_error error = ERROR_INIT;
    snprintf(state, sizeof state, "%s/state", subject->suite->scratch);
    const struct journal_settings wanted = setup_journal(subject->config);
    if (journal_open(state, &wanted, clock_process(), &ready->journal, &error) >= 0) return true;
    subject_fails(subject, "no place for the sink's state: %s", error.message);
    return false;
}

bool sink_create(struct ready_sink *ready)
{
    static char delivery[33];
    postern_error error = ERROR_INIT;
    struct subject *subject = ready->subject;
    snprintf(delivery, sizeof delivery, "%s%s", subject->suite->run, subject->suite->run);
    const struct sink_driver_plan plan = {.config = subject->configured_sink,
                                          .sink = subject->sink,
                                          .registry = subject->registry,
                                          .journal = ready->journal,
                                          .clock = clock_process(),
                                          .random = random_system(),
                                          .delivery = delivery,
                                          .step = &subject->suite->board->step};
    if (sink_driver_new(&plan, &ready->driver, &error) >= 0) return true;
    subject_fails(subject, "create fails: %s", error.message);
    return false;
}

bool sink_make(struct subject *subject, struct ready_sink *ready)
{
    *ready = (struct ready_sink){.subject = subject};
    return subject_configure(subject) && sink_keep_state(ready) && sink_create(ready);
}

bool sink_has_state(struct ready_sink *ready)
{
    _cleanup_(arena_freep) postern_arena *arena = arena_new(STATE_LIMIT);
    const postern_pair *entries = NULL;
    postern_error error = ERROR_INIT;
    size_t count = 0;
    if (!arena) return false;
    return journal_sink_state(ready->journal, ready->subject->configured_sink->name, arena, &entries, &count,
                              &error) >= 0 &&
           count > 0;
}

bool sink_open_now(struct ready_sink *ready)
{
    postern_error error = ERROR_INIT;
    char text[ERROR_TEXT_SIZE];
    for (uint32_t attempt = 1; attempt <= TRIES; attempt++) {
        error = ERROR_INIT;
        if (sink_driver_open(ready->driver, attempt, &error) >= 0) return true;
    }
    subject_fails(ready->subject, "open fails: %s", error_text(error.message, error.remedy, text));
    return false;
}

void sink_let_go(struct ready_sink *ready)
{
    sink_driver_free(ready->driver);
    if (ready->journal) journal_close(ready->journal);
    *ready = (struct ready_sink){.subject = ready->subject};
}

bool sink_deliver(struct ready_sink *ready, struct event_batch *batch, const char *what)
{
    char text[ERROR_TEXT_SIZE];
    struct driven_batch *driven = &batch->driven;
    for (int tries = 0; tries < TRIES; tries++) {
        if (!sink_open_now(ready)) return false;
        postern_status status = sink_driver_write(ready->driver, driven);
        event_batch_settle(ready->subject, batch, status);
        /* One form may be refused; the form that scripts make may not, or nothing is delivered. */
        bool is_plain = batch->shape == SHAPE_JSON || batch->shape == SHAPES;
        if (status >= 0 && driven->as_one && is_plain) {
            subject_fails(ready->subject,
                          "a batch of %s: it rejects every event for one reason, which a run takes "
                          "for a mistake of configuration: %s",
                          what, driven->reason);
            return false;
        }
        if (status >= 0) return true;
        sink_driver_close(ready->driver);
        driven->attempt++;
    }
    subject_fails(ready->subject,
                  "a batch of %s: write fails again and again and rejects no event, so that the "
                  "delivery stands still: %s",
                  what, error_text(driven->error.message, driven->error.remedy, text));
    return false;
}

bool sink_deliver_new(struct ready_sink *ready, enum event_shape shape, size_t count)
{
    struct event_batch batch;
    bool good = event_batch_make(ready->subject, shape, count, &batch) &&
                sink_deliver(ready, &batch, shape == SHAPES ? "events of all kinds" : shape_names[shape]);
    event_batch_free(&batch);
    return good;
}

bool sink_deliver_all_shapes(struct ready_sink *ready)
{
    postern_error error = ERROR_INIT;
    for (enum event_shape shape = 0; shape < SHAPES; shape++)
        if (!sink_deliver_new(ready, shape, 1) || !sink_deliver_new(ready, shape, 3)) return false;
    if (!sink_deliver_new(ready, SHAPES, MIXED)) return false;
    if (sink_driver_idle(ready->driver, &error) >= 0) return true;
    subject_fails(ready->subject, "idle fails: %s", error.message);
    return false;
}

void sink_judge(struct ready_sink *ready, enum sink_fault kind)
{
    const char *fault = ready->driver ? sink_driver_fault(ready->driver, kind) : NULL;
    if (fault) subject_fails(ready->subject, "%s", fault);
}

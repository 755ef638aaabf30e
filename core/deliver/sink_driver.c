#include "deliver/sink_driver.h"
#include "base/error.h"
#include "base/text.h"
#include "deliver/sink/commit.h"
#include "deliver/sink/instance.h"
#include <stdlib.h>

struct sink_driver {
    struct route_parts parts;
    struct sink_instance *instance; /* of the spy's face */
    struct sink_spy spy;
    const char *delivery;
};

postern_status sink_driver_new(const struct sink_driver_plan *plan, struct sink_driver **driver,
                               postern_error *error)
{
    struct sink_driver *made = calloc(1, sizeof *made);
    if (!made) return error_no_memory(error, NULL);
    made->parts =
        (struct route_parts){.journal = plan->journal, .clock = plan->clock, .random = plan->random};
    made->delivery = plan->delivery;
    atomic_store(plan->step, "create");
    postern_status status =
        sink_instance_new(plan->config, plan->sink, plan->registry, &made->parts, &made->instance, error);
    atomic_store(plan->step, NULL);
    if (status < 0) {
        free(made);
        return status;
    }
    sink_spy_init(&made->spy, plan->sink, made->instance->self, plan->step);
    made->instance->sink = &made->spy.face;
    made->instance->self = &made->spy;
    *driver = made;
    return POSTERN_OK;
}

void sink_driver_free(struct sink_driver *driver)
{
    if (!driver) return;
    sink_close(driver->instance);
    sink_instance_free(driver->instance);
    sink_spy_clear(&driver->spy);
    free(driver);
}

postern_status sink_driver_open(struct sink_driver *driver, uint32_t attempt, postern_error *error)
{
    return sink_open(driver->instance, attempt, error);
}

void sink_driver_close(struct sink_driver *driver)
{
    sink_close(driver->instance);
}

postern_status sink_driver_idle(struct sink_driver *driver, postern_error *error)
{
    return sink_idle(driver->instance, error);
}

void sink_driver_interrupt(struct sink_driver *driver)
{
    sink_interrupt(driver->instance);
}

void sink_driver_resume(struct sink_driver *driver)
{
    sink_resume(driver->instance);
}

bool sink_driver_is_writing(struct sink_driver *driver)
{
    return atomic_load(&driver->spy.writing) > 0;
}

const char *sink_driver_fault(const struct sink_driver *driver, enum sink_fault kind)
{
    return driver->spy.faults[kind][0] ? driver->spy.faults[kind] : NULL;
}

static void take_verdicts(const struct batch *written, struct driven_batch *batch)
{
    batch->rejections = batch_count(written, VERDICT_REJECTED);
    batch->as_one = batch_is_rejected_as_one(written);
    for (size_t i = 0; i < written->count; i++) {
        batch->rejected[i] = written->events[i].verdict == VERDICT_REJECTED;
        if (batch->rejected[i] && !batch->reason[0])
            text_to_string(text_of(written->events[i].reason), batch->reason, sizeof batch->reason);
    }
}

postern_status sink_driver_write(struct sink_driver *driver, struct driven_batch *batch)
{
    struct transform page = {.events = batch->events, .count = batch->count};
    for (size_t i = 0; i < batch->count; i++)
        page.bytes += batch->events[i].text.size;
    batch->error = ERROR_INIT;
    batch->reason[0] = '\0';
    struct batch *written = batch_new(NULL, &page, (int64_t)batch->id);
    if (!written) return error_no_memory(&batch->error, NULL);
    written->attempt = batch->attempt;
    postern_status status = sink_write(driver->instance, written, driver->delivery);
    batch->error = written->error;
    take_verdicts(written, batch);
    if (status >= 0 && written->entry_count && !batch->forgets)
        status = commit_sink_state(driver->parts.journal, driver->instance->name, written->entries,
                                   written->entry_count, &batch->error);
    batch_free(written);
    return status;
}

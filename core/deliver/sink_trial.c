#include "deliver/sink_trial.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/real_time.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "deliver/sink/instance.h"
#include <inttypes.h>
#include <stdio.h>

#define EVENT_LIMIT 4096
/* Of the delivery that there is not: 32 hex digits, as modules expect. */
#define NO_DELIVERY "00000000000000000000000000000000"

/* What the probe speaks to comes first. */
struct trial_report {
    postern_report face;
    const struct sink_trial *trial;
    bool *has_said;
};

static void say(const postern_report *face, int32_t level, const char *words, const char *remedy)
{
    const struct trial_report *report = (const struct trial_report *)face; /* its first member */
    *report->has_said = true;
    report->trial->finds(report->trial->context, level, words, remedy && *remedy ? remedy : NULL);
}

static postern_status probe(struct sink_instance *instance, const struct sink_trial *trial,
                            postern_error *error)
{
    bool has_said = false;
    const struct trial_report report = {{.size = sizeof(postern_report), .say = say}, trial, &has_said};
    int64_t begun = real_ms();
    if (!sink_has_probe(instance)) return POSTERN_OK;
    postern_status status = sink_probe(instance, &report.face, error);
    if (status >= 0 && has_said) trial->done(trial->context, "asked the receiver", real_ms() - begun);
    return status;
}

/* As a script might have made it, with what receivers commonly want: a time, a data set, an id. */
static void write_event(struct buffer *text, const char *id, int64_t now_ms)
{
    char time[TIMESTAMP_SIZE];
    buffer_printf(text,
                  "{\"@timestamp\":\"%s\",\"postern_test\":true,\"message\":\"Postern: sink test, not a real "
                  "event\",\"event\":{\"id\":\"%s\",\"dataset\":\"postern.test\"}}",
                  timestamp_iso(now_ms, time), id);
}

/* What became of the event, if the call as such went well. */
static postern_status judge(const struct batch *batch, postern_error *error)
{
    if (batch->status < 0) {
        *error = batch->error;
        return batch->status;
    }
    if (batch->events[0].verdict != VERDICT_REJECTED) return POSTERN_OK;
    error_set(error, POSTERN_E_PROTOCOL, "the receiver does not take the event: %s", batch->events[0].reason);
    error_remedy(error,
                 "see whether it takes events of this form: its schema, mapping or limits; real events "
                 "that it refuses so go to the dead letters");
    return POSTERN_E_PROTOCOL;
}

static postern_status write_one(struct sink_instance *instance, const struct sink_trial *trial,
                                const char *id, postern_error *error)
{
    int64_t begun = real_ms(), now_ms = clock_wall_ms(trial->clock);
    _cleanup_(buffer_free) struct buffer text = {.limit = EVENT_LIMIT};
    write_event(&text, id, now_ms);
    postern_sink_event event = {.size = sizeof event,
                                .flags = POSTERN_EVENT_JSON,
                                .time_ms = now_ms,
                                .received_ms = now_ms,
                                .id = text_of(id),
                                .account = TEXT("postern-test"),
                                .source = TEXT("postern-test"),
                                .stream = TEXT("postern-test"),
                                .type = TEXT("test"),
                                .text = buffer_text(&text)};
    struct transform page = {.events = &event, .count = 1, .bytes = text.size};
    struct batch *batch = text.failed ? NULL : batch_new(NULL, &page, 1);
    if (!batch) return error_no_memory(error, NULL);
    sink_write(instance, batch, NO_DELIVERY);
    postern_status status = judge(batch, error);
    batch_free(batch);
    if (status >= 0) trial->done(trial->context, "written: the event is safe", real_ms() - begun);
    return status;
}

static postern_status in_step(postern_status status, const char *step, postern_error *error)
{
    if (status < 0) error->code = status;
    if (status < 0) error_prefix(error, "%s: ", step);
    return status;
}

static postern_status run(struct sink_instance *instance, const struct sink_trial *trial, const char *id,
                          postern_error *error)
{
    int64_t begun = real_ms();
    postern_status status = in_step(sink_open(instance, 1, error), "opening it", error);
    if (status < 0) return status;
    trial->done(trial->context, "opened", real_ms() - begun);
    status = in_step(probe(instance, trial, error), "asking the receiver", error);
    if (status >= 0) status = in_step(write_one(instance, trial, id, error), "writing the event", error);
    sink_close(instance);
    return status;
}

postern_status sink_trial(const struct sink_trial *trial, char id[TRIAL_ID_SIZE], postern_error *error)
{
    const struct route_parts parts = {.clock = trial->clock, .random = trial->random};
    struct sink_instance *instance = NULL;
    snprintf(id, TRIAL_ID_SIZE, "test-%016" PRIx64, random_number(trial->random));
    postern_status status =
        sink_instance_new(trial->config, trial->sink, trial->registry, &parts, &instance, error);
    if (status < 0) return status;
    instance->is_test = true;
    status = run(instance, trial, id, error);
    sink_instance_free(instance);
    return status;
}

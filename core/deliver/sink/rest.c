#include "deliver/sink/rest.h"
#include "base/error.h"
#include "base/fnv1a.h"
#include "base/log.h"
#include "deliver/sink/runner.h"

/* Longer than the longest back-off: what fails again and again in between is no new trouble. */
#define SOUND_MS ((int64_t)10 * 60 * 1000)

/* One that failed with events is tried by these. */
static bool may_open(const struct sink_runner *runner, int64_t now_ms)
{
    return runner->deliveries && now_ms >= runner->rest.not_before_ms &&
           breaker_allows(&runner->breaker, 1, now_ms) > 0;
}

static void note_success(struct rest *rest, int64_t now_ms)
{
    if (!rest->well_since_ms) rest->well_since_ms = now_ms;
    if (now_ms - rest->well_since_ms < SOUND_MS) return;
    rest->failures = 0;
    rest->said = 0;
}

static void note_failure(struct sink_runner *runner, const postern_error *error, int64_t now_ms)
{
    struct rest *rest = &runner->rest;
    uint64_t said = fnv1a(fnv1a(FNV1A_START, text_of(error->message)), text_of(error->remedy));
    rest->well_since_ms = 0;
    rest->not_before_ms = now_ms + breaker_wait_ms(++rest->failures, error, runner->parts.random);
    if (said != rest->said) log_error(POSTERN_LOG_WARNING, runner->instance->name, error);
    rest->said = said;
}

void rest_take(struct sink_runner *runner)
{
    struct sink_instance *instance = runner->instance;
    int64_t now_ms = clock_monotonic_ms(runner->parts.clock);
    postern_error error = ERROR_INIT;
    if (!instance->sink->idle || (!instance->is_open && !may_open(runner, now_ms))) return;
    postern_status status = sink_open(instance, (uint32_t)runner->rest.failures + 1, &error);
    if (status >= 0) status = sink_idle(instance, &error);
    if (status >= 0)
        note_success(&runner->rest, now_ms);
    else if (status != POSTERN_E_STOPPED)
        note_failure(runner, &error, now_ms);
}

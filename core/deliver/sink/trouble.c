#include "deliver/sink/trouble.h"
#include "base/backoff.h"
#include "base/error.h"
#include "base/log.h"
#include "base/plural.h"
#include "base/units.h"
#include "deliver/sink/commit.h"
#include <stdatomic.h>
#include <stdio.h>

#define DEAD_LETTERS_FULL_RETRY_MS 30000
#define CONFIG_RETRY_MS            30000 /* the first; the user must act, so nothing is gained by haste */
#define STOPPED_RETRY_MS           1000  /* a sink that gave up though nothing is stopping */

static int64_t now_ms(const struct sink_runner *runner)
{
    return clock_monotonic_ms(runner->parts.clock);
}

bool trouble_is_due(struct sink_runner *runner, int64_t when_ms)
{
    if (now_ms(runner) >= when_ms) return true;
    if (when_ms < runner->next_ms) runner->next_ms = when_ms;
    return false;
}

bool trouble_is_over(struct delivery *delivery)
{
    struct sink_runner *runner = delivery->runner;
    return trouble_is_due(runner, delivery->not_before_ms) && trouble_is_due(runner, runner->not_before_ms);
}

static int64_t wait_after(struct sink_runner *runner, int failures, const postern_error *error)
{
    if (error->retry_after_ms > 0) return backoff_asked(error->retry_after_ms);
    int64_t wait = backoff_ms(failures + 1, runner->parts.random);
    return error->code == POSTERN_E_CONFIG && wait < CONFIG_RETRY_MS ? CONFIG_RETRY_MS : wait;
}

static void report(struct delivery *delivery, enum delivery_state state, const postern_error *error,
                   int64_t wait_ms)
{
    char wait[32], message[sizeof error->message + 64], text[ERROR_TEXT_SIZE];
    if (!delivery->trouble_since_ms)
        delivery->trouble_since_ms = clock_wall_ms(delivery->runner->parts.clock);
    snprintf(message, sizeof message, "%s; next try in %s", error->message, duration_format(wait_ms, wait));
    log_write(error->code == POSTERN_E_CONFIG ? POSTERN_LOG_ERROR : POSTERN_LOG_WARNING, delivery->name, "%s",
              error_text(message, error->remedy, text));
    commit_words(delivery, state, error);
}

void trouble_with_sink(struct delivery *delivery, postern_status status, const postern_error *error)
{
    struct sink_runner *runner = delivery->runner;
    if (status == POSTERN_E_STOPPED) {
        runner->not_before_ms = now_ms(runner) + STOPPED_RETRY_MS;
        return;
    }
    int64_t wait = wait_after(runner, ++runner->failures, error);
    runner->not_before_ms = now_ms(runner) + wait;
    report(delivery, status == POSTERN_E_CONFIG ? DELIVERY_STOPPED : DELIVERY_RETRYING, error, wait);
}

void trouble_with_secret(struct sink_runner *runner)
{
    postern_error error = ERROR_INIT;
    sink_lacks_secret(runner->instance, &error);
    runner->next_ms = INT64_MAX;
    for (struct delivery *delivery = runner->deliveries; delivery; delivery = delivery->next) {
        if (atomic_load(&delivery->held)) continue; /* said already */
        delivery->held_until_ms = INT64_MAX;
        atomic_store(&delivery->held, true);
        log_error(POSTERN_LOG_ERROR, delivery->name, &error);
        commit_words(delivery, DELIVERY_STOPPED, &error);
    }
}

void trouble_with_letters(struct delivery *delivery, const postern_error *error)
{
    delivery->stopped = true;
    delivery->failures++;
    delivery->not_before_ms = now_ms(delivery->runner) + DEAD_LETTERS_FULL_RETRY_MS;
    report(delivery, DELIVERY_STOPPED, error, DEAD_LETTERS_FULL_RETRY_MS);
}

void trouble_with_memory(struct delivery *delivery)
{
    postern_error error = ERROR_INIT;
    error_no_memory(&error, "while running the scripts");
    int64_t wait = wait_after(delivery->runner, (int)++delivery->failures, &error);
    delivery->not_before_ms = now_ms(delivery->runner) + wait;
    report(delivery, DELIVERY_RETRYING, &error, wait);
}

void trouble_with_scripts(struct delivery *delivery, const struct failure_share *judged,
                          const struct dead_letter *first)
{
    postern_error error = ERROR_INIT;
    error_set(&error, POSTERN_E_CONFIG,
              "the scripts failed on %lld of %lld event%s (script_failures is %lld percent); the first: %s",
              (long long)judged->failed, (long long)judged->events, plural(judged->events),
              (long long)delivery->feed.pipeline->failures.percent, first->reason ? first->reason : "");
    error_remedy(&error, "mend the scripts and reload; these events wait in the journal and none of them "
                         "became a dead letter. If they are to become dead letters, raise script_failures "
                         "of the pipeline");
    int64_t wait = wait_after(delivery->runner, delivery->held_tries++, &error);
    delivery->held_until_ms = now_ms(delivery->runner) + wait;
    atomic_store(&delivery->held, true);
    report(delivery, DELIVERY_STOPPED, &error, wait);
}

void trouble_has_ended(struct delivery *delivery)
{
    char lasted[32];
    if (!delivery->trouble_since_ms) return;
    int64_t now = clock_wall_ms(delivery->runner->parts.clock);
    log_write(POSTERN_LOG_INFO, delivery->name, "works again after %s",
              duration_format(now - delivery->trouble_since_ms, lasted));
    delivery->trouble_since_ms = 0;
}

postern_status trouble_as_one(const struct batch *batch, postern_error *error)
{
    error_set(error, POSTERN_E_CONFIG, "every event of a batch of %zu was rejected for the same reason: %s",
              batch->count, batch->events[0].reason);
    error_remedy(error, "mend the sink's settings, the receiver's or the scripts; nothing became a dead "
                        "letter, the events wait in the journal");
    return POSTERN_E_CONFIG;
}

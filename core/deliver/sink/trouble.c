#include "deliver/sink/trouble.h"
#include "base/error.h"
#include "base/fnv1a.h"
#include "base/log.h"
#include "base/plural.h"
#include "base/smaller.h"
#include "base/text.h"
#include "base/units.h"
#include "deliver/sink/commit.h"
#include "journal/breakers.h"
#include "journal/notice.h"
#include <stdatomic.h>
#include <stdio.h>

#define DEAD_LETTERS_FULL_RETRY_MS 30000
#define STOPPED_RETRY_MS           1000

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
    return trouble_is_due(delivery->runner, delivery->not_before_ms);
}

bool trouble_lets_write(struct delivery *delivery)
{
    struct sink_runner *runner = delivery->runner;
    return trouble_is_over(delivery) && trouble_is_due(runner, delivery->sink_not_before_ms) &&
           trouble_is_due(runner, runner->breaker.next_ms);
}

/* A notice never causes a notice: of what delivers nothing but notices, the log and `status` tell. */
static void emit(struct delivery *delivery, enum notice_kind kind, const char *message, const char *remedy)
{
    bool is_of_letters = kind == NOTICE_DEAD_LETTERS_FULL || kind == NOTICE_DEAD_LETTERS_RECOVERED;
    enum notice_kind *told = is_of_letters ? &delivery->letters_told : &delivery->told;
    if (*told == kind || config_is_of_notices(&delivery->feed.pipeline->from)) return;
    const struct notice notice = {.kind = kind,
                                  .subject = delivery->name,
                                  .message = message,
                                  .remedy = remedy,
                                  .since_ms =
                                      kind == NOTICE_DELIVERY_RETRYING ? delivery->trouble_since_ms : 0};
    if (notice_emit(delivery->runner->parts.journal, &notice)) *told = kind;
}

/* What waits for somebody to act, or mends itself. */
static enum notice_kind kind_of(postern_status status)
{
    return status == POSTERN_E_CONFIG ? NOTICE_DELIVERY_STOPPED : NOTICE_DELIVERY_RETRYING;
}

/* Said once for each thing that is wrong, however often it is tried: how it stands is shown by `status`. */
static void report(struct delivery *delivery, enum notice_kind kind, const postern_error *error,
                   int64_t wait_ms)
{
    char wait[32], message[sizeof error->message + 64], text[ERROR_TEXT_SIZE];
    uint64_t said = fnv1a(fnv1a(FNV1A_START, text_of(error->message)), text_of(error->remedy));
    if (!delivery->trouble_since_ms)
        delivery->trouble_since_ms = clock_wall_ms(delivery->runner->parts.clock);
    if (said != delivery->said) {
        snprintf(message, sizeof message, "%s; next try in %s", error->message,
                 duration_format(wait_ms, wait));
        log_write(error->code == POSTERN_E_CONFIG ? POSTERN_LOG_ERROR : POSTERN_LOG_WARNING, delivery->name,
                  "%s", error_text(message, error->remedy, text));
    }
    delivery->said = said;
    emit(delivery, kind, error->message, error->remedy);
    commit_words(delivery, kind == NOTICE_DELIVERY_RETRYING ? DELIVERY_RETRYING : DELIVERY_STOPPED, error);
}

/* ---- The sink ---- */

static void note_breaker(struct sink_runner *runner)
{
    const struct breaker *breaker = &runner->breaker;
    postern_error ignored = ERROR_INIT; /* it is only for `status` */
    int64_t wait_ms = larger(breaker->next_ms - now_ms(runner), 0);
    journal_breaker_note(runner->parts.journal,
                         &(struct breaker_record){.sink = runner->instance->name,
                                                  .state = breaker->state,
                                                  .since_ms = breaker->since_ms,
                                                  .next_ms = clock_wall_ms(runner->parts.clock) + wait_ms},
                         &ignored);
}

void trouble_with_sink(struct delivery *delivery, postern_status status, const postern_error *error)
{
    struct sink_runner *runner = delivery->runner;
    struct breaker *breaker = &runner->breaker;
    if (status == POSTERN_E_STOPPED) {
        breaker_give_up(breaker, now_ms(runner));
        if (breaker->state != BREAKER_CLOSED) note_breaker(runner);
        return;
    }
    int64_t wait = breaker_fail(breaker, error, now_ms(runner), clock_wall_ms(runner->parts.clock),
                                runner->parts.random);
    /* It works for others: then this delivery leaves it to them for longer. */
    if (++delivery->sink_failures > breaker->failures)
        wait = larger(wait, breaker_wait_ms(delivery->sink_failures, error, runner->parts.random));
    delivery->sink_not_before_ms = now_ms(runner) + wait;
    note_breaker(runner);
    report(delivery, kind_of(status), error, wait);
}

void trouble_goes_forward(struct delivery *delivery)
{
    breaker_progress(&delivery->runner->breaker);
    delivery->sink_failures = 0;
    atomic_fetch_add(&delivery->runner->moves, 1);
}

void trouble_tries_sink(struct sink_runner *runner)
{
    if (!breaker_begin(&runner->breaker)) return;
    log_write(POSTERN_LOG_DEBUG, runner->instance->name, "one batch tries whether it works again");
    note_breaker(runner);
}

void trouble_is_not_the_sink(struct sink_runner *runner)
{
    if (runner->breaker.state == BREAKER_CLOSED) return;
    breaker_succeed(&runner->breaker);
    note_breaker(runner);
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
        emit(delivery, NOTICE_DELIVERY_STOPPED, error.message, error.remedy);
        commit_words(delivery, DELIVERY_STOPPED, &error);
    }
}

/* ---- One delivery ---- */

void trouble_with_journal(struct delivery *delivery, postern_status status, const postern_error *error)
{
    struct sink_runner *runner = delivery->runner;
    if (status == POSTERN_E_STOPPED) {
        delivery->not_before_ms = now_ms(runner) + STOPPED_RETRY_MS;
        return;
    }
    int64_t wait = breaker_wait_ms(++delivery->failures, error, runner->parts.random);
    delivery->not_before_ms = now_ms(runner) + wait;
    report(delivery, kind_of(status), error, wait);
}

void trouble_with_letters(struct delivery *delivery, const postern_error *error)
{
    delivery->stopped = true;
    delivery->failures++;
    delivery->not_before_ms = now_ms(delivery->runner) + DEAD_LETTERS_FULL_RETRY_MS;
    report(delivery, NOTICE_DEAD_LETTERS_FULL, error, DEAD_LETTERS_FULL_RETRY_MS);
}

void trouble_with_memory(struct delivery *delivery)
{
    postern_error error = ERROR_INIT;
    error_no_memory(&error, "while running the scripts");
    int64_t wait = breaker_wait_ms(++delivery->failures, &error, delivery->runner->parts.random);
    delivery->not_before_ms = now_ms(delivery->runner) + wait;
    report(delivery, NOTICE_DELIVERY_RETRYING, &error, wait);
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
    int64_t wait = breaker_wait_ms(delivery->held_tries++, &error, delivery->runner->parts.random);
    delivery->held_until_ms = now_ms(delivery->runner) + wait;
    atomic_store(&delivery->held, true);
    report(delivery, NOTICE_DELIVERY_STOPPED, &error, wait);
}

void trouble_has_ended(struct delivery *delivery)
{
    char lasted[32], words[64] = "works again";
    int64_t since_ms = delivery->trouble_since_ms;
    if (since_ms) {
        int64_t now = clock_wall_ms(delivery->runner->parts.clock);
        snprintf(words, sizeof words, "works again after %s", duration_format(now - since_ms, lasted));
        log_write(POSTERN_LOG_INFO, delivery->name, "%s", words);
    }
    delivery->trouble_since_ms = 0;
    delivery->said = 0;
    /* Also at the first commit of a run: the one before may have ended between such a commit and its notice.
     */
    emit(delivery, NOTICE_DELIVERY_RECOVERED, words, NULL);
    emit(delivery, NOTICE_DEAD_LETTERS_RECOVERED, words, NULL);
}

postern_status trouble_as_one(const struct batch *batch, postern_error *error)
{
    error_set(error, POSTERN_E_CONFIG, "every event of a batch of %zu was rejected for the same reason: %s",
              batch->count, batch->events[0].reason);
    error_remedy(error, "mend the sink's settings, the receiver's or the scripts; nothing became a dead "
                        "letter, the events wait in the journal");
    return POSTERN_E_CONFIG;
}

postern_status trouble_in_a_row(const struct delivery *delivery, const struct batch *batch,
                                postern_error *error)
{
    long long most = (long long)delivery->runner->batching.refused_in_a_row;
    error_set(
        error, POSTERN_E_CONFIG,
        "more than %lld events in a row were rejected for the same reason (refused_in_a_row); the last: %s",
        most, batch->events[0].reason);
    error_remedy(error,
                 "mend the sink's settings, the receiver's or the scripts: this event waits in the "
                 "journal, those before it come with `postern dead retry`. If the events are at fault, "
                 "raise refused_in_a_row of the sink, or set it to 0: they become dead letters then");
    return POSTERN_E_CONFIG;
}

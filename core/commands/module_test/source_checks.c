/* Checks of a source. */
#include "commands/module_test/source_checks.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/thread.h"
#include "commands/module_test/instance.h"
#include "commands/module_test/process_state.h"
#include "commands/module_test/source_ready.h"

#define THREADS 4

static const char *outcome_name(int32_t outcome)
{
    static const char *const names[] = {"", "more", "end", "nothing new"};
    return outcome >= POSTERN_MORE && outcome <= POSTERN_NOTHING_NEW ? names[outcome] : "none";
}

static void write_after(const struct source_outcome *outcome, struct buffer *into)
{
    buffer_printf(into, "{\"status\":\"%s\",\"outcome\":\"%s\",\"keeps_position\":%s,\"position\":",
                  outcome->status >= 0 ? "ok" : status_name(outcome->status), outcome_name(outcome->outcome),
                  outcome->keeps_position ? "true" : "false");
    json_write_string(into, text_of(outcome->position));
    buffer_append_string(into, "}\n");
}

/* All that comes of an answer, as one text. */
static void write_all(const struct source_trial *trial, const struct source_question *question,
                      struct buffer *into)
{
    struct source_outcome outcome;
    source_trial_read(trial, question, &outcome);
    buffer_append_text(into, buffer_text(&outcome.handed));
    write_after(&outcome, into);
    source_outcome_clear(&outcome);
}

/* ---- What is asked ---- */

static void ask_case(struct ready_source *ready, const struct source_case *of)
{
    _cleanup_(buffer_free) struct buffer first = {.limit = SOURCE_TRIAL_LIMIT},
                                         second = {.limit = SOURCE_TRIAL_LIMIT};
    struct source_question question = of->question;
    postern_error error = ERROR_INIT;
    if (question.download) return; /* the core asks for it by itself */
    postern_status status = source_trial_ask(&ready->trial, &question, &first, &error);
    if (status < 0)
        return subject_fails(ready->subject, "case %s: next fails: %s", of->name,
                             error.message[0] ? error.message : "it does not say why");
    question.now_ms += 3600000;
    question.random ^= UINT64_MAX;
    question.attempt++;
    source_trial_ask(&ready->trial, &question, &second, &error);
    if (!text_equal(buffer_text(&first), buffer_text(&second)))
        return subject_fails(ready->subject,
                             "case %s: asked again at another time, next makes another request", of->name);
    buffer_append_byte(&first, '\n');
    case_compare(ready->subject, of, "request.json", buffer_text(&first));
}

static void check_next(struct subject *subject)
{
    struct ready_source ready;
    if (source_make_with_cases(subject, &ready))
        for (size_t i = 0; i < ready.cases.count && subject_is_good(subject); i++)
            ask_case(&ready, &ready.cases.items[i]);
    source_let_go(&ready);
}

/* ---- What comes of an answer ---- */

static void read_case_once(struct ready_source *ready, const struct source_case *of)
{
    struct source_outcome outcome;
    _cleanup_(buffer_free) struct buffer after = {.limit = SOURCE_TRIAL_LIMIT};
    source_trial_read(&ready->trial, &of->question, &outcome);
    write_after(&outcome, &after);
    if (outcome.status < 0 && !outcome.error.message[0])
        subject_fails(ready->subject, "case %s: on_response returned %d without words", of->name,
                      (int)outcome.status);
    if (case_compare(ready->subject, of, "events.ndjson", buffer_text(&outcome.handed)))
        case_compare(ready->subject, of, "after.json", buffer_text(&after));
    source_outcome_clear(&outcome);
}

static void check_events(struct subject *subject)
{
    struct ready_source ready;
    if (source_make_with_cases(subject, &ready))
        for (size_t i = 0; i < ready.cases.count && subject_is_good(subject); i++)
            read_case_once(&ready, &ready.cases.items[i]);
    source_let_go(&ready);
}

/* One of several that read the same answers at once, in one order or the other. */
struct case_reader {
    struct ready_source *ready;
    const struct buffer *expected; /* of each case */
    bool backwards;
    const char *differs; /* the case; NULL = none */
};

static void *read_cases(void *argument)
{
    struct case_reader *reader = argument;
    const struct source_cases *cases = &reader->ready->cases;
    for (size_t i = 0; i < cases->count && !reader->differs; i++) {
        size_t at = reader->backwards ? cases->count - 1 - i : i;
        _cleanup_(buffer_free) struct buffer all = {.limit = SOURCE_TRIAL_LIMIT};
        write_all(&reader->ready->trial, &cases->items[at].question, &all);
        if (!text_equal(buffer_text(&all), buffer_text(&reader->expected[at])))
            reader->differs = cases->items[at].name;
    }
    return NULL;
}

static void read_at_once(struct ready_source *ready, const struct buffer *expected)
{
    pthread_t threads[THREADS];
    struct case_reader readers[THREADS];
    postern_error error = ERROR_INIT;
    size_t started = 0;
    for (; started < THREADS; started++) {
        readers[started] =
            (struct case_reader){.ready = ready, .expected = expected, .backwards = started % 2 == 1};
        if (thread_start(&threads[started], "source", read_cases, &readers[started], &error) < 0) break;
    }
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < started; i++)
        if (readers[i].differs)
            subject_fails(ready->subject, "case %s: read by %d threads at once, something else comes of it",
                          readers[i].differs, THREADS);
}

static void read_again(struct ready_source *ready, struct buffer *expected)
{
    struct case_reader reader = {.ready = ready, .expected = expected};
    for (size_t i = 0; i < ready->cases.count; i++)
        write_all(&ready->trial, &ready->cases.items[i].question, &expected[i]);
    for (int turn = 0; turn < 2 && !reader.differs; turn++) {
        reader.backwards = turn == 1;
        read_cases(&reader);
    }
    if (reader.differs)
        subject_fails(ready->subject,
                      "case %s: read again, something else comes of it: the source keeps a state",
                      reader.differs);
    else
        read_at_once(ready, expected);
}

static void check_again(struct subject *subject)
{
    struct ready_source ready;
    if (source_make_with_cases(subject, &ready)) {
        struct buffer *expected = calloc(ready.cases.count, sizeof *expected);
        for (size_t i = 0; expected && i < ready.cases.count; i++)
            expected[i].limit = SOURCE_TRIAL_LIMIT;
        if (expected) read_again(&ready, expected);
        for (size_t i = 0; expected && i < ready.cases.count; i++)
            buffer_free(&expected[i]);
        free(expected);
    }
    source_let_go(&ready);
}

/* ---- What belongs to others ---- */

static void check_process(struct subject *subject)
{
    struct ready_source ready = {.subject = subject};
    struct process_state before;
    if (!subject_configure(subject)) return;
    process_state_take(&before);
    if (source_make_with_cases(subject, &ready))
        for (size_t i = 0; i < ready.cases.count; i++) {
            _cleanup_(buffer_free) struct buffer all = {.limit = SOURCE_TRIAL_LIMIT};
            write_all(&ready.trial, &ready.cases.items[i].question, &all);
        }
    source_let_go(&ready);
    const char *changed = process_state_changed(&before);
    if (changed) subject_fails(subject, "after its calls %s is not what it was", changed);
}

const struct module_check source_checks[] = {
    {"create", "create and destroy come again and again and leave nothing behind", check_create_again},
    {"options",
     "create with any value that its table allows ends in an instance or in an error with words (rule 7)",
     check_options_of_all_kinds},
    {"next", "next makes the request of the pass and the position alone", check_next},
    {"events", "of a recorded answer come the events, the outcome and the position that are expected",
     check_events},
    {"again", "a source keeps no state: the same answer gives the same, in any order and on any thread",
     check_again},
    {"damaged",
     "a damaged answer ends in an error with words, or in what is whole in it; never is a part of "
     "it taken for all",
     check_damaged},
    {"refused", "on_response looks at the HTTP status: an answer that refuses is no success", check_refused},
    {"arena", "where the arena is full a call fails with POSTERN_E_MEMORY", check_arena},
    {"process", "mask and handlers of signals, locale, umask, directory and environment stay (rule 8)",
     check_process},
    {0},
};

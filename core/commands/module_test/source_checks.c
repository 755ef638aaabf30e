/* Checks of a source, and of a lookup, which is seen as one. */
#include "commands/module_test/source_checks.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "commands/module_test/instance.h"
#include "commands/module_test/process_state.h"
#include "commands/module_test/source_ready.h"

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
    source_write_after(&outcome, &after);
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

/* Reads all cases, in one order or the other, and says of which something else comes than before.
 * NULL = of none. */
static const char *read_in_order(const struct ready_source *ready, const struct buffer *expected,
                                 bool backwards)
{
    const struct source_cases *cases = &ready->cases;
    for (size_t i = 0; i < cases->count; i++) {
        size_t at = backwards ? cases->count - 1 - i : i;
        _cleanup_(buffer_free) struct buffer all = {.limit = SOURCE_TRIAL_LIMIT};
        source_write_all(&ready->trial, &cases->items[at].question, &all);
        if (!text_equal(buffer_text(&all), buffer_text(&expected[at]))) return cases->items[at].name;
    }
    return NULL;
}

static void read_again(struct ready_source *ready, struct buffer *expected)
{
    for (size_t i = 0; i < ready->cases.count; i++)
        source_write_all(&ready->trial, &ready->cases.items[i].question, &expected[i]);
    for (int turn = 0; turn < 2; turn++) {
        const char *differs = read_in_order(ready, expected, turn == 1);
        if (differs)
            subject_fails(ready->subject,
                          "case %s: read again, something else comes of it: the source keeps a state",
                          differs);
    }
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
            source_write_all(&ready.trial, &ready.cases.items[i].question, &all);
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
    {"memory", "what next and on_response leave behind lies in the arena of the call or is constant (rule 4)",
     check_memory},
    {"again", "a source keeps no state: the same answer gives the same, in any order", check_again},
    {"concurrent", "next, on_response and on_set_aside run on any number of threads at once (rule 5)",
     check_concurrent_source},
    {"damaged",
     "a damaged answer ends in an error with words, or in what is whole in it; never is a part of "
     "it taken for all",
     check_damaged},
    {"set_aside",
     "on_set_aside hands over what on_response would, and of the rest every byte is set aside again",
     check_set_aside},
    {"refused", "on_response looks at the HTTP status: an answer that refuses is no success", check_refused},
    {"arena", "where the arena is full a call fails with POSTERN_E_MEMORY", check_arena},
    {"process", "mask and handlers of signals, locale, umask, directory and environment stay (rule 8)",
     check_process},
    {0},
};

const struct module_check lookup_checks[] = {
    {"next", "next makes the request of the parameters and the position alone", check_next},
    {"events", "of a recorded answer come the results, the outcome and the position that are expected",
     check_events},
    {"memory", "what next and on_response leave behind lies in the arena of the call or is constant (rule 4)",
     check_memory},
    {"again", "a lookup keeps no state: the same answer gives the same, in any order", check_again},
    {"concurrent", "next and on_response run on any number of threads at once (rule 5)",
     check_concurrent_source},
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

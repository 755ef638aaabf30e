/* A source with answers that are not as they should be. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "base/random.h"
#include "base/text.h"
#include "commands/module_test/source_checks.h"
#include "commands/module_test/source_ready.h"

#define CUTS  200 /* of one answer */
#define FLIPS 300
#define DEPTH 100000

/* One recorded answer, and what comes of it while it is whole. */
struct whole_answer {
    struct ready_source *ready;
    const struct source_case *of;
    struct source_outcome whole;
};

/* One JSON text to its end. Of other forms nobody can say whether the end is missing: lines of JSON cut at
 * the end of a line are a shorter answer without a fault. */
static bool is_json(postern_text body)
{
    _cleanup_(json_tape_freep) struct json_tape *tape = json_tape_new();
    const struct json_node *root = NULL;
    if (!tape || json_parse(tape, body, &root, NULL) < 0) return false;
    return json_type(root) == POSTERN_JSON_OBJECT || json_type(root) == POSTERN_JSON_ARRAY;
}

/* Reads it damaged; `is_cut`: the end is missing, which a JSON text cannot hide. */
static void read_damaged(const struct whole_answer *answer, postern_text body, bool is_cut, const char *how)
{
    struct subject *subject = answer->ready->subject;
    struct source_question question = answer->of->question;
    struct source_outcome outcome;
    question.body = body;
    source_trial_read(&answer->ready->trial, &question, &outcome);
    if (status_needs_words(outcome.status) && !outcome.error.message[0])
        subject_fails(subject, "case %s, %s: on_response returned %d without words", answer->of->name, how,
                      (int)outcome.status);
    bool takes_it = outcome.status >= 0 && !outcome.keeps_position && !outcome.set_aside;
    if (is_cut && takes_it && outcome.events < answer->whole.events)
        subject_fails(subject,
                      "case %s, %s at byte %zu of %zu: taken for whole with %zu of %zu events, so that the "
                      "rest is lost",
                      answer->of->name, how, body.size, answer->of->question.body.size, outcome.events,
                      answer->whole.events);
    source_outcome_clear(&outcome);
}

static void cut(const struct whole_answer *answer)
{
    postern_text body = answer->of->question.body, whole = text_trim(body);
    size_t end = whole.size ? (size_t)(whole.data - body.data) + whole.size : 0, step = end / CUTS + 1;
    bool shows = is_json(body) && answer->whole.status >= 0;
    for (size_t size = 0; size < end; size += step) /* a copy of its own, so that reading on is found */
    {
        _cleanup_(freep) char *copy = malloc(size + 1);
        if (!copy) return;
        memcpy(copy, body.data, size);
        read_damaged(answer, (postern_text){copy, size}, shows, "cut");
    }
}

static void flip(const struct whole_answer *answer)
{
    postern_text body = answer->of->question.body;
    struct random_source random = random_fixed(body.size);
    _cleanup_(freep) char *copy = malloc(body.size + 1);
    for (int i = 0; copy && body.size && i < FLIPS; i++) {
        memcpy(copy, body.data, body.size);
        for (uint64_t k = random_below(&random, 4) + 1; k; k--)
            copy[random_below(&random, body.size)] ^= (char)(1 << random_below(&random, 8));
        read_damaged(answer, (postern_text){copy, body.size}, false, "with flipped bits");
    }
    if (!copy || !body.size) return;
    random.fill(&random, copy, body.size);
    read_damaged(answer, (postern_text){copy, body.size}, false, "of random bytes");
}

/* What stands there instead of the vendor's answer. */
static void replace(const struct whole_answer *answer)
{
    static const char *const others[] = {"",
                                         "<!DOCTYPE html><html><body>Sign in to the network</body></html>",
                                         "null",
                                         "0",
                                         "[]",
                                         "{}",
                                         "\"text\"",
                                         "[1e999,-1e999,123456789012345678901234567890]",
                                         "{\"data\":-1,\"meta\":[],\"events\":{},\"next\":7}"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        read_damaged(answer, text_of(others[i]), false, "replaced by another text");
    _cleanup_(freep) char *deep = malloc(DEPTH);
    if (!deep) return;
    memset(deep, '[', DEPTH);
    read_damaged(answer, (postern_text){deep, DEPTH}, false, "replaced by deep nesting");
}

/* What came damaged comes whole at last: then nothing of it is missing. */
static void read_whole_again(const struct whole_answer *answer)
{
    struct source_outcome outcome;
    source_trial_read(&answer->ready->trial, &answer->of->question, &outcome);
    if (outcome.status != answer->whole.status ||
        !text_equal(buffer_text(&outcome.handed), buffer_text(&answer->whole.handed)))
        subject_fails(answer->ready->subject,
                      "case %s: after damaged answers the whole one gives something else", answer->of->name);
    source_outcome_clear(&outcome);
}

void check_damaged(struct subject *subject)
{
    struct ready_source ready;
    if (source_make_with_cases(subject, &ready))
        for (size_t i = 0; i < ready.cases.count && subject_is_good(subject); i++) {
            struct whole_answer answer = {.ready = &ready, .of = &ready.cases.items[i]};
            source_trial_read(&ready.trial, &answer.of->question, &answer.whole);
            cut(&answer);
            flip(&answer);
            replace(&answer);
            read_whole_again(&answer);
            source_outcome_clear(&answer.whole);
        }
    source_let_go(&ready);
}

/* Without a body, and with the body of a good answer, which a proxy may have left there. */
void check_refused(struct subject *subject)
{
    static const int statuses[] = {400, 401, 403, 404, 410, 418};
    struct ready_source ready;
    bool good = source_make_with_cases(subject, &ready);
    for (size_t i = 0; good && i < ready.cases.count; i++) {
        struct source_question question = ready.cases.items[i].question;
        question.body = (postern_text){0};
        for (size_t k = 0; k < sizeof statuses / sizeof *statuses && subject_is_good(subject); k++) {
            struct source_outcome outcome;
            question.status = statuses[k];
            source_trial_read(&ready.trial, &question, &outcome);
            bool hands_over = outcome.events || outcome.set_aside; /* what waited in the position */
            if (outcome.status >= 0 && !outcome.keeps_position && !hands_over)
                subject_fails(subject, "case %s: with HTTP status %d it succeeds (%s)",
                              ready.cases.items[i].name, statuses[k],
                              outcome.outcome == POSTERN_NOTHING_NEW ? "nothing new" : "it goes on");
            else if (status_needs_words(outcome.status) && !outcome.error.message[0])
                subject_fails(subject, "case %s: with HTTP status %d it fails without words",
                              ready.cases.items[i].name, statuses[k]);
            source_outcome_clear(&outcome);
        }
    }
    source_let_go(&ready);
}

static void read_in_little_room(struct ready_source *ready, const struct source_case *of)
{
    struct source_question question = of->question;
    for (question.arena_size = 16; question.arena_size < (size_t)1 << 20; question.arena_size *= 2) {
        _cleanup_(buffer_free) struct buffer request = {.limit = SOURCE_TRIAL_LIMIT};
        postern_error error = ERROR_INIT;
        struct source_outcome outcome;
        postern_status asked =
            question.download ? POSTERN_OK : source_trial_ask(&ready->trial, &question, &request, &error);
        if (asked < 0 && asked != POSTERN_E_MEMORY)
            subject_fails(ready->subject, "case %s: next with an arena of %zu bytes fails with %s", of->name,
                          question.arena_size, status_name(asked));
        source_trial_read(&ready->trial, &question, &outcome);
        if (status_needs_words(outcome.status) && !outcome.error.message[0])
            subject_fails(ready->subject,
                          "case %s: on_response with an arena of %zu bytes fails without words", of->name,
                          question.arena_size);
        source_outcome_clear(&outcome);
    }
}

void check_arena(struct subject *subject)
{
    struct ready_source ready;
    if (source_make_with_cases(subject, &ready))
        for (size_t i = 0; i < ready.cases.count && subject_is_good(subject); i++)
            read_in_little_room(&ready, &ready.cases.items[i]);
    source_let_go(&ready);
}

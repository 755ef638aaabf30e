/* A source on several threads at once. They meet wherever it has handed something over that nobody has looked
 * at yet: what it keeps for a call where other calls find it is another's by then. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "base/thread.h"
#include "commands/module_test/meeting.h"
#include "commands/module_test/question_variant.h"
#include "commands/module_test/source_checks.h"
#include "commands/module_test/source_ready.h"
#include <stdlib.h>

#define THREADS       4
#define MEETINGS      16 /* in one call; events may be many */
#define VARIANT_ARENA ((size_t)1 << 30)

/* What one thread asks and reads: a variant of each case. */
struct concurrent_reader {
    const struct ready_source *ready;
    struct meeting *meeting;
    struct source_question *questions;
    struct buffer *expected;   /* of each */
    const char *differs;       /* the case; NULL = none */
    unsigned number, meetings; /* which of the threads it is; in this call */
};

static void ask(const struct source_trial *trial, const struct source_question *question, struct buffer *into)
{
    postern_error error = ERROR_INIT;
    if (question->download) return;
    postern_status status = source_trial_ask(trial, question, into, &error);
    buffer_printf(into, " %d\n", (int)status);
}

/* The answer, and the same bytes as what was set aside. */
static void read_answer(const struct source_trial *trial, const struct source_question *question,
                        struct buffer *into)
{
    source_write_all(trial, question, into);
    if (!source_trial_can_read_again(trial) || !question->body.size) return;
    struct source_outcome outcome;
    const postern_set_aside what = {.size = sizeof what, .bytes = question->body, .reason = "it is a test"};
    source_trial_read_again(trial, question, &what, &outcome);
    buffer_append_text(into, buffer_text(&outcome.handed));
    source_outcome_clear(&outcome);
}

static void meet_within(void *context)
{
    struct concurrent_reader *reader = context;
    if (reader->meetings++ < MEETINGS) meeting_wait(reader->meeting);
}

static bool meet_at_the_end(void *context, const struct source_handing *handing)
{
    struct concurrent_reader *reader = context;
    (void)handing;
    reader->meetings = 0;
    meeting_wait(reader->meeting);
    return true;
}

static void wait_times(struct concurrent_reader *reader, unsigned times)
{
    while (times--)
        meeting_wait(reader->meeting);
}

/* All ask at the same time, and read one behind the other, so that no two have the same event in hand. */
static void *read_all(void *argument)
{
    struct concurrent_reader *reader = argument;
    const struct source_cases *cases = &reader->ready->cases;
    struct source_trial trial = reader->ready->trial;
    trial.watch = (struct source_watch){meet_at_the_end, meet_within, reader};
    for (size_t i = 0; i < cases->count && !reader->differs; i++) {
        _cleanup_(buffer_free) struct buffer all = {.limit = SOURCE_TRIAL_LIMIT};
        ask(&trial, &reader->questions[i], &all);
        wait_times(reader, reader->number);
        read_answer(&trial, &reader->questions[i], &all);
        wait_times(reader, THREADS - 1 - reader->number);
        if (!text_equal(buffer_text(&all), buffer_text(&reader->expected[i])))
            reader->differs = cases->items[i].name;
    }
    meeting_leave(reader->meeting);
    return NULL;
}

/* ---- Before and behind ---- */

/* Its questions, and what comes of each while nobody else asks. */
static bool prepare(struct concurrent_reader *reader, postern_arena *arena)
{
    const struct ready_source *ready = reader->ready;
    size_t count = ready->cases.count;
    reader->questions = arena_allocate(arena, count * sizeof *reader->questions);
    reader->expected = calloc(count, sizeof *reader->expected);
    bool good = reader->questions && reader->expected;
    for (size_t i = 0; good && i < count; i++) {
        const struct source_question *question = &ready->cases.items[i].question;
        struct source_outcome outcome;
        source_trial_read(&ready->trial, question, &outcome);
        good = question_variant(arena, question, outcome.position, reader->number, &reader->questions[i]);
        source_outcome_clear(&outcome);
        reader->expected[i].limit = SOURCE_TRIAL_LIMIT;
        if (good) ask(&ready->trial, &reader->questions[i], &reader->expected[i]);
        if (good) read_answer(&ready->trial, &reader->questions[i], &reader->expected[i]);
    }
    return good;
}

static void forget(struct concurrent_reader *reader)
{
    for (size_t i = 0; reader->expected && i < reader->ready->cases.count; i++)
        buffer_free(&reader->expected[i]);
    free(reader->expected);
}

static void run_together(struct concurrent_reader *readers, struct meeting *meeting)
{
    pthread_t threads[THREADS];
    postern_error error = ERROR_INIT;
    size_t started = 0;
    for (; started < THREADS; started++)
        if (thread_start(&threads[started], "source", read_all, &readers[started], &error) < 0) break;
    for (size_t i = started; i < THREADS; i++)
        meeting_leave(meeting);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

static void read_at_once(struct ready_source *ready)
{
    struct concurrent_reader readers[THREADS] = {{0}};
    struct meeting meeting;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(VARIANT_ARENA);
    bool good = arena != NULL;
    meeting_init(&meeting, THREADS, ready->subject->suite->patience_ms / 10);
    for (unsigned i = 0; i < THREADS; i++) {
        readers[i] = (struct concurrent_reader){.ready = ready, .meeting = &meeting, .number = i};
        good = good && prepare(&readers[i], arena);
    }
    if (good)
        run_together(readers, &meeting);
    else
        subject_fails(ready->subject, "no memory for its cases");
    for (unsigned i = 0; i < THREADS; i++) {
        if (readers[i].differs)
            subject_fails(ready->subject, "case %s: read by %d threads at once, something else comes of it",
                          readers[i].differs, THREADS);
        forget(&readers[i]);
    }
    meeting_clear(&meeting);
}

void check_concurrent_source(struct subject *subject)
{
    struct ready_source ready;
    if (source_make_with_cases(subject, &ready)) read_at_once(&ready);
    source_let_go(&ready);
}

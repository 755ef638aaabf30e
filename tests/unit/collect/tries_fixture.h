/* Sequences of tries at one answer, with the real sources: what a test says that each try shows, over several
 * lives of the process. */
#ifndef TESTS_COLLECT_TRIES_FIXTURE_H
#define TESTS_COLLECT_TRIES_FIXTURE_H

#include "../sanitized.h"
#include "stream_fixture.h"

enum { TRIES = 4, TRIED_WORDS = 64 };

/* Signed, whatever the API: what lets a source in is another test's concern. */
#define SIGNED_AUTH(name_)                                                                                   \
    {                                                                                                        \
        .size = sizeof(postern_auth), .name = (name_), .title = "Mimecast", .scheme = "mimecast-v1",         \
        .credentials = toy_signed_keys                                                                       \
    }

static const int *sequence;   /* of kinds */
static int answers, readable; /* so far; those that the source sees */

/* Several lives of the process, over one journal. */
enum ending {
    NO_END,
    RELOADED_AFTER_EACH, /* try that was stored */
    RELOADED,            /* somewhere */
    CRASHED,             /* likewise */
    ENDINGS
};
static enum ending ending;
static int ending_step;
/* An answer that was not stored was not shown: the next life is given it again. */
static struct {
    int answers, readable;
    int64_t stored;
} before_last;

static const char *only_stream; /* NULL = all of the source */
static int64_t last_life_ms = 10 * MINUTE;

static inline void begin_source(const char *name, const postern_auth *auth,
                                void (*script)(struct flight *flight, int account, int which, int n))
{
    begin(1, script);
    snprintf(bench.config.source.name, sizeof bench.config.source.name, "%s", name);
    bench.config.source.delay_ms = 0;
    bench.config.source.interval_ms = DAY;
    bench.config.accounts[0].profile = auth;
    postern_error error = ERROR_INIT;
    if (registry_load(bench.config.registry, TEST_MODULE, &error) < 0) fail_msg("%s", error.message);
    answers = readable = 0;
}

/* Which sequence it is, for a message. */
static inline void say_tried(char words[TRIED_WORDS])
{
    words[0] = 0;
    for (int i = 0; i < TRIES; i++)
        snprintf(words + strlen(words), TRIED_WORDS - strlen(words), " %d", sequence[i]);
    snprintf(words + strlen(words), TRIED_WORDS - strlen(words), ", ending %d at step %d", (int)ending,
             ending_step);
}

static inline void note_answer(void)
{
    before_last.answers = answers;
    before_last.readable = readable;
    before_last.stored = world.stored;
    answers++;
}

static inline void begin_life(void)
{
    build();
    fleet_go(bench.fleet);
    struct account *account = bench.fleet->accounts[0];
    for (size_t i = 0; only_stream && i < account->stream_count; i++)
        if (strcmp(account->streams[i].declaration->name, only_stream) != 0)
            network_timer_cancel(bench.fleet->shared.network, &account->streams[i].timer);
}

/* Ends a life, and begins the next. */
static inline void live_on(bool crash)
{
    int64_t stored = world.stored;
    world.crashed = crash;
    bool is_idle = false;
    fleet_pause(bench.fleet, idle, &is_idle);
    while (!is_idle)
        assert_true(world_step(INT64_MAX));
    if (!crash) stored = world.stored; /* what was under way */
    fleet_free(bench.fleet);
    while (world.happening_count || world.first_task)
        assert_true(world_step(INT64_MAX));
    world.crashed = false;
    if (answers > before_last.answers && stored == before_last.stored) {
        answers = before_last.answers;
        readable = before_last.readable;
    }
    before_last.answers = answers;
    begin_life();
}

static inline void live(void)
{
    begin_life();
    before_last.answers = 0;
    int64_t end = world.time_ms + 10 * MINUTE, stored = 0;
    for (int lives = 0; ending == RELOADED_AFTER_EACH && lives < 2 * TRIES;) {
        if (!world_step(end)) break;
        if (world.stored == stored) continue;
        lives++;
        live_on(false);
        stored = world.stored;
    }
    if (ending == RELOADED || ending == CRASHED) {
        for (int i = 0; i < ending_step && world_step(end); i++) {
        }
        live_on(ending == CRASHED);
    }
    run_for(last_life_ms);
}

static inline void run_sequences(int kinds, void (*one)(void))
{
    int kind[TRIES] = {0};
    sequence = kind;
    struct random_source steps = random_fixed(11), share = random_fixed(12);
    for (;;) {
        bool chosen = random_below(&share, SANITIZED_SHARE) == 0;
        ending = NO_END;
        if (chosen) one();
        ending = RELOADED_AFTER_EACH + (enum ending)random_below(&steps, ENDINGS - RELOADED_AFTER_EACH);
        ending_step = (int)random_below(&steps, 60);
        if (chosen) one();
        int at = 0;
        while (at < TRIES && ++kind[at] == kinds)
            kind[at++] = 0;
        if (at == TRIES) return;
    }
}

#endif

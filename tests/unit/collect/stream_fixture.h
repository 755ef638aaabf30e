/* Single streams against a scripted vendor: a test says what is answered, and looks at what is asked when,
 * what is committed, and what a user is told. */
#ifndef TESTS_COLLECT_STREAM_FIXTURE_H
#define TESTS_COLLECT_STREAM_FIXTURE_H

#include "collect/stream/account.h"
#include "collect/stream/download_trouble.h"
#include "collect/stream/downloads.h"
#include "world_fleet.h"

enum { WINDOW, TOKEN, FILES_STREAM, DOWNLOAD };
static const char *const stream_names[] = {"toy-window", "toy-token", "toy-files", "download"};

/* What the vendor saw of one stream (or of all downloads). */
struct seen {
    int requests;
    int64_t at_ms[400]; /* since the start */
    char body[128];     /* of the last */
};

static struct {
    struct toy_config config;
    struct fleet_progress progress;
    struct fleet *fleet;
    bool once;
    struct seen seen[8][4]; /* by account and stream */
    int open_downloads, most_open_downloads;
    /* Answers stream `which` of account `account`, for the n-th time (0 ...). */
    void (*script)(struct flight *flight, int account, int which, int n);
} bench;

static inline void say(struct flight *flight, const char *text)
{
    buffer_append_string(&flight->body, text);
}

static inline void answer(struct flight *flight)
{
    int which = DOWNLOAD, account = 0;
    for (int i = 0; i < 3; i++)
        if (strstr(flight->exchange->url, stream_names[i])) which = i;
    if (flight->access_key[0]) account = flight->access_key[strlen(flight->access_key) - 1] - '0';
    struct seen *seen = &bench.seen[account][which];
    text_to_string(flight->exchange->body, seen->body, sizeof seen->body);
    if (seen->requests < 400) seen->at_ms[seen->requests] = world.time_ms - WORLD_START;
    bench.script(flight, account, which, seen->requests++);
}

static inline struct collector_parts bench_parts(void)
{
    struct collector_parts parts = world_parts(&bench.config);
    parts.once = bench.once;
    return parts;
}

static inline void build(void)
{
    const struct collector_parts parts = bench_parts();
    postern_error error = ERROR_INIT;
    if (fleet_build(&parts, &bench.progress, NULL, &bench.fleet, &error) < 0) fail_msg("%s", error.message);
}

/* The streams of bits `wanted` only: the others are not started. */
static inline void go(unsigned wanted)
{
    struct fleet *fleet = bench.fleet;
    fleet_go(fleet);
    for (size_t i = 0; i < fleet->account_count; i++)
        for (size_t j = 0; j < fleet->accounts[i]->stream_count; j++)
            for (int k = 0; k < 3; k++)
                if (strcmp(fleet->accounts[i]->streams[j].declaration->name, stream_names[k]) == 0 &&
                    !(wanted & 1u << k))
                    network_timer_cancel(fleet->shared.network, &fleet->accounts[i]->streams[j].timer);
}

static inline void begin(size_t accounts,
                         void (*script)(struct flight *flight, int account, int which, int n))
{
    memset(&bench, 0, sizeof bench);
    world_begin(7, answer);
    world.latency_ms = 20;
    bench.script = script;
    toy_config_make(&bench.config, accounts);
    bench.config.source.lookback_ms = HOUR;
}

static inline void idle(void *context)
{
    *(bool *)context = true;
}

static inline void stop(void)
{
    bool is_idle = false;
    fleet_pause(bench.fleet, idle, &is_idle);
    while (!is_idle)
        assert_true(world_step(INT64_MAX));
    fleet_store_accounts(bench.fleet);
    fleet_free(bench.fleet);
    while (world.happening_count || world.first_task)
        assert_true(world_step(INT64_MAX));
    bench.fleet = NULL;
}

static inline void end(void)
{
    stop();
    toy_config_free(&bench.config);
    world_end();
}

static inline void run_for(int64_t ms)
{
    world_run(world.time_ms + ms);
}

static inline const struct stream_record *record_of(int which)
{
    return &world_stream(stream_names[which])->record;
}

#endif

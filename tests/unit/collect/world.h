/* A small world for streams: network, workers, journal and time, all in one thread and in the order that a
 * seed decides. The functions below replace those of the real network, workers and journal when the test is
 * linked; what the streams do is the real thing.
 *
 * Time passes only in world_step. A crash freezes the journal: what it holds then is what a restart finds. */
#ifndef TESTS_COLLECT_WORLD_H
#define TESTS_COLLECT_WORLD_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "base/workers.h"
#include "collect/fleet.h"
#include "http/timer_heap.h"
#include "journal/notice.h"

#include "../snapshot_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND      1000LL
#define MINUTE      (60 * SECOND)
#define HOUR        (60 * MINUTE)
#define DAY         (24 * HOUR)
#define WORLD_START 1767225600000LL /* 2026-01-01T00:00:00Z */

/* ---- The world ---------------------------------------------------------------------------------- */

/* A request that has arrived at the vendor, and what it answers. */
struct flight {
    struct http_exchange *exchange;
    int64_t signed_ms;               /* the time in its signature; 0 = unsigned */
    char access_key[64], bearer[64]; /* what it was let in with; empty = not so */
    int status; /* 0: the connection breaks, -1: the answer is too large, -2: its coding is broken */
    struct buffer body;
    char headers[4][2][64];
    size_t header_count;
    bool without_date;
};

struct happening {
    int64_t at_ms;
    uint64_t order;
    void (*run)(void *context);
    void *context;
};

struct stored_id {
    unsigned char id[EVENT_ID_SIZE];
    int64_t pass_until_ms; /* 0: of a token stream */
    bool forgotten;
};

struct stored_stream {
    struct stream_record record;
    struct stored_id *ids;
    size_t id_count;
    char done[16][64];
    size_t done_count;
    struct stored_tries {
        char key[64];
        struct buffer left;
        int written; /* so often */
    } tries[16];
    size_t tries_count;
    struct span {
        int64_t from_ms, until_ms;
    } coverage[64]; /* what was read; contiguous ranges, in any order */
    size_t coverage_count;
    int64_t coverage_events;
    struct snapshot_model list;
};

#define WORLD_EVENTS 4096
#define WORLD_BODY   4096 /* bytes that a vendor may say before its own memory could run out */
#define WORLD_TIMERS 64   /* likewise */

static struct world {
    int64_t time_ms; /* the true time, which is the vendor's; monotonic is the same number */
    int64_t skew_ms; /* our wall clock minus the true time */
    int64_t date_ms; /* what the vendor's answers say that it is; 0 = the true time and this: */
    int64_t date_off_ms;
    struct random_source random;
    int64_t latency_ms;         /* of everything, at most */
    int64_t connection_ms;      /* how long an exchange waits until it is let in, ... */
    enum admission_bound bound; /* ... and for what */
    int64_t worker_ms;          /* how long the workers are busy with other things */

    struct happening *happenings;
    size_t happening_count;
    uint64_t order;
    struct timer_heap timers;
    struct network_task *first_task, **last_task;
    void (*vendor)(struct flight *flight);

    struct account_record accounts[8];
    size_t account_count;
    struct stored_stream *streams;
    size_t stream_count;
    bool crashed, full;
    int64_t dead_count;
    struct stored_letter {
        unsigned char id[EVENT_ID_SIZE];
        int64_t received_ms;
        int64_t stream_id;
    } letters[16];           /* the first */
    int fail_commits;        /* the next so many commits that carry pages fail */
    int refuse_commits;      /* the next so many of any kind */
    int64_t crash_at;        /* with the commit of that number; 0 = not */
    int64_t commits, stored; /* tried; of a stream, without steps, that came to something */
    int taken[WORLD_EVENTS]; /* how often each event was stored */
    char calls[8][4096];     /* what is on record of each account's calls under its quota */
    int64_t calls_submitted, calls_stored;
    int left[WORLD_EVENTS]; /* the same of those that tell that an item has left */
    struct told {           /* the newest of both, by number */
        unsigned char id[EVENT_ID_SIZE];
        int64_t time_ms;
        char text[48];
    } appeared_as[WORLD_EVENTS], left_as[WORLD_EVENTS];
    char last_dead_reason[256];
    enum notice_kind notices[16]; /* the first that were emitted */
    size_t notice_count;
    bool told_trouble;                 /* of a stream */
    size_t last_dead_size, most_pages; /* bytes of the last letter; events in one commit */
} world;

/* The world's own memory does not run out when a test lets that of the streams do so (failing_allocator.h).
 */
void *__real_realloc(void *block, size_t size) __attribute__((weak));

static inline void *world_allocate(void *block, size_t size)
{
    void *moved = __real_realloc ? __real_realloc(block, size) : realloc(block, size);
    assert_non_null(moved);
    return moved;
}

static inline void *world_allocate_zeroed(size_t size)
{
    return memset(world_allocate(NULL, size), 0, size);
}

static inline int64_t world_below(int64_t bound)
{
    return bound > 0 ? (int64_t)random_below(&world.random, (uint64_t)bound) : 0;
}

static inline void world_later(int64_t delay_ms, void (*run)(void *context), void *context)
{
    world.happenings =
        world_allocate(world.happenings, (world.happening_count + 1) * sizeof *world.happenings);
    world.happenings[world.happening_count++] =
        (struct happening){world.time_ms + delay_ms, world.order++, run, context};
}

static inline size_t next_happening(void)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < world.happening_count; i++) {
        if (best == SIZE_MAX || world.happenings[i].at_ms < world.happenings[best].at_ms ||
            (world.happenings[i].at_ms == world.happenings[best].at_ms &&
             world.happenings[i].order < world.happenings[best].order))
            best = i;
    }
    return best;
}

/* Does the next thing, at the latest at `until_ms`; false if there is none before. */
static inline bool world_step(int64_t until_ms)
{
    if (world.first_task) {
        struct network_task *task = world.first_task;
        world.first_task = task->next;
        if (!world.first_task) world.last_task = &world.first_task;
        task->run(task);
        return true;
    }
    size_t happening = next_happening();
    struct network_timer *timer = timer_heap_first(&world.timers);
    int64_t happens = happening == SIZE_MAX ? INT64_MAX : world.happenings[happening].at_ms;
    int64_t fires = timer ? timer->deadline_ms : INT64_MAX;
    int64_t when = happens <= fires ? happens : fires;
    if (when > until_ms) return false;
    if (when > world.time_ms) world.time_ms = when;
    if (happens <= fires) {
        struct happening now = world.happenings[happening];
        world.happenings[happening] = world.happenings[--world.happening_count];
        now.run(now.context);
    } else {
        timer_heap_cancel(&world.timers, timer);
        timer->fire(timer);
    }
    return true;
}

static inline void world_run(int64_t until_ms)
{
    while (world_step(until_ms)) {
    }
    world.time_ms = until_ms;
}

static inline void world_begin(uint64_t seed, void (*vendor)(struct flight *flight))
{
    memset(&world, 0, sizeof world);
    world.time_ms = WORLD_START;
    world.random = random_fixed(seed);
    world.latency_ms = 400;
    world.last_task = &world.first_task;
    world.vendor = vendor;
    world.timers.capacity = WORLD_TIMERS;
    world.timers.slots = world_allocate_zeroed(WORLD_TIMERS * sizeof(struct network_timer *));
}

static inline void world_end(void)
{
    for (size_t i = 0; i < world.stream_count; i++) {
        stream_record_clear(&world.streams[i].record);
        free(world.streams[i].ids);
        model_free(&world.streams[i].list);
        for (size_t k = 0; k < world.streams[i].tries_count; k++)
            buffer_free(&world.streams[i].tries[k].left);
    }
    for (size_t i = 0; i < world.account_count; i++) {
        account_record_clear(&world.accounts[i]);
        free((char *)(uintptr_t)world.accounts[i].name);
    }
    free(world.streams);
    timer_heap_free(&world.timers);
    free(world.happenings);
    world.happenings = NULL;
}

static inline int64_t world_wall(const struct clock *clock)
{
    (void)clock;
    return world.time_ms + world.skew_ms;
}

static inline int64_t world_monotonic(const struct clock *clock)
{
    (void)clock;
    return world.time_ms;
}

static const struct clock world_clock = {world_wall, world_monotonic, 1};

static inline struct stored_stream *world_stream(const char *name)
{
    for (size_t i = 0; i < world.stream_count; i++)
        if (strcmp(world.streams[i].record.name, name) == 0) return &world.streams[i];
    fail_msg("no stream %s", name);
    return NULL;
}

/* ---- In place of core/http/network.h ------------------------------------------------------------ */

void network_post(struct network *network, struct network_task *task)
{
    (void)network;
    task->next = NULL;
    *world.last_task = task;
    world.last_task = &task->next;
}

void network_timer_cancel(struct network *network, struct network_timer *timer)
{
    (void)network;
    timer_heap_cancel(&world.timers, timer);
}

void network_timer_set(struct network *network, struct network_timer *timer, int64_t deadline_ms)
{
    (void)network;
    assert_true(timer_heap_set(&world.timers, timer, deadline_ms));
}

static inline void flight_sign(struct flight *flight)
{
    struct http_exchange *exchange = flight->exchange;
    if (!exchange->sign) return;
    assert_false(exchange->credentialless);
    postern_arena *arena = arena_new(1 << 16);
    if (!arena) return;
    postern_pair headers[8];
    size_t count = 0;
    postern_error error = ERROR_INIT;
    if (exchange->sign(exchange, arena, headers, 8, &count, &error) == POSTERN_OK) {
        for (size_t i = 0; i < count; i++) {
            char date[64];
            text_to_string(headers[i].value, date, sizeof date);
            if (text_is_ignoring_case(headers[i].name, "x-mc-date")) {
                memcpy(strstr(date, "UTC"), "GMT", 3);
                assert_true(timestamp_parse_http(text_of(date), &flight->signed_ms));
            }
            if (text_starts_with(headers[i].value, "Bearer "))
                text_to_string(headers[i].value, flight->bearer, sizeof flight->bearer);
            else if (text_is_ignoring_case(headers[i].name, "authorization")) {
                text_to_string(headers[i].value, flight->access_key, sizeof flight->access_key);
                memmove(flight->access_key, flight->access_key + 3, strlen(flight->access_key) - 2);
                flight->access_key[strcspn(flight->access_key, ":")] = 0;
            }
        }
    }
    arena_free(arena);
}

struct http_transfer {
    struct buffer body;
    postern_pair headers[4];
    char words[4][2][64];
};

static inline void flight_land(void *context)
{
    struct flight *flight = context;
    struct http_exchange *exchange = flight->exchange;
    struct http_transfer *transfer = world_allocate_zeroed(sizeof *transfer);
    transfer->body = flight->body;
    memcpy(transfer->words, flight->headers, sizeof transfer->words);
    for (size_t i = 0; i < flight->header_count; i++)
        transfer->headers[i] = (postern_pair){text_of(transfer->words[i][0]), text_of(transfer->words[i][1])};
    exchange->transfer = transfer;
    exchange->error = ERROR_INIT;
    exchange->status = flight->status < 0 ? 200 : flight->status;
    exchange->answer_headers = transfer->headers;
    exchange->answer_header_count = flight->header_count;
    exchange->answer_body = buffer_text(&transfer->body);
    if (flight->status == -1)
        error_set(&exchange->error, POSTERN_E_LIMIT, "the answer is too large");
    else if (flight->status == -2 && !exchange->keeps_coding)
        exchange->coding_failed = error_set(&exchange->error, POSTERN_E_RETRY, "the gzip ends early") < 0;
    else if (flight->status == 0)
        error_set(&exchange->error, POSTERN_E_RETRY, "the connection was reset");
    if (flight->status != 0 && !flight->without_date)
        exchange->server_date_ms =
            world.date_ms ? world.date_ms : world.time_ms - world.time_ms % 1000 + world.date_off_ms;
    free(flight);
    exchange->done(exchange);
}

static inline void flight_arrive(void *context)
{
    struct flight *flight = context;
    flight->status = 200;
    flight->exchange->tries = 1;
    flight->body =
        (struct buffer){.data = world_allocate(NULL, WORLD_BODY), .capacity = WORLD_BODY, .limit = 1 << 22};
    flight_sign(flight);
    world.vendor(flight);
    world_later(1 + world_below(world.latency_ms), flight_land, flight);
}

void http_start(struct network *network, struct http_exchange *exchange)
{
    (void)network;
    struct flight *flight = world_allocate_zeroed(sizeof *flight);
    flight->exchange = exchange;
    exchange->started_ms = world.time_ms;
    exchange->begun_ms = world.time_ms + world.connection_ms;
    exchange->bound = world.bound;
    world_later(world.connection_ms + 1 + world_below(world.latency_ms), flight_arrive, flight);
}

void http_exchange_clear(struct http_exchange *exchange)
{
    if (exchange->transfer) buffer_free(&exchange->transfer->body);
    free(exchange->transfer);
    exchange->transfer = NULL;
    exchange->answer_body = (postern_text){0};
}

static inline void flight_header(struct flight *flight, const char *name, const char *value)
{
    snprintf(flight->headers[flight->header_count][0], 64, "%s", name);
    snprintf(flight->headers[flight->header_count++][1], 64, "%s", value);
}

/* ---- In place of core/base/workers.h ------------------------------------------------------------ */

static inline void work(void *context)
{
    struct worker_job *job = context;
    job->run(job, 0);
}

void workers_submit(struct workers *workers, struct worker_job *job)
{
    (void)workers;
    world_later(world.worker_ms + world_below(world.latency_ms), work, job);
}

#include "world_journal.h"

#endif

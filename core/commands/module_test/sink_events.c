#include "commands/module_test/sink_events.h"
#include "base/arena.h"
#include "base/text.h"
#include "base/timestamp.h"
#include <inttypes.h>

#define ARENA_LIMIT ((size_t)64 << 20)
#define BIG_SIZE    ((size_t)256 << 10) /* of one event */

const char *const shape_names[SHAPES] = {"JSON",           "a ready line",        "an empty log type",
                                         "no time",        "an event of 256 KiB", "awkward characters",
                                         "the replay flag"};

static postern_text text_of_shape(postern_arena *arena, enum event_shape shape, const char *id,
                                  int64_t now_ms)
{
    char time[TIMESTAMP_SIZE];
    timestamp_iso(now_ms, time);
    static const char head[] =
        "{\"@timestamp\":\"%s\",\"event\":{\"id\":\"%s\",\"dataset\":\"postern.test\"},"
        "\"postern_test\":true,\"message\":";
    postern_text begin = arena_printf(arena, head, time, id);
    switch (shape) {
    case SHAPE_LINE:
        return arena_printf(arena, "CEF:0|Postern|module test|1|test|an event of a test|1|externalId=%s", id);
    case SHAPE_UNICODE:
        return arena_printf(
            arena,
            "%s\"\xf0\x9f\x92\xa9 \xe2\x80\xae\xe2\x80\xac \xef\xbb\xbf \xc2\x85 \xe2\x80\xa8 \\u0000 "
            "\\ud800 \\\"\\\\ %%s %%{id} '; DROP\",\"a.b\":{\"\":[]},\"n\":1e999,\"n\":-0.0,"
            "\"big\":123456789012345678901234567890}",
            begin.data);
    case SHAPE_BIG: {
        char *filling = arena_allocate(arena, BIG_SIZE + 1);
        if (!filling) return (postern_text){0};
        memset(filling, 'x', BIG_SIZE);
        return arena_printf(arena, "%s\"%s\"}", begin.data, filling);
    }
    default:
        return arena_printf(arena, "%s\"an event of a test\"}", begin.data);
    }
}

static bool make_event(struct subject *subject, postern_arena *arena, enum event_shape shape, unsigned number,
                       postern_sink_event *event)
{
    int64_t now_ms = clock_wall_ms(clock_process());
    postern_text id = arena_printf(arena, "%s%016x", subject->suite->run, number);
    if (!id.size) return false;
    *event = (postern_sink_event){.size = sizeof *event,
                                  .flags = (shape == SHAPE_LINE ? 0 : POSTERN_EVENT_JSON) |
                                           (shape == SHAPE_REPLAY ? POSTERN_EVENT_REPLAY : 0),
                                  .time_ms = shape == SHAPE_NO_TIME ? 0 : now_ms - 1000,
                                  .received_ms = now_ms,
                                  .id = id,
                                  .account = TEXT("postern-test"),
                                  .source = TEXT("postern-test"),
                                  .stream = TEXT("postern-test"),
                                  .type = shape == SHAPE_NO_TYPE ? (postern_text){0} : TEXT("test"),
                                  .text = text_of_shape(arena, shape, id.data, now_ms)};
    return event->text.size > 0;
}

bool event_batch_make(struct subject *subject, enum event_shape shape, size_t count,
                      struct event_batch *batch)
{
    struct suite_board *board = subject->suite->board;
    *batch = (struct event_batch){.arena = arena_new(ARENA_LIMIT), .shape = shape};
    batch->first = atomic_fetch_add(&board->next_event, (unsigned)count);
    bool good = batch->arena && count <= BATCH_EVENTS_MOST && batch->first + count <= SUITE_EVENTS;
    struct driven_batch *driven = &batch->driven;
    if (good) {
        driven->id = atomic_fetch_add(&board->next_batch, 1) + 1;
        driven->attempt = 1;
        driven->count = count;
        driven->events = arena_allocate(batch->arena, count * sizeof *driven->events);
        driven->rejected = arena_allocate(batch->arena, count * sizeof *driven->rejected);
        good = driven->events && driven->rejected;
    }
    for (size_t i = 0; good && i < count; i++)
        good = make_event(subject, batch->arena, shape == SHAPES ? (enum event_shape)(i % SHAPES) : shape,
                          batch->first + (unsigned)i, &driven->events[i]);
    if (!good) subject_fails(subject, "no memory for a batch of events");
    return good;
}

void event_batch_free(struct event_batch *batch)
{
    arena_free(batch->arena);
    batch->arena = NULL;
}

void event_batch_settle(struct subject *subject, const struct event_batch *batch, postern_status status)
{
    struct suite_board *board = subject->suite->board;
    for (size_t i = 0; i < batch->driven.count; i++) {
        enum event_fate fate = status < 0                  ? EVENT_SENT
                               : batch->driven.rejected[i] ? EVENT_REJECTED
                                                           : EVENT_SAFE;
        atomic_store(&board->fates[batch->first + i], (unsigned char)fate);
    }
}

/* Batches of lines to several files, and what is then in the directory. */
#ifndef TESTS_UNIT_DELIVER_FILE_SINK_BATCH_H
#define TESTS_UNIT_DELIVER_FILE_SINK_BATCH_H

#include "file_sink.h"

struct line {
    const char *account, *type;
    const char *rejected; /* words of the reason; NULL = it is written */
};

/* Writes the lines {"n":0}, {"n":1}, ... as one batch, committing as the core does. */
static inline void write_batch(struct world *world, const struct line *lines, size_t count)
{
    _cleanup_(arena_freep) postern_arena *arena = arena_new(16 << 20);
    postern_sink_event events[64];
    const postern_sink_event *pointers[64];
    postern_error error = ERROR_INIT;
    for (size_t i = 0; i < count; i++) {
        events[i] = (postern_sink_event){.size = sizeof(postern_sink_event),
                                         .id = arena_printf(arena, "id-%zu", i),
                                         .account = text_of(lines[i].account),
                                         .type = text_of(lines[i].type ? lines[i].type : ""),
                                         .received_ms = 1767225600000,
                                         .text = arena_printf(arena, "{\"n\":%zu}", i)};
        pointers[i] = &events[i];
    }
    postern_batch batch = {.size = sizeof batch,
                           .attempt = 1,
                           .delivery = text_of(world->delivery ? world->delivery : ""),
                           .events = pointers,
                           .count = count};
    struct recorder recorder = {
        .face = {.size = sizeof(postern_result), .reject = reject, .set_state = record},
        .arena = arena,
        .may_reject = true,
        .on_reject = world->on_reject};
    postern_status status = POSTERN_COMMIT_STATE;
    while (status == POSTERN_COMMIT_STATE) {
        postern_call call = call_of(world, arena);
        memset(recorder.rejected, 0, sizeof recorder.rejected);
        status = world->sink->write(world->self, &call, &batch, &recorder.face, &error);
        must(status >= 0, error.message);
        if (status == POSTERN_OK && world->dies) return;
        commit(world, &recorder);
    }
    for (size_t i = 0; i < count; i++) {
        const char *reason = recorder.rejected[i];
        if (!reason != !lines[i].rejected || (reason && !strstr(reason, lines[i].rejected)))
            fail_msg("event %zu: %s", i, reason ? reason : "not rejected");
    }
}

/* The batch is written, and dies before it is confirmed. */
static inline void write_unconfirmed(struct world *world, const struct line *lines, size_t count)
{
    world->dies = true;
    write_batch(world, lines, count);
    world->dies = false;
    crash(world);
}

static inline void begin(struct world *world, const char *template)
{
    postern_error error = ERROR_INIT;
    *world = (struct world){.template = template};
    start(world, NULL, 0);
    must(open_sink(world, &error) >= 0, error.message);
}

static inline void finish(struct world *world)
{
    if (world->self) world->sink->close(world->self);
    end(world);
}

static inline void shell(const struct world *world, const char *words)
{
    char command[512];
    snprintf(command, sizeof command, "cd '%s' && %s", world->directory, words);
    if (system(command) != 0) fail_msg("%s", command);
}

static inline void expect(const struct world *world, const char *name, const char *content)
{
    char path[400];
    _cleanup_(buffer_free) struct buffer found = {.limit = 1 << 20};
    snprintf(path, sizeof path, "%s/%s", world->directory, name);
    append_file(path, &found);
    if (strcmp(buffer_string(&found), content) != 0) fail_msg("%s: %s", name, buffer_string(&found));
}

/* After a crash in which nothing was lost, too. */
static inline void reopen(struct world *world)
{
    postern_error error = ERROR_INIT;
    crash(world);
    must(open_sink(world, &error) >= 0, error.message);
}

#endif

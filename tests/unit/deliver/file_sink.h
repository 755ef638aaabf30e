/* The file sink against a model of the core: what it would commit, and a process that dies. */
#ifndef TESTS_UNIT_DELIVER_FILE_SINK_H
#define TESTS_UNIT_DELIVER_FILE_SINK_H

#include "../own_folder.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "module/instance.h"
#include "module/registry.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <zlib.h>

#include <cmocka.h>

#define MOST_ENTRIES 64

/* What the core would have committed. */
struct world {
    char directory[OWN_FOLDER_SIZE], path[400];
    const char *template; /* below the directory; NULL = %{account}/%{date}.ndjson */
    struct module_registry *registry;
    const postern_sink *sink;
    struct module_instance *module;
    void *self;
    postern_pair state[MOST_ENTRIES];
    size_t state_count;
    int64_t now_ms;
    int64_t ahead_ms;      /* of the wall clock, which is set wrong */
    const char *delivery;  /* that the batches are of */
    bool dies;             /* before the batch is confirmed */
    const char *on_reject; /* a command that somebody runs at that moment */
};

static inline void must(bool condition, const char *what)
{
    if (!condition) fail_msg("%s", what);
}

static inline void set_entry(struct world *world, postern_text key, postern_text value)
{
    size_t i = 0;
    while (i < world->state_count && !text_equal(world->state[i].name, key))
        i++;
    if (i == world->state_count) {
        assert_true(i < MOST_ENTRIES);
        world->state[world->state_count++] = (postern_pair){{text_duplicate(key), key.size}, {NULL, 0}};
    }
    free((void *)(uintptr_t)world->state[i].value.data);
    world->state[i].value = (postern_text){text_duplicate(value), value.size};
}

static inline postern_call call_of(const struct world *world, postern_arena *arena)
{
    return (postern_call){.size = sizeof(postern_call),
                          .attempt = 1,
                          .arena = arena,
                          .now_ms = world->now_ms + world->ahead_ms,
                          .steady_ms = world->now_ms};
}

/* A result that keeps what the sink sets until it is committed. */
struct recorder {
    postern_result face;
    postern_arena *arena;
    postern_pair entries[MOST_ENTRIES];
    size_t count;
    bool may_reject;
    const char *rejected[64]; /* the reason, by event */
    const char *on_reject;
};

static inline postern_status reject(postern_result *face, size_t index, const char *reason)
{
    struct recorder *recorder = (struct recorder *)face;
    if (!recorder->may_reject) fail_msg("rejected: %s", reason);
    assert_true(index < 64);
    if (recorder->on_reject) assert_int_equal(system(recorder->on_reject), 0);
    recorder->rejected[index] = arena_copy(recorder->arena, text_of(reason)).data;
    return POSTERN_OK;
}

static inline postern_status record(postern_result *face, postern_text key, postern_text value)
{
    struct recorder *recorder = (struct recorder *)face;
    assert_true(recorder->count < MOST_ENTRIES);
    recorder->entries[recorder->count++] =
        (postern_pair){arena_copy(recorder->arena, key), arena_copy(recorder->arena, value)};
    return POSTERN_OK;
}

static inline void commit(struct world *world, struct recorder *recorder)
{
    for (size_t i = 0; i < recorder->count; i++)
        set_entry(world, recorder->entries[i].name, recorder->entries[i].value);
    recorder->count = 0;
}

static inline void create(struct world *world)
{
    postern_error error = ERROR_INIT;
    must(world->sink->create(&world->module->host, &world->self, &error) >= 0, error.message);
}

/* The module and its options; the sink itself is not made. */
static inline void plan(struct world *world, const struct option_value *values, size_t count)
{
    static const struct module_limits limits = {1 << 20, 10, 1 << 20, 1 << 20};
    postern_error error = ERROR_INIT;
    assert_int_equal(own_folder_make(world->directory, "file"), 0);
    world->registry = registry_new(&limits);
    must(registry_load(world->registry, TEST_BINARY_DIR "/modules/file.so", &error) >= 0, error.message);
    world->sink = registry_sink(world->registry, "file");
    assert_non_null(world->sink);
    struct option_value all[8];
    snprintf(world->path, sizeof world->path, "%s/%s", world->directory,
             world->template ? world->template : "%{account}/%{date}.ndjson");
    all[0] = (struct option_value){.name = "path", .type = POSTERN_OPTION_PATH, .text = world->path};
    for (size_t i = 0; i < count; i++)
        all[i + 1] = values[i];
    const struct module_plan wanted = {.registry = world->registry,
                                       .name = "files",
                                       .table = world->sink->options,
                                       .values = all,
                                       .value_count = count + 1};
    must(module_instance_new(&wanted, &world->module, &error) >= 0, error.message);
    world->now_ms = 1767225600000; /* 2026-01-01 */
}

static inline void start(struct world *world, const struct option_value *values, size_t count)
{
    plan(world, values, count);
    create(world);
}

static inline void end(struct world *world)
{
    if (world->self) world->sink->destroy(world->self);
    module_instance_free(world->module);
    registry_free(world->registry);
    for (size_t i = 0; i < world->state_count; i++) {
        free((void *)(uintptr_t)world->state[i].name.data);
        free((void *)(uintptr_t)world->state[i].value.data);
    }
    assert_int_equal(own_folder_remove(world->directory), 0);
}

static inline postern_status open_sink(struct world *world, postern_error *error)
{
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    postern_call call = call_of(world, arena);
    return world->sink->open(world->self, &call, world->state, world->state_count, error);
}

/* As the core does every second while there is nothing to write. */
static inline void keep_house(struct world *world)
{
    postern_error error = ERROR_INIT;
    postern_status status = POSTERN_COMMIT_STATE;
    while (status == POSTERN_COMMIT_STATE) {
        _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
        struct recorder recorder = {
            .face = {.size = sizeof(postern_result), .reject = reject, .set_state = record}, .arena = arena};
        postern_call call = call_of(world, arena);
        status = world->sink->idle(world->self, &call, &recorder.face, &error);
        must(status >= 0, error.message);
        commit(world, &recorder);
    }
}

/* A backup of what the core has committed, and putting it back. */
static inline void copy_state(struct world *to, const struct world *from)
{
    for (size_t i = 0; i < to->state_count; i++) {
        free((void *)(uintptr_t)to->state[i].name.data);
        free((void *)(uintptr_t)to->state[i].value.data);
    }
    to->state_count = 0;
    for (size_t i = 0; i < from->state_count; i++)
        set_entry(to, from->state[i].name, from->state[i].value);
}

/* The process is gone: descriptors close, nothing else happens. */
static inline void crash(struct world *world)
{
    world->sink->close(world->self);
    world->sink->destroy(world->self);
    create(world);
}

static inline void append_file(const char *path, struct buffer *into)
{
    gzFile file = gzopen(path, "rb");
    if (!file) return;
    char part[4096];
    for (int got; (got = gzread(file, part, sizeof part)) > 0;)
        buffer_append(into, part, (size_t)got);
    gzclose(file);
}

#endif

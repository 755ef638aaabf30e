/* A real journal and a toy sink that does whatever a test wants. */
#ifndef TESTS_UNIT_DELIVER_WORLD_H
#define TESTS_UNIT_DELIVER_WORLD_H

#include "../journal_settings.h"
#include "../own_folder.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "base/real_time.h"
#include "base/text.h"
#include "deliver/bulk_retry.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

/* ---- The toy sink: global, because a test has one ---- */

static struct {
    pthread_mutex_t lock;
    char got[1 << 16]; /* the json of all events, one behind the other */
    char ids[1 << 16];
    int opens, closes, writes;
    int fail_opens_from; /* the opens from this one on fail; 0 = none */
    int fail_writes;     /* so many writes fail with `failure` */
    postern_status failure;
    bool says_nothing; /* a failure without words */
    bool blocks;       /* a write does not come back until this is cleared */
    bool is_blocked;
    int ask_commits;    /* so many writes ask for a commit of the state first */
    const char *reject; /* events with this text are rejected */
    bool names_calls;   /* with an id that is another one each time */
    int rejections;
    const char *accept; /* events with this text are accepted at once, whatever becomes of the rest */
    bool accept_first;  /* the first event of each write is accepted, then the write fails */
    int fail_late;      /* so many writes fail only after their rejections and acceptances */
    bool waits;         /* a write waits until it is interrupted */
    int interrupts;
    int64_t interrupted_ms;
    int together; /* a write waits until so many are in flight, and then all go on */
    int in_flight, most_in_flight;
    struct toy_batch {
        char delivery[33];
        uint64_t id;
        uint32_t attempt;
        size_t count;
    } batches[256]; /* of all writes */
    uint32_t last_attempt;
    uint64_t last_batch;
    char state[256]; /* "key=value;" as open was given */
} toy = {.lock = PTHREAD_MUTEX_INITIALIZER};

static inline postern_status toy_open(void *self, const postern_call *call, const postern_pair *state,
                                      size_t count, postern_error *error)
{
    (void)self, (void)call;
    pthread_mutex_lock(&toy.lock);
    toy.opens++;
    toy.state[0] = '\0';
    for (size_t i = 0; i < count; i++)
        snprintf(toy.state + strlen(toy.state), sizeof toy.state - strlen(toy.state), "%.*s=%.*s;",
                 TEXT_ARGS(state[i].name), TEXT_ARGS(state[i].value));
    bool fails = toy.fail_opens_from && toy.opens >= toy.fail_opens_from;
    pthread_mutex_unlock(&toy.lock);
    if (!fails) return POSTERN_OK;
    snprintf(error->message, sizeof error->message, "the toy is not there");
    return error->code = POSTERN_E_RETRY;
}

static pthread_cond_t toy_changed = PTHREAD_COND_INITIALIZER;

static inline postern_status toy_create(const postern_host *host, void **self, postern_error *error)
{
    (void)error;
    *self = (void *)(uintptr_t)host;
    return POSTERN_OK;
}

static inline void toy_interrupt(void *self)
{
    (void)self;
    pthread_mutex_lock(&toy.lock);
    toy.interrupts++;
    toy.interrupted_ms = real_ms();
    pthread_cond_broadcast(&toy_changed);
    pthread_mutex_unlock(&toy.lock);
}

static inline postern_status take_batch(const postern_batch *batch, postern_result *result,
                                        postern_error *error)
{
    char value[32];
    struct toy_batch *seen = &toy.batches[toy.writes++ % 256];
    *seen = (struct toy_batch){.id = batch->id, .attempt = batch->attempt, .count = batch->count};
    text_to_string(batch->delivery, seen->delivery, sizeof seen->delivery);
    toy.last_attempt = batch->attempt;
    toy.last_batch = batch->id;
    snprintf(value, sizeof value, "%d", toy.writes);
    result->set_state(result, TEXT("writes"), text_of(value));
    if (toy.fail_writes > 0) {
        toy.fail_writes--;
        if (toy.says_nothing) return toy.failure;
        error->retry_after_ms = 1;
        snprintf(error->message, sizeof error->message, "the toy is broken");
        return error->code = toy.failure;
    }
    if (toy.ask_commits > 0) {
        toy.ask_commits--;
        return POSTERN_COMMIT_STATE;
    }
    if (toy.accept_first) {
        result->accept(result, 0);
        return toy.failure;
    }
    for (size_t i = 0; i < batch->count; i++) {
        const postern_sink_event *event = batch->events[i];
        if (toy.reject && text_find(event->text, toy.reject)) {
            char reason[64] = "the toy does not want it";
            if (toy.names_calls)
                snprintf(reason + strlen(reason), sizeof reason - strlen(reason), " (request id call-%c)",
                         'a' + toy.rejections++ % 26);
            result->reject(result, i, reason);
            continue;
        }
        if (toy.accept && text_find(event->text, toy.accept)) result->accept(result, i);
        if (toy.fail_late > 0 && !(toy.accept && text_find(event->text, toy.accept))) continue;
        snprintf(toy.got + strlen(toy.got), sizeof toy.got - strlen(toy.got), "%.*s", TEXT_ARGS(event->text));
        snprintf(toy.ids + strlen(toy.ids), sizeof toy.ids - strlen(toy.ids), "%.*s ", TEXT_ARGS(event->id));
    }
    if (toy.fail_late <= 0) return POSTERN_OK;
    toy.fail_late--;
    error->retry_after_ms = 1;
    return error->code = toy.failure < 0 ? toy.failure : POSTERN_E_RETRY;
}

/* The lock is held. As a sink that waits for a receiver: until it is told to give up, or the rest is there.
 */
static inline postern_status toy_wait(const postern_host *host)
{
    toy.in_flight++;
    if (toy.in_flight > toy.most_in_flight) toy.most_in_flight = toy.in_flight;
    pthread_cond_broadcast(&toy_changed);
    while ((toy.waits || toy.most_in_flight < toy.together) && !host->stopping(host)) {
        toy.is_blocked = true;
        pthread_cond_wait(&toy_changed, &toy.lock);
    }
    toy.in_flight--;
    return host->stopping(host) ? POSTERN_E_STOPPED : POSTERN_OK;
}

static inline postern_status toy_write(void *self, const postern_call *call, const postern_batch *batch,
                                       postern_result *result, postern_error *error)
{
    (void)call;
    pthread_mutex_lock(&toy.lock);
    while ((toy.is_blocked = toy.blocks)) {
        pthread_mutex_unlock(&toy.lock);
        nanosleep(&(struct timespec){0, 1000000}, NULL);
        pthread_mutex_lock(&toy.lock);
    }
    postern_status status = toy_wait(self);
    if (status >= 0) status = take_batch(batch, result, error);
    pthread_mutex_unlock(&toy.lock);
    return status;
}

static inline void toy_close(void *self)
{
    (void)self;
    pthread_mutex_lock(&toy.lock);
    toy.closes++;
    pthread_mutex_unlock(&toy.lock);
}

/* Not constant: a test sets its flags. */
static postern_sink toy_sink = {.size = sizeof(postern_sink),
                                .name = "toy",
                                .title = "a toy",
                                .create = toy_create,
                                .open = toy_open,
                                .write = toy_write,
                                .close = toy_close,
                                .interrupt = toy_interrupt};
static const postern_sink *const toy_sinks[] = {&toy_sink, NULL};
static const postern_module toy_module = {.size = sizeof(postern_module),
                                          .magic = POSTERN_MODULE_MAGIC,
                                          .abi_major = POSTERN_ABI_MAJOR,
                                          .abi_minor = POSTERN_ABI_MINOR,
                                          .name = "toy",
                                          .version = "1",
                                          .summary = "a toy",
                                          .sinks = toy_sinks};

/* ---- A world ---- */

struct world {
    char directory[OWN_FOLDER_SIZE], script[128];
    struct module_registry *registry;
    struct journal *journal;
    struct workers *workers;
    struct deliverer *deliverer;
    struct stream_record stream;
    int64_t dead_limit, max_size, patience_ms, script_time_ms;
    bool (*told_to_stop)(void);
    const struct clock *clock;    /* NULL = the process's */
    struct random_source *random; /* NULL = the system's */
    struct config config;
    struct config_sink sink;
    struct config_pipeline pipeline;
    char *all[1], *toys[1], *scripts[1];
};

static inline void must(postern_status status, const postern_error *error)
{
    if (status < 0) fail_msg("%s. %s", error->message, error->remedy);
}

static inline void write_script(struct world *world, const char *text)
{
    FILE *file = fopen(world->script, "w");
    fputs(text, file);
    fclose(file);
}

static inline void make_config(struct world *world, bool with_script)
{
    world->all[0] = (char *)(uintptr_t) "*";
    world->toys[0] = (char *)(uintptr_t) "toys";
    world->scripts[0] = world->script;
    snprintf(world->sink.name, sizeof world->sink.name, "toys");
    snprintf(world->sink.type, sizeof world->sink.type, "toy");
    snprintf(world->pipeline.name, sizeof world->pipeline.name, "all");
    world->pipeline.from = world->pipeline.accounts = (struct config_names){world->all, 1};
    world->pipeline.to = (struct config_names){world->toys, 1};
    world->pipeline.transform = (struct config_names){world->scripts, with_script};
    world->pipeline.scripts = world->scripts;
    world->config.sinks = &world->sink;
    world->config.sink_count = 1;
    world->config.pipelines = &world->pipeline;
    world->config.pipeline_count = 1;
    world->config.limits.script = sandbox_default_limits;
    /* Sanitizers take long: more than scripts that are to end may need. */
    world->config.limits.script.time_ms = world->script_time_ms ? world->script_time_ms : 60000;
}

static inline void open_journal(struct world *world)
{
    postern_error error = ERROR_INIT;
    struct journal_settings settings = usual_journal_settings();
    settings.dead_limit = world->dead_limit ? world->dead_limit : 1 << 20;
    settings.cache_size = 1 << 20;
    if (world->max_size) settings.max_size = world->max_size;
    must(journal_open(world->directory, &settings, clock_process(), &world->journal, &error), &error);
}

static inline void start_deliverer(struct world *world)
{
    postern_error error = ERROR_INIT;
    world->workers = workers_new(2);
    must(deliverer_start(&(struct deliverer_parts){.config = &world->config,
                                                   .registry = world->registry,
                                                   .journal = world->journal,
                                                   .workers = world->workers,
                                                   .clock = world->clock ? world->clock : clock_process(),
                                                   .random = world->random ? world->random : random_system(),
                                                   .told_to_stop = world->told_to_stop,
                                                   .patience_ms = world->patience_ms},
                         &world->deliverer, &error),
         &error);
}

static inline void begin(struct world *world, const char *script)
{
    static const struct module_limits limits = {1 << 20, 10, 1 << 20, 1 << 20};
    postern_error error = ERROR_INIT;
    struct account_record account;
    memset(&toy.got, 0, sizeof toy - offsetof(__typeof__(toy), got));
    assert_int_equal(own_folder_make(world->directory, "deliver"), 0);
    snprintf(world->script, sizeof world->script, "%s/script.lua", world->directory);
    if (script) write_script(world, script);
    world->registry = registry_new(&limits);
    must(registry_add(world->registry, &toy_module, "toy.so", &error), &error);
    make_config(world, script != NULL);
    open_journal(world);
    must(journal_account(world->journal, "acme", &account, &error), &error);
    must(journal_stream(world->journal, account.id, "acme", "audit", "audit", POSTERN_STREAM_WINDOW, "",
                        &world->stream, &error),
         &error);
    start_deliverer(world);
}

/* How long a test waits for what must come about at once: only a hang takes as long, however busy the
 * machine.
 */
#define HANGS_MS 120000

#define WAIT_UNTIL(condition)                                                                                \
    do {                                                                                                     \
        bool holds_ = false;                                                                                 \
        for (int64_t until_ = real_ms() + HANGS_MS; !(holds_ = (condition)) && real_ms_left(until_) > 0;)    \
            nanosleep(&(struct timespec){0, 1000000}, NULL);                                                 \
        assert_true(holds_);                                                                                 \
    } while (0)

static inline void stop(struct world *world)
{
    assert_true(deliverer_stop(world->deliverer, HANGS_MS));
    workers_free(world->workers);
    journal_close(world->journal);
}

static inline void finish(struct world *world)
{
    stop(world);
    stream_record_clear(&world->stream);
    registry_free(world->registry);
    assert_int_equal(own_folder_remove(world->directory), 0);
}

/* One page with the events {"n":first} ... */
static inline void add_page(struct world *world, int first, int count)
{
    postern_error error = ERROR_INIT;
    struct page_builder *builder = page_builder_new(1 << 20, 2000);
    for (int i = first; i < first + count; i++) {
        char json[32];
        snprintf(json, sizeof json, "{\"n\":%d}", i);
        struct journal_event event = {.time_ms = i, .type = TEXT("audit"), .json = text_of(json)};
        memcpy(event.id, &i, sizeof i);
        assert_true(page_builder_add(builder, &event));
    }
    struct journal_page *pages = page_builder_take(builder);
    struct journal_commit commit = {.stream = &world->stream, .pages = pages, .received_ms = 1767225600000};
    must(journal_commit_now(world->journal, &commit, &error), &error);
    journal_page_free(pages);
    page_builder_free(builder);
}

static inline void drain(struct world *world)
{
    postern_error error = ERROR_INIT;
    int64_t end = 0;
    must(journal_end(world->journal, &end, &error), &error);
    assert_true(deliverer_drain(world->deliverer, end, INT64_MAX, HANGS_MS));
}

static inline struct delivery_record record_of(struct world *world)
{
    postern_error error = ERROR_INIT;
    struct delivery_record *records = NULL, record;
    size_t count = 0;
    must(journal_deliveries(world->journal, &records, &count, &error), &error);
    assert_int_equal(count, 1);
    record = records[0];
    free(records);
    return record;
}

/* ---- Holding it up ---- */

static inline void set_blocks(bool blocks)
{
    pthread_mutex_lock(&toy.lock);
    toy.blocks = blocks;
    pthread_mutex_unlock(&toy.lock);
}

static inline void set_reject(const char *text)
{
    pthread_mutex_lock(&toy.lock);
    toy.reject = text;
    pthread_mutex_unlock(&toy.lock);
}

static inline int writes(void)
{
    pthread_mutex_lock(&toy.lock);
    int count = toy.writes;
    pthread_mutex_unlock(&toy.lock);
    return count;
}

static inline bool is_blocked(void)
{
    pthread_mutex_lock(&toy.lock);
    bool blocked = toy.is_blocked;
    pthread_mutex_unlock(&toy.lock);
    return blocked;
}

static inline void wait_for(bool (*condition)(void))
{
    WAIT_UNTIL(condition());
}

static inline void begin_blocked(struct world *world)
{
    begin(world, NULL);
    set_blocks(true);
    add_page(world, 0, 1);
    wait_for(is_blocked);
}

/* The same configuration, but for the settings of the sink. */
struct changed {
    struct config config;
    struct config_sink sink;
};

static inline const struct config *change_sink(const struct world *world, struct changed *changed)
{
    changed->config = world->config;
    changed->sink = world->sink;
    changed->sink.batching.events++;
    changed->config.sinks = &changed->sink;
    return &changed->config;
}

#endif

/* Delivering with a real journal and a toy sink that does whatever a test wants: order, rejects, failures,
 * its state, dead letters and their retry, a reload that is refused. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "deliver/deliverer.h"
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
    int fail_writes; /* so many writes fail with `failure` */
    postern_status failure;
    int ask_commits;    /* so many writes ask for a commit of the state first */
    const char *reject; /* events with this text are rejected */
    uint32_t last_attempt;
    uint64_t last_batch;
    char state[256]; /* "key=value;" as open was given */
} toy = {.lock = PTHREAD_MUTEX_INITIALIZER};

static postern_status toy_open(void *self, const postern_call *call, const postern_pair *state, size_t count,
                               postern_error *error)
{
    (void)self, (void)call, (void)error;
    pthread_mutex_lock(&toy.lock);
    toy.opens++;
    toy.state[0] = '\0';
    for (size_t i = 0; i < count; i++)
        snprintf(toy.state + strlen(toy.state), sizeof toy.state - strlen(toy.state), "%.*s=%.*s;",
                 TEXT_ARGS(state[i].name), TEXT_ARGS(state[i].value));
    pthread_mutex_unlock(&toy.lock);
    return POSTERN_OK;
}

static postern_status take_batch(const postern_batch *batch, postern_result *result, postern_error *error)
{
    char value[32];
    toy.writes++;
    toy.last_attempt = batch->attempt;
    toy.last_batch = batch->id;
    snprintf(value, sizeof value, "%d", toy.writes);
    result->set_state(result, TEXT("writes"), text_of(value));
    if (toy.fail_writes > 0) {
        toy.fail_writes--;
        error->retry_after_ms = 1;
        snprintf(error->message, sizeof error->message, "the toy is broken");
        return error->code = toy.failure;
    }
    if (toy.ask_commits > 0) {
        toy.ask_commits--;
        return POSTERN_COMMIT_STATE;
    }
    for (size_t i = 0; i < batch->count; i++) {
        const postern_sink_event *event = batch->events[i];
        if (toy.reject && text_find(event->json, toy.reject)) {
            result->reject(result, i, "the toy does not want it");
            continue;
        }
        snprintf(toy.got + strlen(toy.got), sizeof toy.got - strlen(toy.got), "%.*s", TEXT_ARGS(event->json));
        snprintf(toy.ids + strlen(toy.ids), sizeof toy.ids - strlen(toy.ids), "%.*s ", TEXT_ARGS(event->id));
    }
    return POSTERN_OK;
}

static postern_status toy_write(void *self, const postern_call *call, const postern_batch *batch,
                                postern_result *result, postern_error *error)
{
    (void)self, (void)call;
    pthread_mutex_lock(&toy.lock);
    postern_status status = take_batch(batch, result, error);
    pthread_mutex_unlock(&toy.lock);
    return status;
}

static void toy_close(void *self)
{
    (void)self;
    pthread_mutex_lock(&toy.lock);
    toy.closes++;
    pthread_mutex_unlock(&toy.lock);
}

static const postern_sink toy_sink = {.size = sizeof(postern_sink),
                                      .name = "toy",
                                      .title = "a toy",
                                      .open = toy_open,
                                      .write = toy_write,
                                      .close = toy_close};
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
    char directory[64], script[128];
    struct module_registry *registry;
    struct journal *journal;
    struct workers *workers;
    struct deliverer *deliverer;
    struct stream_record stream;
    int64_t dead_limit;
    struct config config;
    struct config_sink sink;
    struct config_pipeline pipeline;
    char *all[1], *toys[1], *scripts[1];
};

static void must(postern_status status, const postern_error *error)
{
    if (status < 0) fail_msg("%s. %s", error->message, error->remedy);
}

static void write_script(struct world *world, const char *text)
{
    FILE *file = fopen(world->script, "w");
    fputs(text, file);
    fclose(file);
}

static void make_config(struct world *world, bool with_script)
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
}

static void open_journal(struct world *world)
{
    postern_error error = ERROR_INIT;
    must(
        journal_open(world->directory,
                     &(struct journal_settings){.max_size = 1 << 30,
                                                .retain_ms = 86400000,
                                                .dead_limit = world->dead_limit ? world->dead_limit : 1 << 20,
                                                .cache_size = 1 << 20},
                     clock_process(), &world->journal, &error),
        &error);
}

static void start_deliverer(struct world *world)
{
    postern_error error = ERROR_INIT;
    world->workers = workers_new(2);
    must(deliverer_start(&(struct deliverer_parts){.config = &world->config,
                                                   .registry = world->registry,
                                                   .journal = world->journal,
                                                   .workers = world->workers,
                                                   .clock = clock_process(),
                                                   .random = random_system()},
                         &world->deliverer, &error),
         &error);
}

static void begin(struct world *world, const char *script)
{
    static const struct module_limits limits = {1 << 20, 10, 1 << 20, 1 << 20};
    postern_error error = ERROR_INIT;
    struct account_record account;
    memset(&toy.got, 0, sizeof toy - offsetof(__typeof__(toy), got));
    snprintf(world->directory, sizeof world->directory, "/tmp/postern-deliver-XXXXXX");
    assert_non_null(mkdtemp(world->directory));
    snprintf(world->script, sizeof world->script, "%s/script.lua", world->directory);
    if (script) write_script(world, script);
    world->registry = registry_new(&limits);
    must(registry_add(world->registry, &toy_module, "toy.so", &error), &error);
    make_config(world, script != NULL);
    open_journal(world);
    must(journal_account(world->journal, "acme", &account, &error), &error);
    must(journal_stream(world->journal, account.id, "acme", "audit", "audit", POSTERN_STREAM_WINDOW,
                        &world->stream, &error),
         &error);
    start_deliverer(world);
}

static void stop(struct world *world)
{
    assert_true(deliverer_stop(world->deliverer, 5000));
    workers_free(world->workers);
    journal_close(world->journal);
}

static void finish(struct world *world)
{
    char command[128];
    stop(world);
    stream_record_clear(&world->stream);
    registry_free(world->registry);
    snprintf(command, sizeof command, "rm -r '%s'", world->directory);
    assert_int_equal(system(command), 0);
}

/* One page with the events {"n":first} ... */
static void add_page(struct world *world, int first, int count)
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

static void drain(struct world *world)
{
    postern_error error = ERROR_INIT;
    int64_t end = 0;
    must(journal_end(world->journal, &end, &error), &error);
    assert_true(deliverer_drain(world->deliverer, end, INT64_MAX, 20000));
}

static struct delivery_record record_of(struct world *world)
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

/* ---- Tests ---- */

static void pages_arrive_in_order(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin(&world, NULL);
    _cleanup_(buffer_free) struct buffer wanted = {.limit = 1 << 20};
    for (int i = 0; i < 200; i += 10)
        add_page(&world, i, 10);
    for (int i = 0; i < 200; i++)
        buffer_printf(&wanted, "{\"n\":%d}", i);
    drain(&world);
    assert_string_equal(toy.got, buffer_string(&wanted));
    struct delivery_record record = record_of(&world);
    assert_string_equal(record.name, "all/toys");
    assert_int_equal(record.delivered, 200);
    assert_int_equal(record.backlog_events, 0);
    finish(&world);
}

/* The cursor and the sink's state survive; nothing is sent again. */
static void a_restart_goes_on_where_it_stood(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin(&world, NULL);
    add_page(&world, 0, 2);
    drain(&world);
    stop(&world);
    open_journal(&world);
    start_deliverer(&world);
    add_page(&world, 2, 1);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":1}{\"n\":2}");
    assert_string_equal(toy.state, "writes=1;");
    finish(&world);
}

/* A failing write closes, opens and sends the same batch again; what it set is forgotten. */
static void failures_are_tried_again(void **unused)
{
    (void)unused;
    static const postern_status failures[] = {POSTERN_E_RETRY, POSTERN_E_IO, POSTERN_E_CONFIG, -99};
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        struct world world = {0};
        begin(&world, NULL);
        toy.fail_writes = 2;
        toy.failure = failures[i];
        add_page(&world, 0, 1);
        drain(&world);
        assert_string_equal(toy.got, "{\"n\":0}");
        assert_int_equal(toy.writes, 3);
        assert_int_equal(toy.opens, 3);
        assert_int_equal(toy.closes, 2);
        assert_int_equal(toy.last_attempt, 3);
        assert_int_equal(toy.last_batch, 1);
        assert_string_equal(record_of(&world).state, "ok");
        assert_string_equal(record_of(&world).last_error, "");
        finish(&world);
    }
}

static void state_is_committed_before_the_write(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin(&world, NULL);
    toy.ask_commits = 2;
    add_page(&world, 0, 1);
    drain(&world);
    assert_int_equal(toy.writes, 3);
    assert_int_equal(toy.last_attempt, 1);
    assert_string_equal(toy.got, "{\"n\":0}");
    finish(&world);
}

static int64_t only_letter(struct world *world, const char *stage, const char *reason)
{
    postern_error error = ERROR_INIT;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    struct dead_letter *letters = NULL;
    size_t count = 0;
    must(journal_dead_list(world->journal, arena, 0, 10, true, &letters, &count, &error), &error);
    assert_int_equal(count, 1);
    assert_string_equal(letters->stage, stage);
    assert_non_null(strstr(letters->reason, reason));
    assert_string_equal(letters->delivery, "all/toys");
    assert_string_equal(letters->account, "acme");
    assert_true(text_is(letters->bytes, "{\"n\":1}"));
    return letters->id;
}

static void rejected_events_are_dead_letters_and_can_be_retried(void **unused)
{
    (void)unused;
    struct world world = {0};
    postern_error error = ERROR_INIT;
    begin(&world, NULL);
    toy.reject = "1";
    add_page(&world, 0, 3);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":2}");
    int64_t id = only_letter(&world, "sink", "the toy does not want it");
    assert_true(deliverer_retry_dead(world.deliverer, id, &error) < 0);
    toy.reject = NULL;
    must(deliverer_retry_dead(world.deliverer, id, &error), &error);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":2}{\"n\":1}");
    int64_t count = 1, bytes = 1;
    must(journal_dead_count(world.journal, &count, &bytes, &error), &error);
    assert_int_equal(count, 0);
    assert_true(deliverer_retry_dead(world.deliverer, id, &error) < 0);
    assert_non_null(strstr(error.message, "there is no dead letter"));
    finish(&world);
}

static void scripts_drop_split_and_fail(void **unused)
{
    (void)unused;
    struct world world = {0};
    postern_error error = ERROR_INIT;
    begin(&world, "return function(event)\n"
                  "  if event.n == 0 then return nil, 'no zero' end\n"
                  "  if event.n == 1 then error('one is bad') end\n"
                  "  if event.n == 2 then return { event, { twice = true } } end\n"
                  "  return event\n"
                  "end\n");
    add_page(&world, 0, 4);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":2}{\"twice\":true}{\"n\":3}");
    assert_string_equal(toy.ids, "02000000000000000000000000000000-1 02000000000000000000000000000000-2 "
                                 "03000000000000000000000000000000 ");
    struct delivery_record record = record_of(&world);
    assert_int_equal(record.delivered, 3);
    assert_int_equal(record.dropped, 1);
    assert_int_equal(record.dead, 1);
    int64_t id = only_letter(&world, "script", "one is bad");
    assert_true(deliverer_retry_dead(world.deliverer, id, &error) < 0);
    assert_non_null(strstr(error.message, "it failed again"));
    write_script(&world, "return function(event) event.again = true return event end");
    must(deliverer_reload(world.deliverer, &world.config, &error), &error);
    must(deliverer_retry_dead(world.deliverer, id, &error), &error);
    assert_non_null(strstr(toy.got, "{\"n\":1,\"again\":true}"));
    finish(&world);
}

static void a_bad_reload_changes_nothing(void **unused)
{
    (void)unused;
    struct world world = {0};
    postern_error error = ERROR_INIT;
    begin(&world, "return function(event) return event end");
    write_script(&world, "return function(event) this is no Lua");
    assert_true(deliverer_reload(world.deliverer, &world.config, &error) < 0);
    assert_non_null(strstr(error.message, "script.lua:1:"));
    add_page(&world, 0, 1);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}");
    finish(&world);
}

/* When the dead letters are full the delivery stops and says so; nothing is thrown away. */
static void full_dead_letters_stop_the_delivery(void **unused)
{
    (void)unused;
    struct world world = {.dead_limit = 1};
    postern_error error = ERROR_INIT;
    int64_t end = 0;
    begin(&world, NULL);
    toy.reject = "1";
    add_page(&world, 0, 2);
    must(journal_end(world.journal, &end, &error), &error);
    for (int i = 0; i < 500 && strcmp(record_of(&world).state, "stopped") != 0; i++)
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    assert_string_equal(record_of(&world).state, "stopped");
    assert_true(record_of(&world).last_error[0] != '\0');
    assert_false(deliverer_has_passed(world.deliverer, end));
    finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_arrive_in_order),
        cmocka_unit_test(a_restart_goes_on_where_it_stood),
        cmocka_unit_test(failures_are_tried_again),
        cmocka_unit_test(state_is_committed_before_the_write),
        cmocka_unit_test(rejected_events_are_dead_letters_and_can_be_retried),
        cmocka_unit_test(scripts_drop_split_and_fail),
        cmocka_unit_test(a_bad_reload_changes_nothing),
        cmocka_unit_test(full_dead_letters_stop_the_delivery),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

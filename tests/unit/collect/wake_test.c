/* Thousands of streams wait for one account: what one of them learns wakes the others, each by its own timer
 * and never on the stack of the answer that brought it. */
#include "base/error.h"
#include "world_fleet.h"

#define STREAMS 5000
/* More than one turn of the loop needs, and less than a few turns inside of each other. */
#define STACK_LIMIT ((ptrdiff_t)32 << 10)

static postern_stream crowd[STREAMS];
static char crowd_names[STREAMS][16];
static const postern_stream *crowd_list[STREAMS + 1];

static struct {
    bool works;             /* the vendor takes the credentials */
    bool cannot_ask;        /* `next` fails from the second call on */
    int asked, in_one_turn; /* calls of `next`: all, and since the last turn of the loop began */
    const char *turn;       /* where the stack stood in that turn */
    ptrdiff_t deepest;
} seen;

static postern_status crowd_next(const void *self, const postern_call *call, const postern_stream *stream,
                                 const postern_pass *pass, postern_text position, postern_request *request,
                                 postern_error *error)
{
    char here = 0;
    ptrdiff_t depth = seen.turn - &here;
    if (depth > seen.deepest) seen.deepest = depth;
    seen.in_one_turn++;
    if (seen.asked++ && seen.cannot_ask) return error_set(error, POSTERN_E_CONFIG, "the option is missing");
    return toy_next(self, call, stream, pass, position, request, error);
}

static const postern_source crowd_source = {.size = sizeof crowd_source,
                                            .name = "toy",
                                            .title = "A crowd",
                                            .streams = crowd_list,
                                            .next = crowd_next,
                                            .on_response = toy_on_response};
static const postern_source *const crowd_sources[] = {&crowd_source, NULL};
static postern_module crowd_module;

static void answer(struct flight *flight)
{
    if (seen.works)
        buffer_append_string(&flight->body, "nothing\nkeep\n");
    else
        flight->status = 401;
}

static void make_crowd(struct toy_config *config)
{
    for (size_t i = 0; i < STREAMS; i++) {
        snprintf(crowd_names[i], sizeof crowd_names[i], "toy-%zu", i);
        crowd[i] = toy_token;
        crowd[i].name = crowd_names[i];
        crowd_list[i] = &crowd[i];
    }
    crowd_module = toy_module;
    crowd_module.sources = crowd_sources;
    toy_config_make(config, 1);
    config->source.interval_ms = HOUR;
    const struct module_limits limits = {1 << 20, 100, 1 << 20, 1 << 20};
    postern_error error = ERROR_INIT;
    registry_free(config->registry);
    config->registry = registry_new(&limits);
    if (registry_add(config->registry, &crowd_module, "crowd", &error) < 0) fail_msg("%s", error.message);
}

static __attribute__((noinline)) void turn(int64_t until_ms)
{
    char here = 0;
    seen.turn = &here;
    seen.in_one_turn = 0;
    if (!world_step(until_ms)) world.time_ms = until_ms;
    assert_true(seen.in_one_turn <= 1);
    assert_true(seen.deepest < STACK_LIMIT);
}

static void idle(void *context)
{
    *(bool *)context = true;
}

/* The credentials are refused at first, so that one stream probes and all others wait for what it learns. */
static void run(bool cannot_ask)
{
    struct toy_config config;
    struct fleet_progress progress = {0};
    memset(&seen, 0, sizeof seen);
    world_begin(3, answer);
    world.latency_ms = 20;
    make_crowd(&config);
    struct fleet *fleet = world_fleet(&config, &progress);
    fleet_go(fleet);
    while (world.time_ms < WORLD_START + 2 * MINUTE) /* all have begun, and all but one wait */
        turn(WORLD_START + 2 * MINUTE);
    assert_in_range(seen.asked, 1, 8);
    seen.works = true;
    seen.cannot_ask = cannot_ask;
    while (world.time_ms < WORLD_START + 10 * MINUTE)
        turn(WORLD_START + 10 * MINUTE);
    assert_true(seen.asked > STREAMS);
    bool is_idle = false;
    fleet_pause(fleet, idle, &is_idle);
    while (!is_idle || world.happening_count || world.first_task)
        assert_true(world_step(INT64_MAX));
    fleet_free(fleet);
    toy_config_free(&config);
    world_end();
}

static void test_all_are_woken_one_by_one(void **state)
{
    (void)state;
    run(false);
}

/* Each one's trouble is news for the account, so that it wakes the others in its turn. */
static void test_trouble_of_all_takes_no_stack(void **state)
{
    (void)state;
    run(true);
}

int main(void)
{
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_are_woken_one_by_one),
        cmocka_unit_test(test_trouble_of_all_takes_no_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

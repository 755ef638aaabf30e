/* How the engine cuts, halves, bisects and judges: against receivers that are functions. */
#include "../unit.h"
#include "played_sink.h"

#define EVENTS 1000

/* What the receiver does, and what it has. */
static struct {
    size_t limit;         /* bytes of a body; beyond: 413 */
    bool refused[EVENTS]; /* events with which it answers 400 */
    unsigned breaks;      /* out of so many requests one is broken off, 0 = none */
    int status;           /* of everything else */
    uint64_t random;
    size_t got[EVENTS], largest, too_large;
} world;

static uint64_t chance(void)
{
    world.random = world.random * 6364136223846793005u + 1442695040888963407u;
    return world.random >> 33;
}

static struct reply receive(postern_arena *arena, postern_text body)
{
    (void)arena;
    size_t found[EVENTS], count = 0;
    bool refuses = false;
    for (const char *at = body.data; at < kit_end(body) && count < EVENTS; count++) {
        found[count] = strtoul(at + 5, NULL, 10);
        refuses = refuses || world.refused[found[count]];
        at = (const char *)memchr(at, '\n', (size_t)(kit_end(body) - at)) + 1;
    }
    if (world.limit && body.size > world.limit) {
        world.too_large++;
        return (struct reply){.status = 413, .body = "<html>"};
    }
    if (world.breaks && chance() % world.breaks == 0) return (struct reply){.status = 0, .body = ""};
    if (refuses) return (struct reply){.status = 400, .body = "{\"error\":\"no\"}"};
    if (world.status != 200) return (struct reply){.status = world.status, .body = "words of\n the receiver"};
    if (body.size > world.largest) world.largest = body.size;
    for (size_t i = 0; i < count; i++)
        world.got[found[i]]++;
    return (struct reply){.status = 200, .body = "ok"};
}

static struct played_sink *make(int64_t max_body, int64_t max_events)
{
    static struct played_sink sink;
    const struct option_value values[] = {
        {.name = "url", .type = POSTERN_OPTION_TEMPLATE, .text = "https://logs.example.com/in"},
        {.name = "compression", .type = POSTERN_OPTION_TEXT, .text = "none"},
        {.name = "max_body", .type = POSTERN_OPTION_SIZE, .integer = max_body},
        {.name = "max_events", .type = POSTERN_OPTION_INTEGER, .integer = max_events}};
    memset(&world, 0, sizeof world);
    world.status = 200;
    world.random = 42;
    receiver = receive;
    assert_true(played_sink_init(&sink, "webhook", values, COUNT(values)));
    return &sink;
}

static size_t count_of(const struct played_sink *sink, enum play_verdict verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < sink->count; i++)
        count += sink->verdicts[i] == verdict;
    return count;
}

static void requests_keep_to_their_limits(void **state)
{
    (void)state;
    struct numbered *events = numbered_new(EVENTS);
    struct played_sink *sink = make(1024, 1000);
    assert_int_equal(played_write(sink, events->list, EVENTS, 1), POSTERN_OK);
    assert_int_equal(count_of(sink, PLAY_ACCEPTED), EVENTS);
    assert_true(world.largest <= 1024 && world.largest > 1000);
    played_sink_end(sink);
    sink = make(1 << 20, 7);
    assert_int_equal(played_write(sink, events->list, 70, 1), POSTERN_OK);
    assert_int_equal(requests_played, 10);
    played_sink_end(sink);
    free(events);
}

static void a_413_halves_and_is_remembered(void **state)
{
    (void)state;
    struct numbered *events = numbered_new(EVENTS);
    struct played_sink *sink = make(1 << 20, 1000);
    world.limit = 2000;
    assert_int_equal(played_write(sink, events->list, EVENTS, 1), POSTERN_OK);
    assert_int_equal(count_of(sink, PLAY_ACCEPTED), EVENTS);
    assert_true(world.too_large <= 4);
    assert_true(world.largest > 1000); /* not less than half of what it takes */
    world.limit = 5;                   /* not even one */
    assert_int_equal(played_write(sink, events->list, 3, 1), POSTERN_OK);
    assert_int_equal(count_of(sink, PLAY_REJECTED), 3);
    assert_contains(sink->reason, "a request of 8 bytes with this one event (413)");
    played_sink_end(sink);
    free(events);
}

static void what_is_refused_without_a_name_is_found(void **state)
{
    (void)state;
    struct numbered *events = numbered_new(EVENTS);
    struct played_sink *sink = make(1 << 20, 1000);
    world.refused[613] = true;
    assert_int_equal(played_write(sink, events->list, EVENTS, 1), POSTERN_OK);
    assert_int_equal(sink->verdicts[613], PLAY_REJECTED);
    assert_int_equal(count_of(sink, PLAY_ACCEPTED), EVENTS - 1);
    assert_true(requests_played <= 10 + 2 * 10 + 1);
    assert_string_equal(sink->reason, "the receiver answers 400: {\"error\":\"no\"}");
    played_sink_end(sink);
    free(events);
}

static void what_all_are_refused_for_is_configuration(void **state)
{
    (void)state;
    struct numbered *events = numbered_new(EVENTS);
    struct played_sink *sink = make(1 << 20, 1000);
    memset(world.refused, true, sizeof world.refused);
    assert_int_equal(played_write(sink, events->list, EVENTS, 1), POSTERN_E_CONFIG);
    assert_true(requests_played <= 12);
    assert_contains(sink->error.message,
                    "all that were tried, were refused for one reason; the first: the receiver answers 400");
    /* Ten at the front are not all. */
    memset(world.refused + 10, false, sizeof world.refused - 10);
    assert_int_equal(played_write(sink, events->list, EVENTS, 1), POSTERN_OK);
    assert_int_equal(count_of(sink, PLAY_REJECTED), 10);
    played_sink_end(sink);
    free(events);
}

static void what_answers_mean(void **state)
{
    static const struct {
        int status;
        postern_status code;
    } rows[] = {
        {200, POSTERN_OK},       {204, POSTERN_OK},       {302, POSTERN_E_CONFIG}, {401, POSTERN_E_CONFIG},
        {402, POSTERN_E_CONFIG}, {403, POSTERN_E_CONFIG}, {404, POSTERN_E_CONFIG}, {405, POSTERN_E_CONFIG},
        {408, POSTERN_E_RETRY},  {425, POSTERN_E_RETRY},  {429, POSTERN_E_RETRY},  {451, POSTERN_E_CONFIG},
        {500, POSTERN_E_RETRY},  {501, POSTERN_E_CONFIG}, {502, POSTERN_E_RETRY},  {503, POSTERN_E_RETRY},
        {504, POSTERN_E_RETRY},  {505, POSTERN_E_CONFIG}, {522, POSTERN_E_RETRY},  {0, POSTERN_E_RETRY}};
    (void)state;
    struct numbered *events = numbered_new(20);
    struct played_sink *sink = make(1 << 20, 10);
    for (size_t i = 0; i < COUNT(rows); i++) {
        world.status = rows[i].status;
        postern_status status = played_write(sink, events->list, 20, 1);
        if (status != rows[i].code)
            fail_msg("%d: %d, not %d", rows[i].status, (int)status, (int)rows[i].code);
        assert_int_equal(count_of(sink, PLAY_REJECTED), 0);
        if (status < 0 && rows[i].status) assert_contains(sink->error.message, ": words of the receiver");
    }
    played_sink_end(sink);
    free(events);
}

/* As the core does: what was accepted does not come again. */
static void whatever_happens_each_event_has_one_end(void **state)
{
    (void)state;
    struct numbered *events = numbered_new(EVENTS);
    for (unsigned round = 0; round < 40; round++) {
        struct played_sink *sink = make(4096, 300);
        const postern_sink_event *left[EVENTS];
        size_t count = EVENTS, rejected = 0;
        world.random = round;
        world.limit = 200 + (size_t)chance() % 4000;
        world.breaks = 20 + (unsigned)chance() % 30;
        for (size_t i = 0; i < EVENTS; i++)
            world.refused[i] = chance() % 50 == 0;
        memcpy(left, events->list, sizeof left);
        for (uint32_t attempt = 1; count; attempt++) {
            assert_true(attempt < 1000);
            postern_status status = played_write(sink, left, count, attempt);
            size_t kept = 0;
            for (size_t i = 0; i < count; i++) {
                rejected += status >= 0 && sink->verdicts[i] == PLAY_REJECTED;
                if (status < 0 && sink->verdicts[i] != PLAY_ACCEPTED) left[kept++] = left[i];
            }
            count = kept;
        }
        for (size_t i = 0; i < EVENTS; i++) {
            assert_int_equal(world.got[i], world.refused[i] ? 0 : 1);
            rejected -= world.refused[i];
        }
        assert_int_equal(rejected, 0);
        played_sink_end(sink);
    }
    free(events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_keep_to_their_limits),
        cmocka_unit_test(a_413_halves_and_is_remembered),
        cmocka_unit_test(what_is_refused_without_a_name_is_found),
        cmocka_unit_test(what_all_are_refused_for_is_configuration),
        cmocka_unit_test(what_answers_mean),
        cmocka_unit_test(whatever_happens_each_event_has_one_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

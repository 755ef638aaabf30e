/* What the sinks of brokers share: addresses from templates, servers, and the tally of a batch. */
#include "shared/broker/address.h"
#include "shared/broker/server.h"
#include "shared/broker/tally.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- Addresses ---- */

static void expect_address(const char *template, const postern_sink_event *event, char escape,
                           const char *want)
{
    char buffer[64];
    struct kit_writer writer = kit_writer_in_buffer(buffer, sizeof buffer);
    broker_write_address(&writer, kit_text(template), event, escape);
    assert_int_equal(writer.failed, want == NULL);
    if (want) assert_int_equal(writer.size, strlen(want));
    if (want) assert_memory_equal(buffer, want, writer.size);
}

static void test_a_value_adds_no_word_to_an_address(void **state)
{
    const postern_sink_event event = {.size = sizeof event,
                                      .flags = POSTERN_EVENT_JSON,
                                      .account = KIT_TEXT("acme"),
                                      .source = KIT_TEXT("ttp-url"),
                                      .type = KIT_TEXT("a.b *>/\n"),
                                      .text = KIT_TEXT("{\"team\":\"x.y\"}")};
    (void)state;
    expect_address("p.%{account}.%{source}", &event, '%', "p.acme.ttp-url");
    expect_address("%{type}", &event, '%', "a%2Eb%20%2A%3E%2F%0A");
    expect_address("%{type}", &event, '_', "a_2Eb_20_2A_3E_2F_0A");
    expect_address("%{stream}.end", &event, '%', "_.end");
    expect_address("%{.team}", &event, '%', "x%2Ey");
    expect_address("no placeholder", &event, '%', "no placeholder");
    expect_address("%{account", &event, '%', "%{account");
    expect_address("", &event, '%', "");
}

static void test_an_address_that_does_not_fit_fails(void **state)
{
    char type[2000];
    memset(type, 'x', sizeof type);
    const postern_sink_event event = {.size = sizeof event, .type = {type, sizeof type}};
    const postern_sink_event shorter = {.size = sizeof event, .type = {type, 65}};
    (void)state;
    expect_address("%{type}", &event, '%', NULL);
    expect_address("%{type}", &shorter, '%', NULL);
}

/* ---- Servers ---- */

static void test_servers(void **state)
{
    static const struct {
        const char *text, *host;
        int port;
    } rows[] = {
        {"broker-1.example.com:4223", "broker-1.example.com", 4223},
        {"broker", "broker", 4222},
        {"[2001:db8::1]:1", "2001:db8::1", 1},
        {"[::1]", "::1", 4222},
        {"10.0.0.1:65535", "10.0.0.1", 65535},
    };
    static const char *const none[] = {
        "",        ":4222",     "host:", "host:0",    "host:65536",  "host:4222x",
        "host:-1", "[::1",      "[]:1",  "[::1]4222", "nats://host", "u:p@host",
        "ho st",   "host/path", "::1:1", "host:4\n",  "host:000001"};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct broker_server server = {.port = 0};
        assert_int_equal(broker_read_server(kit_text(rows[i].text), 4222, &server, NULL), POSTERN_OK);
        assert_string_equal(server.host, rows[i].host);
        assert_int_equal(server.port, rows[i].port);
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        struct broker_server server = {.host = "untouched", .port = 7};
        postern_error error = {.size = sizeof error};
        if (broker_read_server(kit_text(none[i]), 4222, &server, &error) != POSTERN_E_CONFIG)
            fail_msg("\"%s\" is taken for a server", none[i]);
        assert_string_equal(server.host, "untouched");
        assert_int_equal(server.port, 7);
        assert_null(strstr(error.message, "u:p")); /* it may be a password */
    }
}

/* ---- The tally ---- */

struct core {
    postern_result result;
    char told[64]; /* a letter for each event */
    const char *reason;
    postern_status refuses;
};

static struct core core;

static postern_status take_accept(postern_result *result, size_t index)
{
    (void)result;
    core.told[index] = 'a';
    return core.refuses;
}

static postern_status take_reject(postern_result *result, size_t index, const char *reason)
{
    (void)result;
    core.told[index] = 'r';
    core.reason = reason;
    return core.refuses;
}

static void *allocate(const postern_host *host, postern_arena *arena, size_t bytes)
{
    static max_align_t memory[1024];
    static size_t used;
    (void)host, (void)arena;
    if (used + bytes > sizeof memory) used = 0;
    void *place = (char *)memory + used;
    used += (bytes + 15) / 16 * 16;
    return memset(place, 0, bytes);
}

static void *allocate_nothing(const postern_host *host, postern_arena *arena, size_t bytes)
{
    (void)host, (void)arena, (void)bytes;
    return NULL;
}

static struct broker_tally begin(size_t count)
{
    static postern_batch batch;
    const postern_host host = {.size = sizeof host, .allocate = allocate};
    const postern_call call = {.size = sizeof call};
    struct broker_tally tally;
    batch = (postern_batch){.size = sizeof batch, .count = count};
    core =
        (struct core){.result = {.size = sizeof core.result, .accept = take_accept, .reject = take_reject}};
    memset(core.told, '-', sizeof core.told);
    core.told[count] = '\0';
    assert_int_equal(broker_tally_begin(&tally, &host, &call, &batch, NULL), POSTERN_OK);
    return tally;
}

static void test_all_safe_tells_nothing(void **state)
{
    struct broker_tally tally = begin(3);
    (void)state;
    for (size_t i = 0; i < 3; i++)
        broker_safe(&tally, i);
    assert_int_equal(tally.open, 0);
    assert_int_equal(broker_tally_end(&tally, &core.result, NULL), POSTERN_OK);
    assert_string_equal(core.told, "---");
}

static void test_one_rejected_event_is_told_and_the_rest_is_safe(void **state)
{
    struct broker_tally tally = begin(3);
    (void)state;
    broker_safe(&tally, 0);
    broker_reject(&tally, 1, "too large");
    broker_safe(&tally, 2);
    assert_int_equal(broker_tally_end(&tally, &core.result, NULL), POSTERN_OK);
    assert_string_equal(core.told, "-r-");
    assert_string_equal(core.reason, "too large");
}

static void test_a_failure_accepts_what_was_acknowledged(void **state)
{
    struct broker_tally tally = begin(4);
    postern_error error = {.size = sizeof error};
    (void)state;
    broker_safe(&tally, 0);
    broker_reject(&tally, 1, "too large"); /* it comes again, and is rejected then */
    broker_fail(&tally, 2, POSTERN_E_RETRY, NULL, "not now");
    broker_safe(&tally, 3);
    assert_int_equal(broker_tally_end(&tally, &core.result, &error), POSTERN_E_RETRY);
    assert_string_equal(core.told, "a--a");
    assert_string_equal(error.message, "1 of 4 events: not now");
}

static void test_the_gravest_failure_is_told(void **state)
{
    struct broker_tally tally = begin(3);
    postern_error error = {.size = sizeof error};
    (void)state;
    broker_fail(&tally, 0, POSTERN_E_STOPPED, NULL, "stopped");
    broker_fail(&tally, 1, POSTERN_E_RETRY, NULL, "not now");
    broker_fail(&tally, 2, POSTERN_E_CONFIG, "mend it", "never so");
    assert_int_equal(broker_tally_end(&tally, &core.result, &error), POSTERN_E_CONFIG);
    assert_string_equal(error.message, "never so");
    assert_string_equal(error.remedy, "mend it");
}

static void test_the_first_answer_counts(void **state)
{
    struct broker_tally tally = begin(2);
    (void)state;
    broker_safe(&tally, 0);
    broker_fail(&tally, 0, POSTERN_E_RETRY, NULL, "late");
    broker_safe(&tally, 9); /* no such event */
    assert_int_equal(tally.open, 1);
    broker_fail_open(&tally, POSTERN_E_RETRY, NULL, "lost");
    broker_safe(&tally, 1);
    assert_int_equal(tally.open, 0);
    assert_int_equal(broker_tally_end(&tally, &core.result, NULL), POSTERN_E_RETRY);
    assert_string_equal(core.told, "a-");
}

static void test_no_memory_is_an_error_and_no_loss(void **state)
{
    const postern_host host = {.size = sizeof host, .allocate = allocate_nothing};
    const postern_call call = {.size = sizeof call};
    const postern_batch batch = {.size = sizeof batch, .count = 1};
    struct broker_tally tally;
    (void)state;
    assert_int_equal(broker_tally_begin(&tally, &host, &call, &batch, NULL), POSTERN_E_MEMORY);
    tally = begin(1);
    broker_reject(&tally, 0, "too large");
    core.refuses = POSTERN_E_MEMORY;
    assert_int_equal(broker_tally_end(&tally, &core.result, NULL), POSTERN_E_MEMORY);
}

static void test_lateness_begins_anew_with_each_answer(void **state)
{
    struct broker_tally tally = begin(2);
    (void)state;
    assert_false(broker_is_late(&tally, 60000));
    tally.moved_ms -= 60000;
    assert_true(broker_is_late(&tally, 60000));
    broker_safe(&tally, 0);
    assert_false(broker_is_late(&tally, 60000));
    tally.moved_ms -= 60000;
    broker_safe(&tally, 1);
    assert_false(broker_is_late(&tally, 0)); /* nobody waits */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_value_adds_no_word_to_an_address),
        cmocka_unit_test(test_an_address_that_does_not_fit_fails),
        cmocka_unit_test(test_servers),
        cmocka_unit_test(test_all_safe_tells_nothing),
        cmocka_unit_test(test_one_rejected_event_is_told_and_the_rest_is_safe),
        cmocka_unit_test(test_a_failure_accepts_what_was_acknowledged),
        cmocka_unit_test(test_the_gravest_failure_is_told),
        cmocka_unit_test(test_the_first_answer_counts),
        cmocka_unit_test(test_no_memory_is_an_error_and_no_loss),
        cmocka_unit_test(test_lateness_begins_anew_with_each_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

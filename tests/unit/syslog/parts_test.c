/* Framing, what may be lost, and the order of targets. */
#include "framing.h"
#include "recent.h"
#include "targets.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void framing_counts_or_escapes(void **unused)
{
    (void)unused;
    char place[64];
    postern_text message = KIT_TEXT("a\nb\r");
    size_t size = framing_write(FRAMING_OCTET_COUNTING, message, place);
    assert_true(kit_is(kit_span(place, size), "4 a\nb\r"));
    size = framing_write(FRAMING_NEWLINE, message, place);
    assert_true(kit_is(kit_span(place, size), "a\\nb\\r\n"));
    assert_true(size <= framing_most(message));
}

/* ---- What may be lost ---- */

static void add_numbers(struct recent *recent, int first, int count)
{
    for (int i = first; i < first + count; i++) {
        char text[16];
        snprintf(text, sizeof text, "%04d", i);
        assert_true(recent_add(recent, kit_text(text)));
    }
}

/* What may be lost is exactly first..first+count-1. */
static void expect_lost(const struct recent *recent, int first, int count)
{
    size_t at = 0;
    postern_text message;
    assert_int_equal(recent_count_lost(recent), count);
    assert_int_equal(recent_has_lost(recent), count > 0);
    for (int i = first; i < first + count; i++) {
        assert_true(recent_next_lost(recent, &at, &message));
        char wanted[16];
        snprintf(wanted, sizeof wanted, "%04d", i);
        assert_true(kit_is(message, wanted));
    }
    assert_false(recent_next_lost(recent, &at, &message));
}

static void a_broken_connection_loses_all_that_is_kept(void **unused)
{
    (void)unused;
    struct recent recent = {.limit = 10 * (16 + 4)};
    add_numbers(&recent, 0, 8);
    recent_confirm(&recent, 100);
    expect_lost(&recent, 0, 0);
    add_numbers(&recent, 8, 5); /* the first three fall out */
    recent_confirm(&recent, 200);
    add_numbers(&recent, 13, 2); /* of a batch that fails: it comes again by itself */
    recent_lose(&recent, 0);
    expect_lost(&recent, 5, 8);
    recent_lose(&recent, 1000); /* they were not even sent again */
    expect_lost(&recent, 5, 8);
    recent_found(&recent, 300);
    expect_lost(&recent, 0, 0);
    recent_lose(&recent, 301);
    expect_lost(&recent, 0, 0);
    recent_free(&recent);
}

static void an_orderly_end_loses_what_is_young(void **unused)
{
    (void)unused;
    struct recent recent = {.limit = 1 << 20};
    add_numbers(&recent, 0, 3);
    recent_confirm(&recent, 100);
    add_numbers(&recent, 3, 3);
    recent_confirm(&recent, 200);
    recent_lose(&recent, 150);
    expect_lost(&recent, 3, 3);
    recent_clear(&recent);
    expect_lost(&recent, 0, 0);
    recent_free(&recent);
}

/* Long runs with a small limit: the newest are kept, and memory stays within a few times the limit. */
static void memory_is_bounded(void **unused)
{
    (void)unused;
    struct recent recent = {.limit = 2000};
    for (int i = 0; i < 5000; i++) {
        add_numbers(&recent, i, 1);
        if (i % 7 == 0) recent_confirm(&recent, i);
    }
    recent_confirm(&recent, 5000);
    recent_lose(&recent, 0);
    expect_lost(&recent, 4900, 100);
    assert_true(recent.capacity <= 131072);
    struct recent none = {0};
    add_numbers(&none, 0, 3);
    recent_confirm(&none, 1);
    recent_lose(&none, 0);
    expect_lost(&none, 0, 0);
    recent_free(&recent);
    recent_free(&none);
}

/* ---- Targets ---- */

static void expect_order(const struct targets *targets, int64_t now_ms, size_t a, size_t b, size_t c)
{
    size_t order[MOST_TARGETS];
    targets_order(targets, now_ms, order);
    assert_int_equal(order[0], a);
    assert_int_equal(order[1], b);
    assert_int_equal(order[2], c);
}

static void targets_rest_after_a_failure(void **unused)
{
    (void)unused;
    struct target_entry entries[3] = {0};
    struct targets targets = {.entries = entries, .count = 3, .failback_ms = 1000};
    size_t better = 9;
    expect_order(&targets, 0, 0, 1, 2);
    targets_note_failure(&targets, 0, 100);
    expect_order(&targets, 200, 1, 2, 0);
    targets_note_failure(&targets, 1, 150);
    targets_note_failure(&targets, 2, 120);
    expect_order(&targets, 200, 0, 2, 1); /* all rest: the one that failed first */
    targets.current = 2;
    assert_false(targets_better(&targets, 1099, &better));
    assert_true(targets_better(&targets, 1100, &better));
    assert_int_equal(better, 0);
    expect_order(&targets, 1130, 0, 2, 1);
    targets.failback_ms = 0;
    assert_false(targets_better(&targets, 1000000, &better));
}

static void targets_are_read(void **unused)
{
    (void)unused;
    static const struct net_scheme schemes[] = {
        {"tcp", "514", NET_TCP, 0}, {"unix", NULL, NET_UNIX, 0}, {.word = NULL}};
    static const struct {
        const char *text, *host, *port;
    } good[] = {{"tcp://a.example", "a.example", "514"},
                {"tcp://a:1", "a", "1"},
                {"tcp://[::1]", "::1", "514"},
                {"tcp://[::1]:65535", "::1", "65535"},
                {"unix:///dev/log", "/dev/log", ""}};
    static const char *const bad[] = {"a:514",     "tls://a",        "tcp://",        "tcp://:1",
                                      "tcp://a:",  "tcp://a:0",      "tcp://a:65536", "tcp://a:1x",
                                      "tcp://::1", "tcp://[::1",     "tcp://[::1]x",  "tcp://a/b",
                                      "tcp://u@a", "unix://dev/log", "unix://",       "tcp:/a"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct net_target target;
        assert_int_equal(net_target_read(kit_text(good[i].text), schemes, &target, NULL), POSTERN_OK);
        assert_string_equal(target.host, good[i].host);
        assert_string_equal(target.port, good[i].port);
        assert_string_equal(target.name, good[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct net_target target;
        postern_error error = {.size = sizeof error};
        assert_int_equal(net_target_read(kit_text(bad[i]), schemes, &target, &error), POSTERN_E_CONFIG);
        assert_non_null(strstr(error.message, bad[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(framing_counts_or_escapes),
        cmocka_unit_test(a_broken_connection_loses_all_that_is_kept),
        cmocka_unit_test(an_orderly_end_loses_what_is_young),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(targets_rest_after_a_failure),
        cmocka_unit_test(targets_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

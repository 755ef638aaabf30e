/* Which notice is news, and how many are told in an hour. */
#include "../unit.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "journal/notice_rules.h"

#define MINUTE ((int64_t)60000)
#define HOUR   (60 * MINUTE)

static bool news_behind(enum notice_kind before, enum notice_kind kind, int64_t later_ms)
{
    const struct told_notice told = {before, 7, 1000};
    return notice_is_news(&told, kind, 7, 1000 + later_ms, HOUR);
}

static void the_same_is_told_once_until_something_changed(void **state)
{
    (void)state;
    assert_true(news_behind(NOTICE_NONE, NOTICE_ACCOUNT_FAILING, 0));
    assert_false(news_behind(NOTICE_ACCOUNT_FAILING, NOTICE_ACCOUNT_FAILING, HOUR - 1));
    assert_true(news_behind(NOTICE_ACCOUNT_FAILING, NOTICE_ACCOUNT_FAILING, HOUR));
    assert_true(news_behind(NOTICE_ACCOUNT_FAILING, NOTICE_ACCOUNT_FAILED, 0));
    assert_true(news_behind(NOTICE_ACCOUNT_FAILED, NOTICE_ACCOUNT_CONNECTED, 0));
    assert_true(news_behind(NOTICE_ACCOUNT_CONNECTED, NOTICE_ACCOUNT_FAILING, 0));
    assert_true(news_behind(NOTICE_CONFIG_RELOADED, NOTICE_CONFIG_RELOADED, 0));
}

/* A state is the same whatever its words; what happened is another thing with other ones. */
static void words_tell_facts_apart(void **state)
{
    (void)state;
    const struct told_notice gap = {NOTICE_GAP_RECORDED, 7, 0}, trouble = {NOTICE_STREAM_TROUBLE, 7, 0};
    assert_false(notice_is_news(&gap, NOTICE_GAP_RECORDED, 7, 1, HOUR));
    assert_true(notice_is_news(&gap, NOTICE_GAP_RECORDED, 8, 1, HOUR));
    assert_false(notice_is_news(&trouble, NOTICE_STREAM_TROUBLE, 8, 1, HOUR));
    const struct told_notice skipped = {NOTICE_EVENTS_SKIPPED, 7, 0};
    assert_true(notice_is_news(&skipped, NOTICE_EVENTS_SKIPPED, 8, 1, HOUR)); /* another loss */
}

static void only_told_trouble_ends(void **state)
{
    (void)state;
    assert_false(news_behind(NOTICE_NONE, NOTICE_DELIVERY_RECOVERED, 0));
    assert_true(news_behind(NOTICE_DELIVERY_RETRYING, NOTICE_DELIVERY_RECOVERED, 0));
    assert_false(news_behind(NOTICE_DELIVERY_RECOVERED, NOTICE_DELIVERY_RECOVERED, 2 * HOUR));
    assert_true(news_behind(NOTICE_NONE, NOTICE_ACCOUNT_CONNECTED, 0));
    /* Without a licence it is no trouble any more, but does not work either. */
    assert_true(news_behind(NOTICE_STREAM_NOT_LICENSED, NOTICE_STREAM_RECOVERED, 0));
}

static void an_hour_has_its_bound(void **state)
{
    (void)state;
    struct notice_hour hour = {0};
    for (int i = 0; i < 3; i++)
        assert_true(notice_hour_takes(&hour, NOTICE_STREAM_TROUBLE, 1 + i, 3));
    assert_false(notice_hour_takes(&hour, NOTICE_STREAM_TROUBLE, 10, 3));
    assert_false(notice_hour_takes(&hour, NOTICE_ACCOUNT_FAILED, 11, 3));
    /* Postern's own are counted apart. */
    assert_true(notice_hour_takes(&hour, NOTICE_JOURNAL_FULL, 12, 3));
    assert_true(notice_hour_takes(&hour, NOTICE_DELIVERY_STOPPED, 12, 3));
    assert_true(notice_hour_takes(&hour, NOTICE_CLOCK_OFF, 12, 3));
    assert_false(notice_hour_takes(&hour, NOTICE_CONFIG_REFUSED, 12, 3));
    assert_true(notice_hour_takes(&hour, NOTICE_LEFT_OUT, 12, 3));
    assert_int_equal(notice_hour_left_out(&hour, HOUR), 0);
    assert_int_equal(notice_hour_left_out(&hour, HOUR + 1), 3);
    assert_int_equal(notice_hour_left_out(&hour, HOUR + 2), 0); /* told */
    assert_true(notice_hour_takes(&hour, NOTICE_STREAM_TROUBLE, HOUR + 2, 3));
}

/* What was counted in vain must not keep others out. */
static void a_try_that_failed_uses_nothing_up(void **state)
{
    (void)state;
    struct notice_hour hour = {0};
    for (int i = 0; i < 10; i++) {
        assert_true(notice_hour_takes(&hour, NOTICE_DELIVERY_STOPPED, 1, 1));
        assert_false(notice_hour_takes(&hour, NOTICE_CLOCK_OFF, 1, 1));
        notice_hour_gives_back(&hour, NOTICE_DELIVERY_STOPPED, true);
        notice_hour_gives_back(&hour, NOTICE_CLOCK_OFF, false);
    }
    notice_hour_gives_back(&hour, NOTICE_DELIVERY_STOPPED, true);
    assert_true(notice_hour_takes(&hour, NOTICE_DELIVERY_STOPPED, 1, 1));
    assert_false(notice_hour_takes(&hour, NOTICE_DELIVERY_STOPPED, 1, 1));
    assert_int_equal(notice_hour_left_out(&hour, HOUR + 1), 1);
}

static void who_was_woken_hears_of_the_end(void **state)
{
    (void)state;
    static const struct {
        enum notice_kind told, kind;
        bool is_end;
    } rows[] = {
        {NOTICE_ACCOUNT_FAILED, NOTICE_ACCOUNT_CONNECTED, true},
        {NOTICE_ACCOUNT_FAILED, NOTICE_ACCOUNT_FAILING, false},
        {NOTICE_NONE, NOTICE_ACCOUNT_CONNECTED, false},
        {NOTICE_ACCOUNT_FAILED, NOTICE_ACCOUNT_RENEWED, true},
        {NOTICE_ACCOUNT_RENEWED, NOTICE_ACCOUNT_CONNECTED, true}, /* nobody heard of that yet */
        {NOTICE_STREAM_TROUBLE, NOTICE_STREAM_NOT_LICENSED, true},
        {NOTICE_STREAM_NOT_LICENSED, NOTICE_STREAM_RECOVERED, true},
        {NOTICE_CONFIG_REFUSED, NOTICE_CONFIG_RELOADED, true},
        /* Nobody was woken: the bound holds. */
        {NOTICE_CONFIG_RELOADED, NOTICE_CONFIG_RELOADED, false},
        {NOTICE_ACCOUNT_CONNECTED, NOTICE_ACCOUNT_RENEWED, false},
        {NOTICE_STREAM_RECOVERED, NOTICE_STREAM_NOT_LICENSED, false},
        {NOTICE_STREAM_NOT_LICENSED, NOTICE_STREAM_NOT_LICENSED, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct told_notice told = {rows[i].told, 0, 0};
        assert_int_equal(notice_is_good_end(&told, rows[i].kind), rows[i].is_end);
    }
}

static void each_subject_has_its_own_key(void **state)
{
    static const struct {
        enum notice_kind kind;
        const char *account, *source, *subject, *key, *thread;
    } rows[] = {
        {NOTICE_ACCOUNT_FAILED, "acme", NULL, NULL, "account acme/", "account:acme"},
        {NOTICE_STREAM_TROUBLE, "acme", "siem", "av", "stream acme/siem/av", "stream:acme/siem/av"},
        {NOTICE_GAP_RECORDED, "acme", "audit", "audit", "gap acme/audit/audit", "gap:acme/audit/audit"},
        {NOTICE_DELIVERY_STOPPED, NULL, NULL, "default/slack", "delivery /default/slack",
         "delivery:postern/default/slack"},
        {NOTICE_BACKLOG_HIGH, NULL, NULL, "default/slack", "backlog /default/slack",
         "backlog:postern/default/slack"},
        {NOTICE_DEAD_LETTERS_FULL, NULL, NULL, "default/slack", "dead_letters /default/slack",
         "dead_letters:postern/default/slack"},
        {NOTICE_JOURNAL_FULL, NULL, NULL, NULL, "journal /", "journal:postern"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        _cleanup_(buffer_free) struct buffer key = {.limit = 200}, thread = {.limit = 200};
        notice_write_key(rows[i].kind, rows[i].account, rows[i].source, rows[i].subject, &key);
        assert_string_equal(buffer_string(&key), rows[i].key);
        notice_write_thread(rows[i].key, &thread);
        assert_string_equal(buffer_string(&thread), rows[i].thread);
    }
}

static void every_kind_is_complete(void **state)
{
    (void)state;
    for (int kind = NOTICE_NONE + 1; kind < NOTICE_KINDS; kind++) {
        const struct notice_trait *trait = notice_trait((enum notice_kind)kind);
        assert_non_null(trait->name);
        assert_non_null(strchr(trait->name, '.'));
        assert_in_range(trait->level, POSTERN_LOG_ERROR, POSTERN_LOG_INFO);
        assert_true(strlen(notice_severity((enum notice_kind)kind)) > 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_is_told_once_until_something_changed),
        cmocka_unit_test(words_tell_facts_apart),
        cmocka_unit_test(only_told_trouble_ends),
        cmocka_unit_test(an_hour_has_its_bound),
        cmocka_unit_test(a_try_that_failed_uses_nothing_up),
        cmocka_unit_test(who_was_woken_hears_of_the_end),
        cmocka_unit_test(each_subject_has_its_own_key),
        cmocka_unit_test(every_kind_is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

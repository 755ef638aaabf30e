/* The roster hands out each record once, and knows which are left. */
#include "base/text.h"
#include "collect/stream/roster.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PROFILE "vendor/1"

static struct account_record account(int64_t id, const char *name)
{
    return (struct account_record){.id = id, .name = name, .trouble = trouble_words_new("t", "", NULL)};
}

static struct stream_record stream(int64_t id, const char *name, const char *source)
{
    return (struct stream_record){.id = id,
                                  .account = name,
                                  .source = source,
                                  .name = source,
                                  .auth = PROFILE,
                                  .kind = POSTERN_STREAM_TOKEN,
                                  .position = strdup("here"),
                                  .events = 10 * id};
}

static struct roster *make(void)
{
    static const int64_t set_aside[] = {2, 5, 9};
    struct roster *roster = calloc(1, sizeof *roster);
    roster->accounts = calloc(3, sizeof *roster->accounts);
    roster->streams = calloc(4, sizeof *roster->streams);
    roster->set_aside = malloc(sizeof set_aside);
    memcpy(roster->set_aside, set_aside, sizeof set_aside);
    roster->set_aside_count = 3;
    roster->accounts[roster->account_count++] = account(3, "a");
    roster->accounts[roster->account_count++] = account(1, "b");
    roster->accounts[roster->account_count++] = account(2, "c");
    roster->streams[roster->stream_count++] = stream(7, "a", "siem");
    roster->streams[roster->stream_count++] = stream(5, "b", "audit");
    roster->streams[roster->stream_count++] = stream(2, "b", "siem");
    roster->streams[roster->stream_count++] = stream(1, "c", "siem");
    return roster;
}

static struct enrolled wanted(const char *name, const char *source)
{
    return (struct enrolled){name, source, source, PROFILE, POSTERN_STREAM_TOKEN};
}

static void each_is_handed_out_once(void **state)
{
    (void)state;
    struct roster *roster = make();
    struct account_record record = {0};
    struct stream_record taken = {0};
    const char *name = "b";
    assert_true(roster_take_account(roster, name, &record));
    assert_int_equal(record.id, 1);
    assert_ptr_equal(record.name, name);
    assert_non_null(record.trouble);
    account_record_clear(&record);
    assert_false(roster_take_account(roster, name, &record));
    assert_false(roster_take_account(roster, "d", &record));
    assert_true(roster_has_account(roster, "b"));
    assert_false(roster_has_account(roster, "d"));
    const struct enrolled one = wanted("b", "siem");
    assert_true(roster_take_stream(roster, &one, &taken));
    assert_int_equal(taken.id, 2);
    assert_int_equal(taken.events, 20);
    assert_string_equal(taken.position, "here");
    assert_ptr_equal(taken.auth, one.auth);
    stream_record_clear(&taken);
    assert_false(roster_take_stream(roster, &one, &taken));
    assert_true(roster_has_stream(roster, "b", "siem", "siem"));
    assert_false(roster_has_stream(roster, "a", "audit", "audit"));
    assert_int_equal(roster->streams[0].id, 7); /* left */
    assert_int_equal(roster->streams[2].id, 0);
    roster_free(roster);
}

static void another_way_is_no_match_and_not_left(void **state)
{
    (void)state;
    struct roster *roster = make();
    struct stream_record taken = {0};
    struct enrolled kind = wanted("a", "siem"), profile = wanted("c", "siem");
    kind.kind = POSTERN_STREAM_WINDOW;
    profile.auth = "vendor/2";
    assert_false(roster_take_stream(roster, &kind, &taken));
    assert_false(roster_take_stream(roster, &profile, &taken));
    assert_null(taken.position);
    assert_int_equal(roster->streams[0].id, 0);
    assert_int_equal(roster->streams[3].id, 0);
    roster_free(roster);
}

static void knows_where_something_was_set_aside(void **state)
{
    (void)state;
    struct roster *roster = make(), none = {0};
    for (int64_t id = 1; id < 11; id++)
        assert_int_equal(roster_has_set_aside(roster, id), id == 2 || id == 5 || id == 9);
    assert_false(roster_has_set_aside(&none, 1));
    assert_true(roster_has_set_aside(NULL, 1)); /* not known: look */
    roster_free(roster);
    roster_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_handed_out_once),
        cmocka_unit_test(another_way_is_no_match_and_not_left),
        cmocka_unit_test(knows_where_something_was_set_aside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

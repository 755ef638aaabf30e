/* Rounds over the pages of a batch endpoint, with the real source: pages without files that promise more are
 * followed, but not for ever, and where they led to is kept. */
#include "tries_fixture.h"

static const postern_auth signed_auth = SIGNED_AUTH("mimecast/2.0");

static struct {
    int pages;
    int empty; /* so many in a row; then a page says that this is all */
    char last_place[32];
} vendor;

static void script(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)which, (void)n;
    const char *place = strstr(flight->exchange->url, "nextPage=");
    snprintf(vendor.last_place, sizeof vendor.last_place, "%s", place ? place + strlen("nextPage=") : "");
    vendor.pages++;
    buffer_printf(&flight->body, "{\"value\":[],\"@nextPage\":\"p%d\",\"isCaughtUp\":%s}", vendor.pages,
                  vendor.pages > vendor.empty ? "true" : "false");
}

static const struct stream_record *begin_round(int empty)
{
    memset(&vendor, 0, sizeof vendor);
    vendor.empty = empty;
    begin_source("siem", &signed_auth, script);
    only_stream = "siem-receipt";
    begin_life();
    run_for(30 * SECOND);
    return &world_stream("siem-receipt")->record;
}

static void test_empty_pages_are_followed(void **state)
{
    (void)state;
    const struct stream_record *record = begin_round(40);
    assert_int_equal(vendor.pages, 41);
    assert_string_equal(record->position, "p41");
    assert_int_equal(record->state, STREAM_OK);
    end();
}

static void test_but_not_for_ever(void **state)
{
    (void)state;
    const struct stream_record *record = begin_round(1000000);
    assert_in_range(vendor.pages, 50, 50 * 6); /* a round, and a few behind it */
    assert_int_equal(record->state, STREAM_RETRYING);
    assert_non_null(strstr(record->trouble->error, "there is more, and then brings nothing"));
    int before = vendor.pages;
    run_for(DAY);
    assert_in_range(vendor.pages - before, 50, 50 * 24 * 20); /* looked at again, at last every few minutes */
    char place[32];
    snprintf(place, sizeof place, "p%d", vendor.pages - 1);
    assert_string_equal(vendor.last_place, place); /* none is read twice */
    vendor.empty = 0;
    run_for(DAY);
    assert_int_equal(world_stream("siem-receipt")->record.state, STREAM_OK);
    end();
}

int main(void)
{
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_pages_are_followed),
        cmocka_unit_test(test_but_not_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

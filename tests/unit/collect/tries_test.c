/* Damaged answers, with the real sources: every sequence of four tries of a file and of a page, each damaged
 * in its own way or hurt on its way. What any try showed is there once, and a dead letter stands for what
 * none could read, not for each try; also when the process ends between or in the middle of the tries. */
#include "tries_fixture.h"

#include "../module/zip_builder.h"

enum { MEMBERS = 3, RECORDS = 4, EVENTS = MEMBERS * RECORDS };

static const postern_auth signed_auth = SIGNED_AUTH("mimecast/1.0");

/* What one try shows, said by a test: */
struct expected {
    bool shown[EVENTS];
    bool doubtful[EVENTS]; /* shown in a member whose checksum is wrong, or that ends early */
    bool whole[MEMBERS];   /* read by some try */
    bool broken[MEMBERS];  /* shown damaged */
    bool lost[EVENTS];     /* shown as a record that cannot be read */
    int tries;             /* that the source saw */
    bool done;             /* one was whole */
    bool any_member, garbage;
};

static bool is_transport(struct flight *flight, int kind, int cut, int server_error)
{
    if (kind == cut) flight->status = 0;
    if (kind == server_error) flight->status = 503;
    return kind == cut || kind == server_error;
}

static void check(const struct expected *expected, int letters)
{
    char words[TRIED_WORDS];
    say_tried(words);
    for (int i = 0; i < EVENTS; i++)
        if (world.taken[i] != expected->shown[i])
            fail_msg("tries%s: event %d was stored %d times", words, i, world.taken[i]);
    if (world.dead_count != letters)
        fail_msg("tries%s: %lld dead letters instead of %d, the last: %s", words, (long long)world.dead_count,
                 letters, world.last_dead_reason);
}

/* ---- Files --------------------------------------------------------------------------------------- */

enum {
    WRONG_SUM_0, /* of a member */
    WRONG_SUM_1,
    WRONG_SUM_2,
    BROKEN_1, /* a record of member 1 */
    BROKEN_2,
    CUT_IN_1, /* the archive ends in member 1, behind its first records */
    CUT_BEHIND_0,
    GARBAGE,
    EMPTY,
    CONNECTION_CUT,
    SERVER_ERROR,
    FILE_KINDS
};
#define BROKEN_RECORD 1 /* of the member */

static void say_zip(struct flight *flight, int kind)
{
    struct zip_builder zip = zip_new();
    for (int member = 0; member < MEMBERS; member++) {
        struct buffer text = {.limit = 4096};
        buffer_append_string(&text, "{\"type\":\"MTA\",\"data\":[");
        for (int i = 0; i < RECORDS; i++) {
            bool broken = kind == BROKEN_1 - 1 + member && member && i == BROKEN_RECORD;
            buffer_printf(&text, "%s{\"n\":%d%s}", i ? "," : "", member * RECORDS + i,
                          broken ? ",\"x\":tru" : "");
        }
        buffer_append_string(&text, "]}");
        char name[32];
        snprintf(name, sizeof name, "receipt_%d.json", member);
        zip_add(&zip, ZIP_STORED, name, buffer_text(&text));
        buffer_free(&text);
    }
    postern_text whole = zip_finish(&zip);
    if (kind >= WRONG_SUM_0 && kind <= WRONG_SUM_2) zip.bytes.data[zip.starts[kind] + 14] ^= 1;
    if (kind == CUT_IN_1) /* in front of its last record */
        whole.size = zip.starts[2] - strlen("n\":7}]}");
    if (kind == CUT_BEHIND_0) whole.size = zip.starts[1];
    buffer_append_text(&flight->body, whole);
    zip_free(&zip);
}

static void script_files(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)which, (void)n;
    if (memmem(flight->exchange->body.data, flight->exchange->body.size, "\"t2\"", 4)) {
        say(flight, "{\"meta\":{\"isLastToken\":true,\"status\":200},\"data\":[]}");
        return;
    }
    int kind = answers < TRIES ? sequence[answers] : FILE_KINDS;
    note_answer();
    if (is_transport(flight, kind, CONNECTION_CUT, SERVER_ERROR)) return;
    flight_header(flight, "mc-siem-token", "t2");
    if (kind == GARBAGE)
        say(flight, "<html>sorry</html>");
    else if (kind != EMPTY)
        say_zip(flight, kind);
}

static void expect_member(struct expected *expected, int member, int shown, int broken, bool whole)
{
    for (int i = 0; i < shown; i++)
        if (i == broken)
            expected->lost[member * RECORDS + i] = true;
        else
            *(whole ? &expected->shown[member * RECORDS + i] : &expected->doubtful[member * RECORDS + i]) =
                true;
    expected->any_member = true;
    *(whole ? &expected->whole[member] : &expected->broken[member]) = true;
}

static void expect_file(struct expected *expected, int kind)
{
    if (expected->done || expected->tries == TRIES || kind == CONNECTION_CUT || kind == SERVER_ERROR) return;
    expected->tries++;
    if (kind == GARBAGE || kind == EMPTY) {
        expected->garbage = true;
        return;
    }
    int members = kind == CUT_IN_1 ? 2 : kind == CUT_BEHIND_0 ? 1 : MEMBERS;
    for (int member = 0; member < members; member++) {
        bool cut = kind == CUT_IN_1 && member == 1, wrong = kind == WRONG_SUM_0 + member;
        bool broken = member && kind == BROKEN_1 - 1 + member;
        expect_member(expected, member, cut ? RECORDS - 1 : RECORDS, broken ? BROKEN_RECORD : -1,
                      !cut && !wrong);
    }
    expected->done = kind == FILE_KINDS;
}

static void one_file(void)
{
    struct expected expected = {0};
    bool rest_missing = false, archive_whole = false;
    for (int i = 0; i <= 2 * TRIES; i++) {
        int kind = i < TRIES ? sequence[i] : FILE_KINDS, before = expected.tries;
        bool was_done = expected.done;
        expect_file(&expected, kind);
        if (was_done || expected.tries == before) continue;
        rest_missing |= kind == CUT_BEHIND_0;
        archive_whole |= kind != CUT_BEHIND_0 && kind != GARBAGE && kind != EMPTY;
    }
    int letters = expected.garbage && !expected.any_member;
    letters += rest_missing && !archive_whole;
    for (int member = 0; member < MEMBERS; member++) {
        for (int i = member * RECORDS; i < (member + 1) * RECORDS; i++)
            expected.shown[i] |= !expected.whole[member] && expected.doubtful[i];
        letters += expected.broken[member] && !expected.whole[member];
        int record = member * RECORDS + BROKEN_RECORD;
        letters += expected.lost[record] && !expected.shown[record];
    }
    begin_source("siem", &signed_auth, script_files);
    live();
    check(&expected, letters);
    assert_string_equal(world_stream("siem")->record.position, "t2");
    end();
}

static void test_files(void **state)
{
    (void)state;
    run_sequences(FILE_KINDS, one_file);
}

/* More than may be held is stored at once: it may be made up, but it is not lost. */
static void test_what_is_not_held_is_stored(void **state)
{
    (void)state;
    const int kinds[TRIES] = {WRONG_SUM_1, WRONG_SUM_2, CUT_IN_1, GARBAGE};
    sequence = kinds;
    ending = NO_END;
    begin_source("siem", &signed_auth, script_files);
    build();
    bench.fleet->shared.limits.tries_size = 1;
    fleet_go(bench.fleet);
    while (world.stored < 1)
        assert_true(world_step(WORLD_START + HOUR));
    for (int i = 0; i < EVENTS; i++)
        assert_int_equal(world.taken[i], 1);
    run_for(10 * MINUTE);
    for (int i = 0; i < EVENTS; i++)
        assert_int_equal(world.taken[i], 1);
    assert_string_equal(world_stream("siem")->record.position, "t2");
    end();
}

/* ---- Pages --------------------------------------------------------------------------------------- */

enum {
    PAGE_BROKEN_1,
    PAGE_BROKEN_2,
    PAGE_BROKEN_1_2,
    PAGE_CUT_IN_1,
    PAGE_CUT_IN_2,
    PAGE_CUT_IN_3,
    PAGE_RESET,
    PAGE_503,
    PAGE_KINDS
};
#define PAGE_RECORDS 4

static bool page_breaks(int kind, int record)
{
    return (record == 1 && (kind == PAGE_BROKEN_1 || kind == PAGE_BROKEN_1_2)) ||
           (record == 2 && (kind == PAGE_BROKEN_2 || kind == PAGE_BROKEN_1_2));
}

static int page_end(int kind)
{
    return kind >= PAGE_CUT_IN_1 && kind <= PAGE_CUT_IN_3 ? kind - PAGE_CUT_IN_1 + 1 : PAGE_RECORDS;
}

static void script_pages(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)which, (void)n;
    int kind = answers < TRIES ? sequence[answers] : PAGE_KINDS;
    note_answer();
    if (readable == TRIES) { /* the tries are over: what follows is another range */
        say(flight, "{\"meta\":{\"status\":200},\"data\":[]}");
        return;
    }
    if (is_transport(flight, kind, PAGE_RESET, PAGE_503)) return;
    readable = kind == PAGE_KINDS ? TRIES : readable + 1;
    int end = page_end(kind);
    say(flight, "{\"meta\":{\"status\":200},\"data\":[");
    for (int i = 0; i < end; i++)
        buffer_printf(&flight->body, "%s{\"n\":%d%s}", i ? "," : "", i,
                      page_breaks(kind, i) ? ",\"x\":tru" : "");
    say(flight, end < PAGE_RECORDS ? ",{\"n\":" : "],\"fail\":[]}");
}

static void one_page(void)
{
    struct expected expected = {0};
    bool cut_shorter = false; /* than all that was read */
    int farthest = 0;
    for (int i = 0; i <= 2 * TRIES && !expected.done && expected.tries < TRIES; i++) {
        int kind = i < TRIES ? sequence[i] : PAGE_KINDS;
        if (kind == PAGE_RESET || kind == PAGE_503) continue;
        expected.tries++;
        expected.done = kind == PAGE_KINDS;
        int end = page_end(kind);
        if (end > farthest) farthest = end;
        for (int k = 0; k < end; k++)
            *(page_breaks(kind, k) ? &expected.lost[k] : &expected.shown[k]) = true;
    }
    cut_shorter = farthest < PAGE_RECORDS;
    int letters = 0;
    bool in_row = false; /* neighbours of one reason are one letter */
    for (int k = 0; k < PAGE_RECORDS; k++) {
        bool lost = expected.lost[k] && !expected.shown[k];
        letters += lost && !in_row;
        in_row = lost;
    }
    letters += cut_shorter;
    begin_source("audit", &signed_auth, script_pages);
    bench.config.source.lookback_ms = HOUR;
    live();
    check(&expected, letters);
    assert_true(world_stream("audit")->record.settled_until_ms > 0);
    end();
}

static void test_pages(void **state)
{
    (void)state;
    run_sequences(PAGE_KINDS, one_page);
}

int main(void)
{
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_what_is_not_held_is_stored),
        cmocka_unit_test(test_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

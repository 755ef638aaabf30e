/* A file of a batch of API 2.0, with the real source: every sequence of four tries, each whole, cut, with a
 * byte changed, or with a link that is dead. Damaged for good or not: what any try showed is there once, made
 * up is nothing of which a try had the whole, and a dead letter stands for what none could read; also when
 * the process ends between or in the middle of the tries. */
#include "tries_fixture.h"

#include "../module/gzip_builder.h"

enum { RECORDS = 4, MADE_UP = 9, STORE_TRIES = 15 };

enum {
    CUT_IN_HEADER,
    CUT_IN_1,   /* in the middle of record 1 */
    CUT_IN_3,   /* of the last */
    CUT_IN_SUM, /* behind it */
    FLIPPED_1,  /* record 1 becomes another one */
    FLIPPED_2,  /* record 2 is none any more */
    FLIPPED_SUM,
    DEAD_LINK,
    CONNECTION_LOST, /* which is no try */
    WHOLE,
    KINDS
};

static const postern_auth signed_auth = SIGNED_AUTH("mimecast/2.0");

/* Behind the sequence it stays as it was, or comes at last. */
static int kind_of(int answer)
{
    int last = sequence[TRIES - 1];
    if (answer < TRIES) return sequence[answer];
    return last == CONNECTION_LOST ? WHOLE : last;
}

static size_t find(const struct buffer *bytes, const char *text)
{
    const char *at = memmem(bytes->data, bytes->size, text, strlen(text));
    assert_non_null(at);
    return (size_t)(at - bytes->data);
}

static void say_file(struct flight *flight, int kind)
{
    struct buffer text = {.limit = 4096};
    for (int i = 0; i < RECORDS; i++)
        buffer_printf(&text, "{\"n\":%d}\n", i);
    struct buffer packed = gzip_at(buffer_text(&text), 0);
    if (kind == CUT_IN_HEADER) packed.size = 6;
    if (kind == CUT_IN_1) packed.size = find(&packed, ":1}");
    if (kind == CUT_IN_3) packed.size = find(&packed, ":3}");
    if (kind == CUT_IN_SUM) packed.size -= 3;
    if (kind == FLIPPED_1) packed.data[find(&packed, "1}")] ^= '1' ^ ('0' + MADE_UP);
    if (kind == FLIPPED_2) packed.data[find(&packed, "2}") + 1] ^= 1;
    if (kind == FLIPPED_SUM) packed.data[packed.size - 5] ^= 1;
    buffer_append_text(&flight->body, buffer_text(&packed));
    buffer_free(&packed);
    buffer_free(&text);
}

static void script(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)which, (void)n;
    if (strstr(flight->exchange->url, "https://store.example/a/file.json.gz?sign=")) {
        int kind = kind_of(answers);
        note_answer();
        if (kind == CONNECTION_LOST) flight->status = 0;
        if (kind == DEAD_LINK) flight->status = 403;
        if (kind == DEAD_LINK) say(flight, "<Error><Code>AccessDenied</Code></Error>");
        if (kind != CONNECTION_LOST && kind != DEAD_LINK) say_file(flight, kind);
        return;
    }
    assert_non_null(strstr(flight->exchange->url, "/siem/v1/batch/events/cg?type=receipt&pageSize=100"));
    if (strstr(flight->exchange->url, "&nextPage=t2"))
        say(flight, "{\"value\":[],\"@nextPage\":\"t2\",\"isCaughtUp\":true}");
    else
        buffer_printf(&flight->body,
                      "{\"value\":[{\"url\":\"https://store.example/a/file.json.gz?sign=%d\"}],"
                      "\"@nextPage\":\"t2\",\"isCaughtUp\":false}",
                      answers);
}

/* What the tries show together. */
struct seen_together {
    bool shown[RECORDS], made_up, whole, any_part, broken_record;
    int tries, dead_links; /* so far: each kind has its own number */
    bool over;
};

static void see(struct seen_together *seen, int kind)
{
    if (seen->over || kind == CONNECTION_LOST) return;
    if (kind == DEAD_LINK) { /* it is asked for more often than what is damaged */
        seen->over = ++seen->dead_links == STORE_TRIES;
        return;
    }
    seen->tries++;
    seen->whole = kind == WHOLE;
    seen->over = seen->whole || seen->tries == TRIES;
    seen->any_part = true;
    int end = kind == CUT_IN_HEADER ? 0 : kind == CUT_IN_1 ? 1 : kind == CUT_IN_3 ? 3 : RECORDS;
    for (int i = 0; i < end; i++)
        seen->shown[i] |= !(i == 1 && kind == FLIPPED_1) && !(i == 2 && kind == FLIPPED_2);
    seen->made_up |= kind == FLIPPED_1;
    seen->broken_record |= kind == FLIPPED_2;
}

static void one(void)
{
    struct seen_together seen = {0};
    for (int i = 0; i < TRIES + STORE_TRIES; i++)
        see(&seen, kind_of(i));
    begin_source("siem", &signed_auth, script);
    only_stream = "siem-receipt";
    last_life_ms = sequence[TRIES - 1] == DEAD_LINK ? 100 * MINUTE : 10 * MINUTE;
    live();
    char words[TRIED_WORDS];
    say_tried(words);
    for (int i = 0; i < RECORDS; i++)
        if (world.taken[i] != (seen.whole || seen.shown[i]))
            fail_msg("tries%s: record %d was stored %d times", words, i, world.taken[i]);
    if (world.taken[MADE_UP] != (!seen.whole && seen.made_up))
        fail_msg("tries%s: what is made up was stored %d times", words, world.taken[MADE_UP]);
    int letters = seen.whole ? 0 : 1 + seen.broken_record;
    if (world.dead_count != letters)
        fail_msg("tries%s: %lld dead letters instead of %d, the last: %s", words, (long long)world.dead_count,
                 letters, world.last_dead_reason);
    const struct stored_stream *stream = world_stream("siem-receipt");
    if (!stream->record.position || strcmp(stream->record.position, "t2") != 0)
        fail_msg("tries%s: the stream stands still", words);
    assert_int_equal(stream->tries_count, 0);
    end();
}

/* Its link is dead three times, as when links live only seconds; then it is damaged on the way, once. */
static void script_of_late_damage(struct flight *flight, int account, int which, int n)
{
    static int asked;
    (void)account, (void)which, (void)n;
    const char *url = flight->exchange->url;
    if (strstr(url, "/a/file.json.gz")) {
        asked++;
        if (asked <= 3) flight->status = 403;
        if (asked <= 3)
            say(flight, "<Error><Code>AccessDenied</Code></Error>");
        else
            say_file(flight, asked == 4 ? CUT_IN_1 : WHOLE);
    } else if (strstr(url, "&nextPage=t2")) {
        say(flight, "{\"value\":[],\"@nextPage\":\"t2\",\"isCaughtUp\":true}");
    } else {
        say(flight, "{\"value\":[{\"url\":\"https://store.example/a/file.json.gz?sign=1\"}],"
                    "\"@nextPage\":\"t2\",\"isCaughtUp\":false}");
    }
}

static void test_dead_links_are_no_tries_of_damage(void **state)
{
    (void)state;
    ending = NO_END;
    last_life_ms = HOUR;
    begin_source("siem", &signed_auth, script_of_late_damage);
    only_stream = "siem-receipt";
    live();
    for (int i = 0; i < RECORDS; i++)
        assert_int_equal(world.taken[i], 1);
    assert_int_equal(world.dead_count, 0);
    end();
}

/* What comes at the answers that a test looks at: P = the page, with a row that names no file; p = the page
 * as it is; F = the file, cut; f = as it is. */
static const char *play;
static size_t played;

static void script_of_play(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)which, (void)n;
    const char *url = flight->exchange->url;
    if (strstr(url, "&nextPage=t2")) {
        say(flight, "{\"value\":[],\"@nextPage\":\"t2\",\"isCaughtUp\":true}");
        return;
    }
    bool is_file = strstr(url, "/a/file.json.gz");
    char what = play[played] ? play[played++] : is_file ? 'f' : 'p';
    if ((what == 'F' || what == 'f') != is_file) fail_msg("\"%s\": not what was asked at %zu", play, played);
    if (is_file)
        say_file(flight, what == 'F' ? CUT_IN_1 : WHOLE);
    else
        buffer_printf(&flight->body,
                      "{\"value\":[%s{\"%s\":\"https://store.example/a/file.json.gz?sign=1\"}],"
                      "\"@nextPage\":\"t2\",\"isCaughtUp\":false}",
                      what == 'Q' ? "{}," : "", what == 'P' ? "u2l" : "url");
}

static void run_play(const char *answers_of_it)
{
    play = answers_of_it;
    played = 0;
    ending = NO_END;
    last_life_ms = HOUR;
    begin_source("siem", &signed_auth, script_of_play);
    only_stream = "siem-receipt";
    live();
    if (play[played]) fail_msg("\"%s\": it ended at %zu", play, played);
}

/* Tries belong to what was damaged: the page and its file each have their own. */
static void test_a_page_has_tries_of_its_own(void **state)
{
    (void)state;
    static const char *const plays[] = {"pFpFpFPpf", "PPPpFPPPpf", "PPPpFPPPpFPPPpFPPPpf"};
    for (size_t i = 0; i < sizeof plays / sizeof *plays; i++) {
        run_play(plays[i]);
        for (int k = 0; k < RECORDS; k++)
            if (world.taken[k] != 1)
                fail_msg("\"%s\": record %d was taken %d times", plays[i], k, world.taken[k]);
        assert_int_equal(world.dead_count, 0);
        assert_int_equal(world_stream("siem-receipt")->tries_count, 0);
        end();
    }
}

static void test_a_page_is_given_up_behind_its_own(void **state)
{
    (void)state;
    run_play("pFpFPPPP");
    assert_int_equal(world.taken[0], 1); /* what a try of the file showed */
    assert_int_equal(world.taken[1], 0);
    if (world.dead_count < 2) fail_msg("%lld: %s", (long long)world.dead_count, world.last_dead_reason);
    assert_int_equal(world_stream("siem-receipt")->tries_count, 0);
    end();
}

/* What was given up is not tried again for the sake of a file. */
static void test_a_page_is_given_up_once(void **state)
{
    (void)state;
    run_play("QQQQFQFQFQf");
    for (int k = 0; k < RECORDS; k++)
        assert_int_equal(world.taken[k], 1);
    assert_int_equal(world.dead_count, 1);
    end();
}

static void test_all_sequences(void **state)
{
    (void)state;
    run_sequences(KINDS, one);
}

int main(void)
{
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_dead_links_are_no_tries_of_damage),
                                       cmocka_unit_test(test_a_page_has_tries_of_its_own),
                                       cmocka_unit_test(test_a_page_is_given_up_behind_its_own),
                                       cmocka_unit_test(test_a_page_is_given_up_once),
                                       cmocka_unit_test(test_all_sequences)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

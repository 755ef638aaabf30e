/* What was set aside is read again, with the real journal: events once, the letter with what is left of it,
 * and the stream where it was. */
#include "../journal_settings.h"
#include "../own_folder.h"
#include "base/digest.h"
#include "collect/reread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "toy_source.h"

#define EVENT(n) "event 1767225600000 {\"n\":" n "}"

static struct parts {
    char directory[OWN_FOLDER_SIZE];
    struct toy_config toy;
    struct journal *journal;
    struct account_record account;
    struct stream_record stream;
    struct reread *reread;
} parts;

static int open_parts(void **state)
{
    (void)state;
    postern_error error = ERROR_INIT;
    memset(&parts, 0, sizeof parts);
    toy_config_make(&parts.toy, 1);
    assert_int_equal(own_folder_make(parts.directory, "reread"), 0);
    const struct journal_settings settings = usual_journal_settings();
    assert_int_equal(journal_open(parts.directory, &settings, clock_process(), &parts.journal, &error), 0);
    assert_int_equal(journal_account(parts.journal, "account-0", &parts.account, &error), 0);
    assert_int_equal(journal_stream(parts.journal, parts.account.id, "account-0", "toy", "toy-token",
                                    POSTERN_STREAM_TOKEN, "toys/1", &parts.stream, &error),
                     0);
    parts.stream.position = strdup("t1");
    parts.stream.requests = 7;
    struct journal_commit commit = {.stream = &parts.stream};
    assert_int_equal(journal_commit_now(parts.journal, &commit, &error), 0);
    const struct reread_parts from = {&parts.toy.config, parts.toy.registry, parts.journal, clock_process(),
                                      random_system()};
    parts.reread = reread_new(&from);
    assert_non_null(parts.reread);
    return 0;
}

static int close_parts(void **state)
{
    (void)state;
    reread_free(parts.reread);
    account_record_clear(&parts.account);
    stream_record_clear(&parts.stream);
    journal_close(parts.journal);
    toy_config_free(&parts.toy);
    assert_int_equal(own_folder_remove(parts.directory), 0);
    return 0;
}

/* `kept` bytes of the text are in it. */
static void set_aside_part(const char *stream, const char *text, size_t kept)
{
    struct dead_letter letter = {.account = "account-0",
                                 .source = "toy",
                                 .stage = DEAD_COLLECT,
                                 .reason = (char[]){"no event at all"},
                                 .name = (char[]){"line 1"},
                                 .bytes = {text, kept}};
    struct dead_letter *dead = &letter;
    unsigned char hash[32];
    postern_error error = ERROR_INIT;
    digest_sha256(text_of(text), hash);
    memcpy(letter.event_id, hash, sizeof letter.event_id);
    snprintf(letter.stream, sizeof letter.stream, "%s", stream);
    struct journal_commit commit = {.dead = &dead, .dead_count = 1};
    assert_int_equal(journal_commit_now(parts.journal, &commit, &error), 0);
}

static void put_aside(const char *text)
{
    set_aside_part("toy-token", text, strlen(text));
}

/* The only letter that is left is this one. */
static void expect_letter(const char *bytes, const char *reason, int64_t retries)
{
    postern_error error = ERROR_INIT;
    postern_arena *arena = arena_new(1 << 20);
    struct dead_letter *letters = NULL;
    size_t count = 0;
    assert_int_equal(journal_dead_list(parts.journal, arena, 0, 10, true, &letters, &count, &error), 0);
    assert_int_equal(count, bytes ? 1 : 0);
    if (bytes) {
        if (!text_is(letters->bytes, bytes)) fail_msg("%.*s", TEXT_ARGS(letters->bytes));
        assert_string_equal(letters->reason, reason);
        assert_string_equal(letters->name, "line 1");
        assert_int_equal(letters->retries, retries);
    }
    arena_free(arena);
}

/* Those that the stream has, in order, and their log type. */
static void expect_events(const char *wanted)
{
    postern_error error = ERROR_INIT;
    char found[256] = "";
    for (int64_t after = 0;;) {
        const struct page_view *page = NULL;
        assert_int_equal(journal_next_page(parts.journal, after, NULL, NULL, &page, &after, &error), 0);
        if (!page) break;
        struct journal_event event;
        assert_string_equal(page->stream, "toy-token");
        for (size_t cursor = 0; page_next_event(page, &cursor, &event);) {
            assert_true(text_is(event.type, "toy"));
            snprintf(found + strlen(found), sizeof found - strlen(found), "%.*s", TEXT_ARGS(event.json));
        }
        page_release(page);
    }
    assert_string_equal(found, wanted);
}

static void expect_place(void)
{
    postern_error error = ERROR_INIT;
    struct stream_record *records = NULL;
    size_t count = 0;
    assert_int_equal(journal_streams(parts.journal, &records, &count, &error), 0);
    assert_int_equal(count, 1);
    assert_string_equal(records->position, "t1");
    assert_int_equal(records->requests, 7);
    postern_arena *arena = arena_new(1 << 20);
    const struct coverage_range *ranges = NULL;
    assert_int_equal(journal_coverage(parts.journal, records->id, arena, &ranges, &count, &error), 0);
    assert_int_equal(count, 0);
    arena_free(arena);
    stream_record_clear(records);
    free(records);
}

/* Of the only letter. */
static postern_status read_letter(postern_error *error)
{
    postern_arena *arena = arena_new(1 << 20);
    struct dead_letter *letters = NULL;
    size_t count = 0;
    *error = ERROR_INIT;
    assert_int_equal(journal_dead_list(parts.journal, arena, 0, 10, true, &letters, &count, error), 0);
    assert_int_equal(count, 1);
    postern_status status = reread_letter(parts.reread, letters, error);
    arena_free(arena);
    expect_place();
    return status;
}

static void expect_refusal(const char *words)
{
    postern_error error;
    assert_true(read_letter(&error) < 0);
    if (!strstr(error.message, words)) fail_msg("%s", error.message);
}

static void expect_read(void)
{
    postern_error error;
    if (read_letter(&error) < 0) fail_msg("%s", error.message);
}

static void what_is_whole_becomes_events_once(void **state)
{
    (void)state;
    put_aside(EVENT("1") "\n" EVENT("2"));
    expect_read();
    expect_letter(NULL, NULL, 0);
    expect_events("{\"n\":1}{\"n\":2}");
    put_aside(EVENT("2") "\n" EVENT("3")); /* of which one is known */
    expect_read();
    expect_letter(NULL, NULL, 0);
    put_aside(EVENT("1")); /* nothing of it is new */
    expect_read();
    expect_letter(NULL, NULL, 0);
    expect_events("{\"n\":1}{\"n\":2}{\"n\":3}");
}

static void equal_events_of_one_letter_are_two(void **state)
{
    (void)state;
    put_aside(EVENT("1") "\n" EVENT("1"));
    expect_read();
    expect_events("{\"n\":1}{\"n\":1}");
}

static void what_cannot_be_read_stays(void **state)
{
    (void)state;
    put_aside("???\n" EVENT("1") "\n!!!");
    expect_refusal("read again in part, and what is left of it could not be read: still no event");
    expect_letter("???\n!!!", "still no event", 1);
    expect_events("{\"n\":1}");
    expect_refusal("it still cannot be read: still no event");
    expect_letter("???\n!!!", "still no event (2 in a row)", 2); /* and can be read again */
    expect_events("{\"n\":1}");
}

static void a_failure_changes_nothing(void **state)
{
    (void)state;
    put_aside(EVENT("1") "\nerror retry");
    expect_refusal("the vendor said retry");
    expect_letter(EVENT("1") "\nerror retry", "no event at all", 0);
    expect_events("");
}

static void a_download_is_refused(void **state)
{
    (void)state;
    put_aside(EVENT("1") "\ndownload https://vendor.example/f f");
    expect_refusal("may not name downloads");
    expect_events("");
}

static void nothing_found_is_no_success(void **state)
{
    (void)state;
    put_aside("end");
    expect_refusal("the source found nothing in it");
    expect_letter("end", "no event at all", 0);
}

static void what_was_cut_or_not_kept_stays(void **state)
{
    (void)state;
    set_aside_part("toy-token", EVENT("1") "\n" EVENT("2"), strlen(EVENT("1")));
    expect_refusal("its bytes were kept only in part");
    expect_letter(EVENT("1"), "no event at all", 0);
    expect_events("");
}

static void a_letter_without_bytes_stays(void **state)
{
    (void)state;
    set_aside_part("toy-token", EVENT("1"), 0);
    expect_refusal("it holds no bytes");
}

static void a_stream_that_is_not_known_stays(void **state)
{
    (void)state;
    set_aside_part("toy-gone", EVENT("1"), strlen(EVENT("1")));
    expect_refusal("its stream is not known any more");
}

static void one_transaction(void **state)
{
    (void)state;
    parts.toy.config.journal.page_events = 1;
    parts.toy.config.journal.commit_size = 1; /* which answers of a vendor would be committed in steps of */
    put_aside(EVENT("1") "\n" EVENT("2") "\nerror retry");
    expect_refusal("the vendor said retry");
    expect_events("");
    char many[4096 * 48] = "";
    size_t size = 0;
    for (int i = 0; i < 3000; i++)
        size += (size_t)snprintf(many + size, sizeof many - size, EVENT("%d") "\n", i % 10);
    snprintf(many + size, sizeof many - size, "error retry");
    close_parts(NULL);
    open_parts(NULL);
    parts.toy.config.journal.commit_size = 1;
    put_aside(many); /* more than the intake holds at once */
    expect_refusal("the vendor said retry");
    expect_events("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_parts, close_parts)
        TEST(what_is_whole_becomes_events_once),
        TEST(equal_events_of_one_letter_are_two),
        TEST(what_cannot_be_read_stays),
        TEST(a_failure_changes_nothing),
        TEST(a_download_is_refused),
        TEST(nothing_found_is_no_success),
        TEST(what_was_cut_or_not_kept_stays),
        TEST(a_letter_without_bytes_stays),
        TEST(a_stream_that_is_not_known_stays),
        TEST(one_transaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

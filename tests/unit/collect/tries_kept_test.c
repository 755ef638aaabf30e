/* What tries leave, as bytes: read as it was written, and whatever the bytes are, nothing else. */
#include "collect/answer/tries_kept.h"

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "collect/answer/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SUM_AT   1
#define SUM_SIZE 16

static const postern_source source = {.name = "toy"};
static const struct tries_room room = {100, 100000};

static void begin(struct answer *answer)
{
    *answer = (struct answer){.source = &source,
                              .account = "acme",
                              .stream = "files",
                              .received_ms = 77,
                              .call = {"id-1", "/files", 200}};
    answer->limits = (struct answer_limits){.dead_size = 1000,
                                            .set_aside_count = 3,
                                            .set_aside_size = 10000,
                                            .places = 1000,
                                            .tries_size = 10000};
    trail_begin(&answer->trail, answer->limits.places);
}

/* Of an archive with a whole file and a damaged one, of some records that cannot be read, and one too many.
 */
static void fill(struct tries *tries, struct answer *answer)
{
    begin(answer);
    assert_true(trail_part(&answer->trail, TEXT("a"), false));
    assert_true(trail_event(&answer->trail, 11));
    assert_int_equal(
        answer_set_record_aside(answer, TEXT("line 2"), TEXT("{\"x\":tru"), TEXT("t"), "no JSON"), 0);
    assert_true(trail_event(&answer->trail, 12));
    assert_int_equal(answer_set_aside(answer, (postern_text){0}, TEXT("\0\1"), (postern_text){0}, "noise"),
                     0);
    assert_int_equal(answer_set_aside(answer, TEXT("m"), TEXT("more"), (postern_text){0}, "other noise"), 0);
    assert_int_equal(answer_set_aside(answer, TEXT("n"), TEXT("too many"), (postern_text){0}, "noise too"),
                     0);
    assert_true(trail_part(&answer->trail, TEXT("b"), true));
    for (int i = 0; i < 3; i++) {
        struct held_event *event = held_event_new(answer->trail.part, TEXT("type"), TEXT("{\"n\":1}"));
        assert_non_null(event);
        event->id[0] = (unsigned char)i;
        event->time_ms = -i;
        assert_true(held_events_add(&answer->trail.held, event));
    }
    assert_int_equal(answer_set_aside_end(answer), 0);
    assert_true(trail_end(&answer->trail, true));
    assert_true(tries_take(tries, answer, room));
    assert_int_equal(tries->held.count, 3);
    tries->rest = (struct set_aside_rest){.count = 5, .size = 6, .first = "p", .last = "q"};
    assert_true(tries->damage_count >= 2 && tries->letter_count == 4 && tries->read.count >= 3);
}

static void clear(struct tries *tries, struct answer *answer)
{
    tries_free(tries);
    set_asides_free(&answer->aside);
    trail_free(&answer->trail);
}

static void correct_sum(struct buffer *bytes)
{
    unsigned char sum[32];
    size_t head = SUM_AT + SUM_SIZE;
    digest_sha256((postern_text){bytes->data + head, bytes->size - head}, sum);
    memcpy(bytes->data + SUM_AT, sum, SUM_SIZE);
}

static void assert_written(struct tries *tries, const struct buffer *expected)
{
    struct buffer bytes;
    assert_true(tries_write(tries, &bytes));
    assert_true(tries_are_empty(tries));
    assert_int_equal(bytes.size, expected->size);
    assert_memory_equal(bytes.data, expected->data, bytes.size);
    buffer_free(&bytes);
}

static void test_as_it_was_written(void **state)
{
    (void)state;
    struct answer answer;
    struct tries tries = {0}, read = {0};
    struct buffer bytes;
    postern_error error = ERROR_INIT;
    fill(&tries, &answer);
    assert_true(tries_write(&tries, &bytes));
    answer.call = (struct vendor_call){"another", "/other", 500}; /* of a later try */
    assert_int_equal(tries_read(buffer_text(&bytes), &answer, room, &read, &error), 0);
    const struct dead_letter *letter = read.damage[0].letters[0];
    assert_string_equal(letter->account, "acme");
    assert_string_equal(letter->stream, "files");
    assert_int_equal(letter->received_ms, 77);
    assert_string_equal(letter->call.request_id, "id-1");
    assert_string_equal(letter->call.endpoint, "/files");
    assert_int_equal(letter->call.status, 200);
    assert_int_equal(letter->stage, DEAD_COLLECT);
    assert_written(&read, &bytes);
    /* Laid over itself it is the same. */
    for (int i = 0; i < 2; i++)
        assert_int_equal(tries_read(buffer_text(&bytes), &answer, room, &read, &error), 0);
    assert_written(&read, &bytes);
    buffer_free(&bytes);
    clear(&tries, &answer);
}

static void test_any_bytes(void **state)
{
    (void)state;
    struct answer answer;
    struct tries tries = {0}, read = {0};
    struct buffer bytes;
    postern_error error = ERROR_INIT;
    struct random_source random = random_fixed(5);
    fill(&tries, &answer);
    assert_true(tries_write(&tries, &bytes));
    size_t whole = bytes.size;
    for (size_t size = 0; size < whole; size++) {
        postern_text part = {memcpy(malloc(size + 1), bytes.data, size), size};
        assert_int_equal(tries_read(part, &answer, room, &read, &error), POSTERN_E_PROTOCOL);
        if (size > SUM_AT + SUM_SIZE) {
            struct buffer cut = {.data = (char *)(uintptr_t)part.data, .size = size};
            correct_sum(&cut);
            assert_int_equal(tries_read(part, &answer, room, &read, &error), POSTERN_E_PROTOCOL);
            tries_free(&read);
        }
        free((char *)(uintptr_t)part.data);
    }
    int taken = 0, refused = 0;
    for (int i = 0; i < 40000; i++) {
        size_t at = (size_t)random_below(&random, whole);
        char was = bytes.data[at], flip = (char)(1 << random_below(&random, 8));
        bytes.data[at] ^= flip;
        assert_int_equal(tries_read(buffer_text(&bytes), &answer, room, &read, &error), POSTERN_E_PROTOCOL);
        if (at > SUM_AT + SUM_SIZE) {
            correct_sum(&bytes);
            postern_status status = tries_read(buffer_text(&bytes), &answer, room, &read, &error);
            assert_true(status == POSTERN_OK || status == POSTERN_E_PROTOCOL);
            *(status < 0 ? &refused : &taken) += 1;
            tries_free(&read);
        }
        bytes.data[at] = was;
        correct_sum(&bytes);
    }
    assert_true(taken > 1000 && refused > 1000);
    buffer_free(&bytes);
    clear(&tries, &answer);
}

static void put(struct buffer *bytes, uint64_t number)
{
    buffer_append(bytes, &number, sizeof number); /* on a little-endian machine */
}

static void put_text(struct buffer *bytes, const char *text)
{
    put(bytes, strlen(text));
    buffer_append_string(bytes, text);
}

static void put_zeros(struct buffer *bytes, int count)
{
    while (count--)
        put(bytes, 0);
}

/* One letter, as the first format had it. */
static void write_first_format(struct buffer *bytes)
{
    static const unsigned char head[SUM_AT + SUM_SIZE] = {1}, id[EVENT_ID_SIZE] = {7};
    buffer_append(bytes, head, sizeof head);
    put(bytes, 0); /* places */
    put(bytes, 1); /* of damage */
    put(bytes, 0); /* events */
    put(bytes, 4711);
    put_zeros(bytes, TRAIL_ALIASES);
    buffer_append_byte(bytes, 0); /* not closed */
    put(bytes, 1);                /* letter */
    buffer_append(bytes, id, sizeof id);
    put(bytes, 88); /* received */
    put(bytes, 1);  /* stands for */
    buffer_append_byte(bytes, 1);
    put_text(bytes, "type");
    put_text(bytes, "line 2");
    put_text(bytes, "no JSON");
    put_text(bytes, "{\"x\":tru");
    put_zeros(bytes, 2 + 1 + TRAIL_ALIASES + 2); /* no rest */
    correct_sum(bytes);
}

static void test_the_first_format(void **state)
{
    (void)state;
    struct answer answer;
    struct tries read = {0};
    struct buffer bytes = {.limit = 4096};
    postern_error error = ERROR_INIT;
    begin(&answer);
    write_first_format(&bytes);
    for (int round = 0; round < 2; round++) { /* the second is told to know nothing better */
        assert_int_equal(tries_read(buffer_text(&bytes), &answer, room, &read, &error), 0);
        assert_int_equal(read.letter_count, 1);
        const struct dead_letter *letter = read.damage[0].letters[0];
        assert_int_equal(letter->received_ms, 88);
        assert_string_equal(letter->name, "line 2");
        assert_string_equal(letter->reason, "no JSON");
        assert_int_equal(letter->bytes.size, 8);
        assert_string_equal(letter->call.request_id, ""); /* and not the one at hand */
        assert_int_equal(letter->call.status, 0);
    }
    tries_free(&read);
    trail_free(&answer.trail);
    buffer_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_it_was_written),
        cmocka_unit_test(test_the_first_format),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

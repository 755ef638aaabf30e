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
    *answer = (struct answer){.source = &source, .account = "acme", .stream = "files", .received_ms = 77};
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
    assert_int_equal(tries_read(buffer_text(&bytes), &answer, room, &read, &error), 0);
    const struct dead_letter *letter = read.damage[0].letters[0];
    assert_string_equal(letter->account, "acme");
    assert_string_equal(letter->stream, "files");
    assert_int_equal(letter->received_ms, 77);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_it_was_written),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

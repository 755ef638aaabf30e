/* Whom a retry of many letters asks no more: who is not there, and nobody else. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "deliver/replay/given_up.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static postern_error broken(void)
{
    postern_error error = ERROR_INIT;
    error_set(&error, POSTERN_E_RETRY, "no route");
    error_remedy(&error, "mend it");
    return error;
}

static void note(struct given_up *given_up, const char *delivery, enum retry_answer answer)
{
    const postern_error error = broken();
    assert_true(given_up_note(given_up, delivery, answer, &error));
}

static void assert_given_up(const struct given_up *given_up, const char *delivery, const char *why)
{
    const postern_error *error = given_up_why(given_up, delivery);
    assert_non_null(error);
    assert_string_equal(error->message, why);
    assert_string_equal(error->remedy, "mend it");
}

static void two_without_an_answer_are_in_a_row_unless_it_answers_between(void **unused)
{
    (void)unused;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    struct given_up given_up = {.arena = arena};
    note(&given_up, "a/one", RETRY_NO_ANSWER);
    assert_null(given_up_why(&given_up, "a/one"));
    note(&given_up, "a/one", RETRY_ANSWERED);
    note(&given_up, "a/one", RETRY_NO_ANSWER);
    assert_null(given_up_why(&given_up, "a/one"));
    /* A part of which scripts leave nothing says nothing of the sink. */
    note(&given_up, "a/one", RETRY_NOT_ASKED);
    assert_null(given_up_why(&given_up, "a/one"));
    note(&given_up, "a/one", RETRY_NO_ANSWER);
    assert_given_up(&given_up, "a/one", "nothing was taken of 2 parts in a row: no route");
}

static void each_delivery_is_for_itself_however_many(void **unused)
{
    (void)unused;
    char name[32];
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    struct given_up given_up = {.arena = arena};
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "a/%d", i);
        note(&given_up, name, i % 2 ? RETRY_NOT_THERE : RETRY_NO_ANSWER);
    }
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "a/%d", i);
        if (i % 2)
            assert_given_up(&given_up, name, "no route");
        else
            assert_null(given_up_why(&given_up, name));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_without_an_answer_are_in_a_row_unless_it_answers_between),
        cmocka_unit_test(each_delivery_is_for_itself_however_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

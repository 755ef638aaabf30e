/* Source siem over API 2.0: what comes in the place of a file. */
#include "batch_fixture.h"

static void the_store_says_no(void **state)
{
    (void)state;
    struct test_source source = open_log("siem-receipt");
    static const int statuses[] = {400, 403, 404, 410};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        for (unsigned attempt = 1; attempt <= STORE_TRIES; attempt++) {
            struct outcome *got = source_answer(
                &source,
                &(struct question){.attempt = attempt,
                                   .status = statuses[i],
                                   .download = "/a/1.gz",
                                   .body = TEXT("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>"
                                                "<StringToSign>SECRET</StringToSign></Error>")});
            bool is_last = attempt == STORE_TRIES;
            assert_int_equal(got->status, is_last ? POSTERN_OK : POSTERN_E_PROTOCOL);
            assert_int_equal(got->aside_count, is_last);
            assert_null(strstr(got->error.message, "SECRET"));
            if (is_last) {
                assert_int_equal(got->aside[0].size, 0);
                assert_string_equal(got->aside[0].name, "1.gz");
                assert_non_null(strstr(got->aside[0].reason, "its store answers 4"));
            } else {
                assert_non_null(strstr(got->error.message, "the file \"1.gz\": its store answers 4"));
            }
            outcome_free(got);
        }
    source_close(&source);
}

static void something_else_in_place_of_a_file(void **state)
{
    (void)state;
    struct test_source source = open_log("siem-receipt");
    static const char *const bodies[] = {"Access denied", "PK\3\4 a zip", "<Error/>", "\xff\xfe\n7\n"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        for (unsigned attempt = 1; attempt <= STORE_TRIES; attempt++) {
            struct outcome *got = read_bytes(&source, attempt, text_of(bodies[i]));
            bool is_last = attempt == STORE_TRIES;
            assert_int_equal(got->status, is_last ? POSTERN_OK : POSTERN_E_PROTOCOL);
            assert_int_equal(got->aside_count, is_last);
            if (is_last) assert_string_equal(got->aside[0].bytes, bodies[i]);
            outcome_free(got);
        }
    source_close(&source);
}

/* A proxy that keeps its users from the store answers so to every file: none is given up. */
static void a_web_page_in_place_of_files(void **state)
{
    (void)state;
    struct test_source source = open_log("siem-receipt");
    static const char *const bodies[] = {"<!DOCTYPE html><html><body>Blocked", "\n<HTML>blocked</HTML>",
                                         "<?xml version=\"1.0\"?><html xmlns=\"x\">"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        for (int status = 200; status < 600; status += 203) {
            struct outcome *got = source_answer(&source, &(struct question){.attempt = 9,
                                                                            .status = status,
                                                                            .download = "/a/1.gz",
                                                                            .body = text_of(bodies[i])});
            assert_int_equal(got->status, POSTERN_E_RETRY);
            assert_int_equal(got->event_count + got->aside_count, 0);
            assert_non_null(strstr(got->error.remedy, "proxy"));
            outcome_free(got);
        }
    source_close(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_store_says_no),
        cmocka_unit_test(something_else_in_place_of_a_file),
        cmocka_unit_test(a_web_page_in_place_of_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

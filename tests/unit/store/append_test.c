/* Blobs that grow: blocks whose answers are lost, names that come back, blobs that are full, and what a
 * failed test leaves. */
#include "append_world.h"

/* Of a large block only the ends are read. */
static void lost_answers(void **state)
{
    (void)state;
    char *text = malloc(LARGE_TEXT);
    assert_non_null(text);
    for (uint64_t id = 1; id <= 2; id++) {
        memset(text, 'a' + (int)id, LARGE_TEXT);
        service.loses_answer = true;
        assert_int_equal(write_event(id, 0, "a", kit_span(text, LARGE_TEXT)), POSTERN_E_RETRY);
        assert_int_equal(write_event(id, 0, "a", kit_span(text, LARGE_TEXT)), POSTERN_OK);
        assert_int_equal(blob_named("a/01234567-0000")->size, id * (LARGE_TEXT + 1));
    }
    assert_int_equal(service.largest_read, 64 << 10);
    free(text);
}

/* What others appended is not taken for a block: not if it ends otherwise, nor if it ends before. */
static void others(void **state)
{
    (void)state;
    static const struct {
        const char *source, *first, *next, *foreign_end;
    } rows[] = {{"other", "other/01234567-0000", "other/01234567-0001", "y"},
                {"short", "short/01234567-0000", "short/01234567-0001", ""}};
    char *text = malloc(LARGE_TEXT);
    assert_non_null(text);
    memset(text, 'x', LARGE_TEXT);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(write_text(1, 0, rows[i].source, "{}"), POSTERN_OK);
        add_bytes(blob_named(rows[i].first), kit_span(text, LARGE_TEXT));
        add_bytes(blob_named(rows[i].first), kit_text(rows[i].foreign_end));
        assert_int_equal(write_event(2, 0, rows[i].source, kit_span(text, LARGE_TEXT)), POSTERN_OK);
        assert_int_equal(blob_named(rows[i].next)->size, LARGE_TEXT + 1);
    }
    free(text);
}

static void names_that_come_back(void **state)
{
    (void)state;
    assert_int_equal(write_text(1, 0, "a", "{}"), POSTERN_OK);
    assert_int_equal(write_text(2, FORGET_MS + 1, "b", "{}"), POSTERN_OK);
    assert_int_equal(write_text(3, FORGET_MS + 1, "a", "{}"), POSTERN_OK);
    assert_blob("a/01234567-0000", "{}\n");
    assert_blob("a/01234567-0001", "{}\n");
    append_places_free(&sink.append); /* a crash before the commit: the batch comes again */
    assert_int_equal(write_text(3, FORGET_MS + 1, "a", "{}"), POSTERN_OK);
    assert_blob("a/01234567-0001", "{}\n");
    assert_null(blob_named("a/01234567-0002"));
}

/* A dead letter that is tried again has a blob of its own, by its number. */
static void letters(void **state)
{
    (void)state;
    uint64_t letter = UINT64_C(1) << 63 | 5;
    assert_int_equal(write_text(5, 0, "a", "{}"), POSTERN_OK);
    service.loses_answer = true;
    assert_int_equal(write_text(letter, 0, "a", "{}"), POSTERN_E_RETRY);
    append_places_free(&sink.append);
    assert_int_equal(write_text(letter, 0, "a", "{}"), POSTERN_OK);
    assert_blob("a/01234567-0000", "{}\n");
    assert_blob("a/01234567-5-0000", "{}\n");
    assert_null(blob_named("a/01234567-5-0001"));
}

static void full_blobs(void **state)
{
    (void)state;
    service.most_blocks = 2;
    assert_int_equal(write_text(1, 0, "a", "1"), POSTERN_OK);
    service.loses_answer = true;
    assert_int_equal(write_text(2, 0, "a", "2"), POSTERN_E_RETRY);
    assert_int_equal(write_text(2, 0, "a", "2"), POSTERN_OK);
    assert_blob("a/01234567-0000", "1\n2\n");
    assert_null(blob_named("a/01234567-0001"));
    assert_int_equal(write_text(3, 0, "a", "3"), POSTERN_OK);
    assert_blob("a/01234567-0001", "3\n");
}

static postern_status put_object(void)
{
    void *kept = NULL;
    const postern_call call = {.size = sizeof call, .arena = (postern_arena *)&kept};
    const struct store_object object = {KIT_TEXT("object"), KIT_TEXT("x"), "text/plain"};
    postern_error error = {.size = sizeof error};
    postern_status status = append_put(&sink.store, &call, &object, &error);
    kept_free(kept);
    return status;
}

static void failed_tests_leave_nothing(void **state)
{
    (void)state;
    static const char trial[] = "a/postern-test-0000000000000000-0000";
    sink.flags = POSTERN_CALL_TEST;
    service.refuses_blocks = true;
    assert_int_equal(write_text(1, 0, "a", "{}"), POSTERN_E_CONFIG);
    assert_int_equal(put_object(), POSTERN_E_CONFIG);
    assert_null(blob_named(trial));
    assert_null(blob_named("object"));
    assert_string_equal(service.logged, "");
    append_places_free(&sink.append);
    service.keeps_blobs = true;
    assert_int_equal(write_text(1, 0, "a", "{}"), POSTERN_E_CONFIG);
    assert_contains(service.logged, "a/postern-test-0000000000000000-0000 may stay there");
    assert_int_equal(put_object(), POSTERN_E_CONFIG);
    assert_contains(service.logged, "object may stay there");
    assert_non_null(blob_named("object"));
}

/* The service refuses every SAS of a container that question, whatever rights it has. */
static postern_status refuse_all(const postern_host *host, postern_arena *arena,
                                 const postern_http_request *request, postern_http_response *response,
                                 postern_error *error)
{
    (void)host, (void)arena, (void)request, (void)error;
    answer(response, 403, "AuthorizationFailure");
    return POSTERN_OK;
}

static void say(const postern_report *report, int32_t level, const char *message, const char *remedy)
{
    (void)report, (void)remedy;
    assert_int_equal(level, POSTERN_LOG_INFO);
    write_log(NULL, level, message);
}

static void a_sas_may_not_ask(void **state)
{
    (void)state;
    static const postern_http http = {.size = sizeof http, .exchange = refuse_all};
    static const postern_report report = {.size = sizeof report, .say = say};
    void *kept = NULL;
    const postern_call call = {.size = sizeof call, .arena = (postern_arena *)&kept};
    struct store_probing probing = {.store = &sink.store, .call = &call, .report = &report};
    postern_error error = {.size = sizeof error};
    sink.store.http = &http;
    assert_int_equal(azure_probe(&probing, &error), POSTERN_OK);
    assert_contains(service.logged, "not with a shared access signature");
    kept_free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lost_answers, begin, end),
        cmocka_unit_test_setup_teardown(others, begin, end),
        cmocka_unit_test_setup_teardown(names_that_come_back, begin, end),
        cmocka_unit_test_setup_teardown(letters, begin, end),
        cmocka_unit_test_setup_teardown(full_blobs, begin, end),
        cmocka_unit_test_setup_teardown(failed_tests_leave_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_sas_may_not_ask, begin, end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

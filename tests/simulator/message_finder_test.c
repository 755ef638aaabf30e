/* Tracking: finds the mails that the mail events tell of, asked in one of two ways. */
#include "strictness.h"

static struct response ask(enum source source, unsigned account, const char *body)
{
    struct call call = {.source = source, .account = account, .body = body};
    return simulator_call(&simulator, &call, NULL);
}

static const cJSON *mails_of(const cJSON *answer)
{
    const cJSON *data = cJSON_GetObjectItem(answer, "data");
    return cJSON_GetObjectItem(data->child, "trackedEmails");
}

static cJSON *found(const char *body)
{
    struct response response = ask(MESSAGE_FINDER, 0, body);
    if (response.status != 200) fail_msg("%s: %ld %s", body, response.status, response.body.data);
    cJSON *answer = cJSON_Parse(response.body.data);
    assert_non_null(answer);
    response_free(&response);
    return answer;
}

static const char *text_of(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItem(object, name)->valuestring;
}

/* All mails; each is found again by what it says, and shown. */
static void search(void **state)
{
    (void)state;
    cJSON *all =
        found("{\"data\":[{\"searchReason\":\"test\",\"advancedTrackAndTraceOptions\":{\"from\":\"@\"}}]}");
    assert_in_range(cJSON_GetArraySize(mails_of(all)), 50, 200);
    static const char *const queries[][2] = {
        {"\"messageId\":\"", "\""},
        {"\"advancedTrackAndTraceOptions\":{\"from\":\"", "\"}"},
        {"\"advancedTrackAndTraceOptions\":{\"subject\":\" \",\"to\":\"", "\"}"},
        {"\"start\":\"2026-06-15T00:00:00+0000\",\"advancedTrackAndTraceOptions\":{\"senderIP\":\"", "\"}"},
    };
    const cJSON *mail;
    int looked = 0;
    cJSON_ArrayForEach(mail, mails_of(all))
    {
        if (looked++ == 8) break;
        const char *values[] = {
            text_of(mail, "messageId"), text_of(cJSON_GetObjectItem(mail, "fromEnv"), "emailAddress"),
            text_of(cJSON_GetObjectItem(mail, "to")->child, "emailAddress"), text_of(mail, "senderIP")};
        for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
            char body[500];
            snprintf(body, sizeof body, "{\"data\":[{%s%s%s}]}", queries[i][0], values[i], queries[i][1]);
            cJSON *again = found(body);
            const cJSON *one;
            int same = 0;
            cJSON_ArrayForEach(one, mails_of(again)) same +=
                strcmp(text_of(one, "messageId"), values[0]) == 0;
            if (same < 1) fail_msg("not found: %s", body);
            if (i < 2) assert_int_equal(cJSON_GetArraySize(mails_of(again)), 1);
            cJSON_Delete(again);
        }
        char body[900];
        snprintf(body, sizeof body, "{\"data\":[{\"id\":\"%s\"}]}", text_of(mail, "id"));
        struct response response = ask(MESSAGE_INFO, 0, body);
        assert_int_equal(response.status, 200);
        cJSON *info = cJSON_Parse(response.body.data);
        const cJSON *shown = cJSON_GetObjectItem(info, "data")->child;
        assert_string_equal(text_of(shown, "status"), text_of(mail, "status"));
        const cJSON *message =
            cJSON_GetObjectItem(cJSON_GetObjectItem(shown, "recipientInfo"), "messageInfo");
        assert_string_equal(text_of(message, "messageId"), values[0]);
        cJSON_Delete(info);
        response_free(&response);
        response = ask(MESSAGE_INFO, 1, body);
        check(&response, 404, "err_message_not_found", "another account's mail");
        response_free(&response);
        simulator_expect_violations(&simulator, "mail-id", 1);
    }
    cJSON_Delete(all);
    cJSON *none = found("{\"data\":[{\"messageId\":\"<no@such.mail>\"}]}");
    assert_int_equal(cJSON_GetArraySize(mails_of(none)), 0);
    cJSON_Delete(none);
    assert_int_equal(simulator_violations(&simulator), 0);
}

/* The statuses are what became of the mails. */
static void statuses(void **state)
{
    (void)state;
    cJSON *all = found("{\"data\":[{\"advancedTrackAndTraceOptions\":{\"from\":\"@\"}}]}");
    const cJSON *mail;
    int archived = 0, held = 0;
    cJSON_ArrayForEach(mail, mails_of(all))
    {
        archived += strcmp(text_of(mail, "status"), "archived") == 0;
        held += strcmp(text_of(mail, "status"), "held") == 0;
    }
    assert_in_range(archived, 40, 200);
    assert_in_range(held, 1, 30);
    cJSON_Delete(all);
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *code, *body;
    } rows[] = {
        {"search-way", "err_validation_invalid", "{\"data\":[{}]}"},
        {"search-way", "err_validation_invalid",
         "{\"data\":[{\"messageId\":\"<a@b>\",\"advancedTrackAndTraceOptions\":{\"from\":\"a\"}}]}"},
        {"search-way", "err_validation_null", "{\"data\":[{\"advancedTrackAndTraceOptions\":{}}]}"},
        {"search-way", "err_validation_null",
         "{\"data\":[{\"advancedTrackAndTraceOptions\":{\"route\":[\"inbound\"]}}]}"},
        {"blank-field", "err_validation_blank",
         "{\"data\":[{\"advancedTrackAndTraceOptions\":{\"from\":\"a\",\"to\":\"\"}}]}"},
        {"unknown-field", "err_validation_unknown_field",
         "{\"data\":[{\"advancedTrackAndTraceOptions\":{\"sender\":\"a\"}}]}"},
        {"field-type", "err_validation_invalid", "{\"data\":[{\"advancedTrackAndTraceOptions\":\"from\"}]}"},
        {"date-spelling", "err_validation_invalid_date",
         "{\"data\":[{\"messageId\":\"<a@b>\",\"start\":\"2026-06-15\"}]}"},
        {"range-order", "err_validation_date_range",
         "{\"data\":[{\"messageId\":\"<a@b>\",\"start\":\"2026-06-15T13:00:00+0000\",\"end\":\"2026-06-15T12:"
         "00:00+0000\"}]}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct response response = ask(MESSAGE_FINDER, 0, rows[i].body);
        check(&response, 400, rows[i].code, rows[i].body);
        response_free(&response);
        simulator_expect_violations(&simulator, rows[i].rule, 1);
    }
    struct response response = ask(MESSAGE_INFO, 0, "{\"data\":[{\"id\":\"abc\"}]}");
    check(&response, 404, "err_message_not_found", "an invented id");
    response_free(&response);
    simulator_expect_violations(&simulator, "mail-id", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(search), cmocka_unit_test(statuses),
                                       cmocka_unit_test(refused)};
    return cmocka_run_group_tests(tests, start_without_quirks, stop);
}

/* The id that a receiver gives to a call: of many names the vendor's, cleaned and bounded. */
#include "../unit.h"
#include "shared/cloud/request_mark.h"
#include <string.h>

static const char *mark_of(const postern_pair *headers, size_t count)
{
    static char mark[CLOUD_REQUEST_MARK_SIZE];
    const postern_http_response response = {
        .size = sizeof response, .headers = headers, .header_count = count};
    cloud_request_mark(&response, mark);
    return mark;
}

static const char *mark_of_one(const char *name, const char *value)
{
    return mark_of(&(postern_pair){kit_text(name), kit_text(value)}, 1);
}

static void each_vendor_has_its_name(void **unused)
{
    (void)unused;
    static const char *const names[] = {"x-amz-request-id",  "x-amzn-requestid", "x-ms-request-id",
                                        "x-goog-request-id", "request-id",       "x-request-id"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_string_equal(mark_of_one(names[i], " 4f2c-77 "), " (request id 4f2c-77)");
    assert_string_equal(mark_of_one("x-other", "4f2c"), "");
    assert_string_equal(mark_of_one("x-request-id", ""), "");
    assert_string_equal(mark_of(NULL, 0), "");
}

static void the_vendors_own_comes_before_a_proxys(void **unused)
{
    (void)unused;
    const postern_pair both[] = {{KIT_TEXT("x-request-id"), KIT_TEXT("proxy")},
                                 {KIT_TEXT("x-ms-request-id"), KIT_TEXT("azure")}};
    assert_string_equal(mark_of(both, 2), " (request id azure)");
}

/* Without it S3's support does not find the call. */
static void s3_has_a_second_id(void **unused)
{
    (void)unused;
    const postern_pair both[] = {
        {KIT_TEXT("x-amz-id-2"), KIT_TEXT("vlR7PnpV2Ce81l0PRw6j/yTjKlc5aLWGVHPZLj5+eA=")},
        {KIT_TEXT("x-amz-request-id"), KIT_TEXT("4442587FB7D0A2F9")}};
    const postern_pair others[] = {{KIT_TEXT("x-amz-id-2"), KIT_TEXT("vlR7")},
                                   {KIT_TEXT("x-amzn-requestid"), KIT_TEXT("4f2c")}};
    assert_string_equal(mark_of(both, 2),
                        " (request id 4442587FB7D0A2F9, id-2 vlR7PnpV2Ce81l0PRw6j/yTjKlc5aLWGVHPZLj5+eA=)");
    assert_string_equal(mark_of(both, 1), "");
    assert_string_equal(mark_of(others, 2), " (request id 4f2c)");
}

static void it_is_cleaned_and_bounded(void **unused)
{
    (void)unused;
    char expected[CLOUD_REQUEST_MARK_SIZE];
    char text[1000];
    assert_string_equal(mark_of_one("request-id", "a) \x1b[31m'b\"\n\xc3\xbc"),
                        " (request id a____31m_b____)");
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    const char *mark = mark_of_one("request-id", text);
    snprintf(expected, sizeof expected, " (request id %.*s)", CLOUD_REQUEST_ID_MOST, text);
    assert_string_equal(mark, expected);
    const postern_pair both[] = {{KIT_TEXT("x-amz-request-id"), kit_text(text)},
                                 {KIT_TEXT("x-amz-id-2"), kit_text(text)}};
    snprintf(expected, sizeof expected, " (request id %.*s, id-2 %.*s)", CLOUD_REQUEST_ID_MOST, text,
             CLOUD_SECOND_ID_MOST, text);
    assert_string_equal(mark_of(both, 2), expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_vendor_has_its_name),
        cmocka_unit_test(the_vendors_own_comes_before_a_proxys),
        cmocka_unit_test(s3_has_a_second_id),
        cmocka_unit_test(it_is_cleaned_and_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A request goes where the account's base URL says, whatever path the source gives; or it is not made. */
#include "../unit.h"
#include "base/error.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/text.h"
#include "collect/stream/request_call.h"

struct path_row {
    const char *base_url, *method, *path;
    const char *url;   /* what is asked; NULL = refused */
    const char *words; /* in the refusal */
};

static const struct path_row rows[] = {
    {"http://127.0.0.1:1800", "POST", "/api/x", "http://127.0.0.1:1800/api/x", NULL},
    {"https://a.example", "GET", "/b?c=d", "https://a.example/b?c=d", NULL},
    {"https://a.example", NULL, "/", "https://a.example/", NULL},
    {"https://a.example", NULL, "//other.example/x", "https://a.example//other.example/x", NULL}, /* stays */
    {"http://127.0.0.1:1800", "GET", "1/steal", NULL, "does not begin with '/'"}, /* port 18001 */
    {"https://a.example", "GET", ".other.example/x", NULL, "does not begin with '/'"},
    {"https://a.example", "GET", "@other.example/x", NULL, "does not begin with '/'"},
    {"https://a.example", "GET", ":8443/x", NULL, "does not begin with '/'"},
    {"https://a.example", "GET", "", NULL, "does not begin with '/'"},
    {"https://a.example", "GET", "https://other.example/x", NULL, "does not begin with '/'"},
    {"https://a.example", "GET", "/x\r\nX-Evil: y", NULL, "holds a character"},
    {"https://a.example", "GET", "/x y", NULL, "holds a character"},
    {"https://a.example", "GET", "/x/../../y", NULL, "\"..\""},
    {"https://a.example", "GET", "/x#y", NULL, "\"#\""},
    {"https://a.example", "DELETE", "/x", NULL, "\"DELETE\""},
    {"https://a.example", "post", "/x", NULL, "\"post\""},
    {"https://a.example", "", "/x", NULL, "\"\""},
};

static void requests_stay_below_the_base_url(void **state)
{
    (void)state;
    struct random_source random = random_fixed(1);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const postern_request what = {
            .size = sizeof what, .method = rows[i].method, .path = text_of(rows[i].path)};
        const struct request_plan plan = {
            .base_url = rows[i].base_url, .what = &what, .clock = clock_process(), .random = &random};
        postern_error error = ERROR_INIT;
        struct request *request = request_new(&plan, &error);
        if (!rows[i].url) {
            if (request) fail_msg("\"%s\" asks %s", rows[i].path, request->exchange.url);
            assert_int_equal(error.code, POSTERN_E_INVALID);
            assert_contains(error.message, "the source");
            assert_contains(error.message, rows[i].words);
            assert_contains(error.remedy, "report it to whoever made the module");
            continue;
        }
        if (!request) fail_msg("\"%s\": %s", rows[i].path, error.message);
        assert_string_equal(request->exchange.url, rows[i].url);
        assert_string_equal(request->exchange.method, rows[i].method ? rows[i].method : "GET");
        request_free(request);
    }
}

/* What an answer calls its request, and what is taken for it: the same, or ours. */
static const struct {
    const char *answered;
    bool is_taken;
} ids[] = {
    {"0f0e0d0c-0b0a-4908-8706-050403020100", true},
    {"Root=1-67891233-abcdef012345678912345678:+/._", true},
    {"7", true},
    {"", false},
    {NULL, false},
    {"two words", false},
    {"<b>", false},
    {"a\x1b[2J", false},
    {"caf\xc3\xa9", false},
    {"/x?sig=1", false},
    {"of-secret-0123456789", false}, /* the account's */
    {"of-secret-01234", false},      /* too much of it */
};

static struct request *answered_request(struct random_source *random, const struct access *access,
                                        const char *path, bool is_download, postern_pair *header)
{
    const postern_request what = {.size = sizeof what, .path = text_of(path)};
    const struct request_plan plan = {.base_url = is_download ? NULL : "https://a.example",
                                      .what = &what,
                                      .access = access,
                                      .credentialless = is_download,
                                      .clock = clock_process(),
                                      .random = random};
    postern_error error = ERROR_INIT;
    struct request *request = request_new(&plan, &error);
    if (!request) fail_msg("%s", error.message);
    strcpy(request->id, "ours");
    request->exchange.status = 500;
    request->exchange.answer_headers = header;
    request->exchange.answer_header_count = header->value.data != NULL;
    return request;
}

static void a_call_is_named_by_its_answer_or_by_us(void **state)
{
    (void)state;
    struct random_source random = random_fixed(1);
    static const struct auth_scheme with_id = {.name = "a", .sends_request_id = true},
                                    without = {.name = "b"};
    struct access access = {.credentials = {{secret_new(TEXT("secret-0123456789"))}}};
    struct vendor_call call;
    for (size_t i = 0; i < 2 * COUNT(ids); i++) {
        const char *answered = ids[i / 2].answered;
        postern_pair header = {TEXT("x-request-id"), text_of(answered)};
        access.scheme = i % 2 ? &with_id : &without;
        struct request *request = answered_request(&random, &access, "/logs?token=t", false, &header);
        request_call(request, &call);
        assert_string_equal(call.request_id, ids[i / 2].is_taken ? answered : i % 2 ? "ours" : "");
        assert_string_equal(call.endpoint, "/logs");
        assert_int_equal(call.status, 500);
        request_free(request);
    }
    access_release(&access);
}

static void an_id_that_is_too_long_is_none(void **state)
{
    (void)state;
    struct random_source random = random_fixed(1);
    for (size_t size = REQUEST_ID_SIZE - 2; size <= REQUEST_ID_SIZE; size++) {
        char id[REQUEST_ID_SIZE + 1] = "", path[2 * ENDPOINT_SIZE] = "/";
        memset(id, 'x', size);
        memset(path + 1, 'p', sizeof path - 2);
        postern_pair header = {TEXT("x-request-id"), text_of(id)};
        struct request *request = answered_request(&random, NULL, path, false, &header);
        struct vendor_call call;
        request_call(request, &call);
        assert_string_equal(call.request_id, size < REQUEST_ID_SIZE ? id : "");
        assert_int_equal(strlen(call.endpoint), ENDPOINT_SIZE - 1);
        request_free(request);
    }
}

static void what_is_no_call_has_no_name(void **state)
{
    (void)state;
    struct random_source random = random_fixed(1);
    static const struct vendor_call none;
    for (int is_download = 0; is_download < 2; is_download++) {
        postern_pair header = {TEXT("x-request-id"), TEXT("theirs")};
        struct request *request = answered_request(
            &random, NULL, is_download ? "https://store.example/f?sig=1" : "/x", is_download != 0, &header);
        struct vendor_call call = {.request_id = "before"};
        if (!is_download) request->exchange.status = 0; /* no answer */
        request_call(request, &call);
        assert_memory_equal(&call, &none, sizeof none);
        request_free(request);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(requests_stay_below_the_base_url),
                                       cmocka_unit_test(a_call_is_named_by_its_answer_or_by_us),
                                       cmocka_unit_test(an_id_that_is_too_long_is_none),
                                       cmocka_unit_test(what_is_no_call_has_no_name)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

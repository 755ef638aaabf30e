/* A request goes where the account's base URL says, whatever path the source gives; or it is not made. */
#include "../unit.h"
#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "collect/stream/request.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(requests_stay_below_the_base_url)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

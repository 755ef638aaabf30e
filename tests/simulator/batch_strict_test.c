/* API 2.0's batch files: each strict rule has a wrong client here that is noted, each fault and habit is
 * seen, and what the simulator itself brings about is not held against the client. */
#include "strictness.h"

#include "gzip.h"
#include "test_batches.h"

static struct text token;
static struct reader reader = {.simulator = &simulator};
static struct batch_page_read page; /* large */

static int start_with_token(void **state)
{
    start(state);
    token = simulator_token(&simulator, 0, 0);
    reader.bearer = token.data;
    return 0;
}

static int stop_with_token(void **state)
{
    text_free(&token);
    return stop(state);
}

static void control(const char *what, const char *body)
{
    struct text done = simulator_control(&simulator, "POST", what, body);
    text_free(&done);
}

/* The quota of 50 calls is a test of its own. */
static void new_quota(void)
{
    simulator_advance(&simulator, 15 * MINUTE);
    text_free(&token);
    token = simulator_token(&simulator, 0, 0);
    reader.bearer = token.data;
}

static void wrong_queries(void **state)
{
    (void)state;
#define CG "/siem/v1/batch/events/cg"
    static const struct {
        const char *what, *rule, *path;
    } rows[] = {
        {"no type", "missing-parameter", CG "?pageSize=10"},
        {"an unknown type", "batch-type", CG "?type=mail"},
        {"API 1.0's name", "batch-type", CG "?type=jrnl"},
        {"two types", "batch-type", CG "?type=receipt,process"},
        {"dashes", "batch-type", CG "?type=url-protect"},
        {"a type of Cloud Integrated", "batch-type", CG "?type=entities"},
        {"a mail type at ci", "batch-type", "/siem/v1/batch/events/ci?type=receipt"},
        {"a subtype", "filter", CG "?type=process:Hld"},
        {"types", "unknown-parameter", CG "?types=receipt"},
        {"@nextPage", "unknown-parameter", CG "?type=receipt&%40nextPage=abc"},
        {"the type twice", "repeated-parameter", CG "?type=receipt&type=process"},
        {"an empty token", "blank-parameter", CG "?type=receipt&nextPage="},
        {"an invented token", "batch-token", CG "?type=receipt&nextPage=abc"},
        {"no page", "page-size", CG "?type=receipt&pageSize=0"},
        {"a page of 101", "page-size", CG "?type=receipt&pageSize=101"},
        {"a page in words", "page-size", CG "?type=receipt&pageSize=ten"},
        {"a time", "date-spelling", CG "?type=receipt&dateRangeStartsAt=2026-06-15T00:00:00Z"},
        {"a 31st of June", "date-spelling", CG "?type=receipt&dateRangeStartsAt=2026-06-31"},
        {"eight days ago", "date-range", CG "?type=receipt&dateRangeStartsAt=2026-06-07"},
        {"tomorrow", "range-in-future", CG "?type=receipt&dateRangeStartsAt=2026-06-16"},
        {"the end before the beginning", "range-order",
         CG "?type=receipt&dateRangeStartsAt=2026-06-15&dateRangeEndsAt=2026-06-13"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct response response = simulator_call(
            &simulator, &(struct call){.path = rows[i].path, .method = "GET", .bearer = token.data}, NULL);
        check(&response, 400, "Request Validation Failed", rows[i].what);
        assert_non_null(strstr(response.body.data, "{\"error\":{\"code\":"));
        response_free(&response);
        simulator_expect_violations(&simulator, rows[i].rule, 1);
    }
}

static void wrong_requests(void **state)
{
    (void)state;
    static const struct {
        const char *what, *rule;
        long status;
        const char *code;
        struct call call;
    } rows[] = {
        {"POST", "method", 405, "err_method_not_allowed", {.path = CG "?type=receipt", .body = "{}"}},
        {"a body",
         "body-in-get",
         400,
         "err_request",
         {.path = CG "?type=receipt", .body = "{}", .method = "GET"}},
        {"the event stream", "path", 404, "err_not_found", {.path = "/siem/v1/events/cg", .method = "GET"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct call call = rows[i].call;
        call.bearer = token.data;
        struct response response = simulator_call(&simulator, &call, NULL);
        check(&response, rows[i].status, rows[i].code, rows[i].what);
        response_free(&response);
        simulator_expect_violations(&simulator, rows[i].rule, 1);
    }
}

static void good_queries(void **state)
{
    (void)state;
    static const char *const paths[] = {
        CG "?type=receipt",
        CG "?type=url+protect&pageSize=1",
        CG "?type=url%20protect",
        CG "?type=internal%20email%20protect&dateRangeStartsAt=2026-06-08",
        CG "?type=process&dateRangeStartsAt=2026-06-14&dateRangeEndsAt=2026-06-15",
        "/siem/v1/batch/events/ci?type=entities",
        "/siem/v1/batch/events/ci?type=mailflow",
        "/siem/v1/batch/events/ci?type=urlclick",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct response response = simulator_call(
            &simulator, &(struct call){.path = paths[i], .method = "GET", .bearer = token.data}, NULL);
        if (!batches_understand(&response, &page)) fail_msg("%s: %s", paths[i], response.body.data);
        assert_non_null(response_header(&response, "x-request-id"));
        response_free(&response);
    }
    assert_int_equal(simulator_violations(&simulator), 0);
}

static void first_page(unsigned type)
{
    char next[600] = "";
    do {
        struct response response = batches_ask(&reader, type, next, NULL);
        assert_true(batches_understand(&response, &page));
        response_free(&response);
        snprintf(next, sizeof next, "%s", page.next);
    } while (!page.url_count);
}

static void tokens_belong_to_a_type(void **state)
{
    (void)state;
    first_page(RECEIPT);
    struct response response = batches_ask(&reader, RECEIPT, page.next, "&dateRangeStartsAt=2026-06-15");
    assert_int_equal(response.status, 200); /* dates beside a token are tolerated */
    response_free(&response);
    response = batches_ask(&reader, PROCESS, page.next, NULL);
    check(&response, 400, "Request Validation Failed", "a token of another type");
    response_free(&response);
    simulator_expect_violations(&simulator, "batch-token", 1);
    new_quota();
}

static void links(void **state)
{
    (void)state;
    first_page(RECEIPT);
    const char *url = page.urls[0];
    char changed[700];
    snprintf(changed, sizeof changed, "%s&response-content-type=text", url);
    const struct {
        const char *what, *rule, *url, *header;
        long status;
    } rows[] = {
        {"with the token", "storage-authorization", url, "Authorization: Bearer abc", 400},
        {"with a cookie", "storage-authorization", url, "Cookie: a=b", 400},
        {"with a request id", "storage-authorization", url, "x-mc-req-id: 1", 400},
        {"another link", "link-changed", changed, NULL, 403},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct response response = batches_fetch(&reader, rows[i].url, rows[i].header);
        if (response.status != rows[i].status) fail_msg("%s: %ld", rows[i].what, response.status);
        response_free(&response);
        simulator_expect_violations(&simulator, rows[i].rule, 1);
    }
    /* Which answers no API calls. */
    struct call call = {.path = "/siem/v1/batch/events/cg?type=receipt",
                        .method = "GET",
                        .bearer = token.data,
                        .host = "localhost"};
    unsigned port = 0;
    assert_int_equal(sscanf(strrchr(url, ':') + 1, "%u", &port), 1);
    call.port = port;
    struct response response = simulator_call(&simulator, &call, NULL);
    assert_int_equal(response.status, 400);
    response_free(&response);
    simulator_expect_violations(&simulator, "storage-authorization", 1);

    simulator_advance(&simulator, 15 * MINUTE);
    for (size_t i = 0; i < 4; i++) {
        response = batches_fetch(&reader, url, NULL);
        assert_true(response.status == 403 || response.status == 404);
        response_free(&response);
        if (i < 3) assert_int_equal(simulator_violations(&simulator), 0);
    }
    simulator_expect_violations(&simulator, "dead-link", 1); /* only for asking again and again */
    new_quota();
}

/* 50 calls for all types together; whoever goes on during the wait is noted, but for what was under way. */
static void the_quota(void **state)
{
    (void)state;
    simulator_advance(&simulator, HOUR);
    new_quota();
    struct response response;
    bool told = false;
    for (unsigned i = 0; i < 50; i++) {
        response = batches_ask(&reader, i % SIEM_TYPES, NULL, NULL);
        assert_int_equal(response.status, 200);
        const char *remaining = response_header(&response, "x-ratelimit-remaining");
        if (remaining) {
            char expected[8];
            snprintf(expected, sizeof expected, "%u", 49 - i);
            assert_string_equal(remaining, expected);
            told = true;
        }
        response_free(&response);
    }
    assert_true(told);
    /* A 429 may announce nothing that can be read: ask until one does. */
    unsigned number = 0;
    do {
        response = batches_ask(&reader, number % 5, NULL, NULL);
        assert_int_equal(response.status, 429);
        response_free(&response);
    } while (simulator_violations(&simulator) == 0 && ++number < 60);
    assert_true(number < 60);
    struct text done = simulator_control(&simulator, "DELETE", "violations", NULL);
    text_free(&done);
    response = batches_ask(&reader, SPAM, NULL, NULL); /* it was under way */
    assert_int_equal(response.status, 429);
    response_free(&response);
    assert_int_equal(simulator_violations(&simulator), 0);
    response = batches_ask(&reader, SPAM, NULL, NULL);
    check(&response, 429, "err_rate_limit", "the next one");
    response_free(&response);
    simulator_expect_violations(&simulator, "request-during-wait", 1);
    response = batches_ask(&reader, SIEM_TYPES, NULL, NULL); /* the other path has a quota of its own */
    assert_int_equal(response.status, 200);
    response_free(&response);
    new_quota();
    simulator_advance(&simulator, MINUTE);
    response = batches_ask(&reader, SPAM, NULL, NULL);
    assert_int_equal(response.status, 200);
    response_free(&response);
    assert_int_equal(simulator_violations(&simulator), 0);
}

static void products_and_permissions(void **state)
{
    (void)state;
    new_quota();
    control("products", "{\"account\":\"acme\",\"product\":\"Threats, Security Events, and Data for "
                        "CI\",\"included\":false}");
    struct response response = batches_ask(&reader, SIEM_TYPES, NULL, NULL);
    check(&response, 403, "app_forbidden", "Cloud Integrated is not licensed");
    assert_non_null(strstr(response.body.data, "{\"fail\":[{\"code\":"));
    response_free(&response);
    response = batches_ask(&reader, RECEIPT, NULL, NULL);
    assert_int_equal(response.status, 200);
    response_free(&response);
    control("products", "{\"included\":true}");
    control("permissions", "{\"account\":\"acme\",\"endpoint\":\"siem\",\"allowed\":false}");
    response = batches_ask(&reader, RECEIPT, NULL, NULL);
    check(&response, 403, "err_insufficient_permission", "the role lacks it");
    response_free(&response);
    control("permissions", "{\"allowed\":true}");
    assert_int_equal(simulator_violations(&simulator), 0);
}

static void order(const char *fault, const char *endpoint)
{
    char json[200];
    snprintf(json, sizeof json, "{\"queue\":[{\"fault\":\"%s\",\"endpoint\":\"%s\",\"account\":\"acme\"}]}",
             fault, endpoint);
    simulator_order(&simulator, json);
}

static void faults_of_pages(void **state)
{
    (void)state;
    static const struct {
        const char *fault;
        long status;
        const char *text; /* in the body */
    } rows[] = {
        {"stray-401", 401, "{\"fail\":[{\"code\":\""},
        {"fail", 200, "{\"fail\":[{\"code\":\""},
        {"invalid-token", 400, "{\"error\":{\"code\":\"Request Validation Failed\""},
        {"403", 403, "{\"fail\":[{\"code\":\""},
        {"500", 500, NULL},
        {"not-json", 200, "<html>"},
        {"429", 429, "err_rate_limit"},
    };
    first_page(DELIVERY);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        order(rows[i].fault, "siem");
        struct response response = batches_ask(&reader, DELIVERY, page.next, NULL);
        if (response.status != rows[i].status || (rows[i].text && !strstr(response.body.data, rows[i].text)))
            fail_msg("%s: %ld %s", rows[i].fault, response.status, response.body.data);
        response_free(&response);
        simulator_advance(&simulator, 3 * SECOND);
        response = batches_ask(&reader, DELIVERY, page.next, NULL);
        assert_int_equal(response.status, 200);
        response_free(&response);
    }
    assert_int_equal(simulator_violations(&simulator), 0);
    new_quota();
}

/* Which of these the bytes of a file are; each fault makes another. */
enum soundness { SOUND, OTHER_CHECKSUM, ENDS_EARLY, ALTERED, NO_GZIP, NOTHING };

static enum soundness soundness_of(const struct text *packed, const struct text *good,
                                   const struct text *good_lines)
{
    struct text lines = {0};
    if (!packed->size) return NOTHING;
    if (packed->data[0] != '\x1f') return NO_GZIP;
    gzip_unpack(packed->data, packed->size, &lines);
    bool same_lines = lines.size == good_lines->size && memcmp(lines.data, good_lines->data, lines.size) == 0;
    bool prefix = lines.size < good_lines->size && memcmp(lines.data, good_lines->data, lines.size) == 0;
    text_free(&lines);
    if (packed->size == good->size && memcmp(packed->data, good->data, good->size) == 0) return SOUND;
    return packed->size < good->size && prefix ? ENDS_EARLY : same_lines ? OTHER_CHECKSUM : ALTERED;
}

static void faults_of_files(void **state)
{
    (void)state;
    static const struct {
        const char *fault;
        enum soundness soundness;
        long status;
    } rows[] = {
        {"truncated-gz", ENDS_EARLY, 200}, {"wrong-checksum", OTHER_CHECKSUM, 200},
        {"flipped-byte", ALTERED, 200},    {"not-json", NO_GZIP, 200},
        {"zero-bytes", NOTHING, 200},      {"503", NO_GZIP, 503},
    };
    first_page(RECEIPT);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct response good = batches_fetch(&reader, page.urls[0], NULL);
        assert_int_equal(good.status, 200);
        assert_null(response_header(&good, "content-encoding"));
        struct text lines = {0};
        gzip_unpack(good.body.data, good.body.size, &lines);
        order(rows[i].fault, "storage");
        struct response bad = batches_fetch(&reader, page.urls[0], NULL);
        print_message("%s: %ld, %zu of %zu bytes\n", rows[i].fault, bad.status, bad.body.size,
                      good.body.size);
        assert_int_equal(bad.status, rows[i].status);
        assert_int_equal(soundness_of(&bad.body, &good.body, &lines), rows[i].soundness);
        response_free(&bad);
        bad = batches_fetch(&reader, page.urls[0], NULL);
        assert_int_equal(soundness_of(&bad.body, &good.body, &lines), SOUND); /* once, as ordered */
        response_free(&bad);
        response_free(&good);
        text_free(&lines);
    }
    assert_int_equal(simulator_violations(&simulator), 0);
}

/* Every habit that the simulator promises shows within some hundred calls. */
static void habits(void **state)
{
    (void)state;
    static const char *const options[] = {"--events", "3000", "--batch-calls", "0/15m", "--events-per-file",
                                          "20",       NULL};
    struct simulator own;
    simulator_start(&own, true, options);
    struct text its_token = simulator_token(&own, 0, 0);
    struct reader its_reader = {
        .simulator = &own, .bearer = its_token.data, .page_size = 5, .curl = curl_easy_init()};
    size_t twice = 0, escaped = 0, hollow = 0, late_end = 0, no_token = 0, old_token = 0, links_next = 0,
           odd_types = 0, members = 0;
    for (unsigned round = 0; round < 4; round++) {
        for (unsigned type = 0; type < SIEM_TYPES; type++) {
            char next[600] = "";
            unsigned empty = 0;
            bool end = false;
            for (unsigned calls = 0; calls < 60 && !(end && calls > 30); calls++) {
                struct response response = batches_ask(&its_reader, type, next, NULL);
                assert_true(batches_understand(&response, &page));
                escaped += strstr(response.body.data, "\\u0026") != NULL;
                links_next += strstr(response.body.data, "@nextLink") != NULL;
                response_free(&response);
                for (size_t i = 1; i < page.url_count; i++)
                    twice += strncmp(page.urls[i], page.urls[i - 1], strcspn(page.urls[i], "?")) == 0;
                empty = page.url_count ? 0 : empty + 1;
                if (!end && !page.url_count && !page.caught_up) hollow++;
                if (!end && page.caught_up && empty > 1) late_end++;
                end = end || page.caught_up;
                no_token += !page.next[0];
                old_token += page.next[0] && strcmp(page.next, next) == 0;
                if (page.url_count && calls == 0) {
                    struct response file = batches_fetch(&its_reader, page.urls[0], NULL);
                    const char *content = response_header(&file, "content-type");
                    odd_types += file.status == 200 && content && strcmp(content, "application/gzip") != 0;
                    response_free(&file);
                }
                if (page.next[0]) snprintf(next, sizeof next, "%s", page.next);
            }
        }
    }
    struct text packed = {0};
    gzip_pack(&packed, "a\nb\nc\nd\n", 8, 3);
    for (size_t i = 0; i + 3 < packed.size; i++)
        members += memcmp(packed.data + i, "\x1f\x8b\x08", 3) == 0;
    text_free(&packed);
    print_message("twice %zu, escaped %zu, empty %zu, late ends %zu, no token %zu, old token %zu, links %zu, "
                  "odd types %zu\n",
                  twice, escaped, hollow, late_end, no_token, old_token, links_next, odd_types);
    assert_true(twice && escaped && hollow && late_end && no_token && old_token && links_next && odd_types);
    assert_int_equal(members, 3);
    assert_int_equal(simulator_violations(&own), 0);
    curl_easy_cleanup(its_reader.curl);
    text_free(&its_token);
    simulator_stop(&own);
}

/* A token outlives its files by nothing: after eight days it is refused, which is no violation. */
static void outdated_tokens(void **state)
{
    (void)state;
    new_quota();
    first_page(RECEIPT);
    simulator_advance(&simulator, 8 * DAY);
    text_free(&token);
    token = simulator_token(&simulator, 0, 0);
    reader.bearer = token.data;
    struct response response = batches_ask(&reader, RECEIPT, page.next, NULL);
    check(&response, 400, "Request Validation Failed", "an outdated token");
    response_free(&response);
    char next[600] = "";
    do {
        response = batches_ask(&reader, RECEIPT, next, NULL);
        if (!batches_understand(&response, &page)) fail_msg("%ld %s", response.status, response.body.data);
        response_free(&response);
        assert_int_equal(page.url_count, 0);
        if (page.next[0]) snprintf(next, sizeof next, "%s", page.next);
    } while (!page.caught_up);
    assert_int_equal(simulator_violations(&simulator), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(wrong_queries),
                                       cmocka_unit_test(wrong_requests),
                                       cmocka_unit_test(good_queries),
                                       cmocka_unit_test(tokens_belong_to_a_type),
                                       cmocka_unit_test(links),
                                       cmocka_unit_test(the_quota),
                                       cmocka_unit_test(products_and_permissions),
                                       cmocka_unit_test(faults_of_pages),
                                       cmocka_unit_test(faults_of_files),
                                       cmocka_unit_test(habits),
                                       cmocka_unit_test(outdated_tokens)};
    return cmocka_run_group_tests(tests, start_with_token, stop_with_token);
}

/* Each fault happens when it is ordered, looks as it should, is counted, and is never held against the
 * client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "faults.h"
#include "test_simulator.h"
#include "times.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static struct simulator simulator;
static CURL *kept; /* one connection for all calls */

static int start(void **state)
{
    (void)state;
    static const char *const options[] = {"--accounts", "2", "--events", "2000", NULL};
    curl_global_init(CURL_GLOBAL_DEFAULT);
    simulator_start(&simulator, true, options);
    kept = curl_easy_init();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    curl_easy_cleanup(kept);
    simulator_stop(&simulator);
    curl_global_cleanup();
    return 0;
}

static bool is_whole(const struct response *response)
{
    return response->result == CURLE_OK && response->status == 200;
}

static void order(const char *fault, const char *endpoint)
{
    char json[200];
    snprintf(json, sizeof json, "{\"queue\":[{\"fault\":\"%s\",\"endpoint\":\"%s\",\"account\":\"acme\"}]}",
             fault, endpoint);
    simulator_order(&simulator, json);
}

enum effect { STATUS, BROKEN, EMPTY, NO_JSON, NO_ZIP, LARGE, SLOW, DATE, FAIL, OTHER, CODED };

/* What the ordered fault did to the answer, beside a good one of the same call. */
static void check_effect(enum effect effect, const struct response *before, const struct response *during,
                         double seconds, bool right_date)
{
    switch (effect) {
    case EMPTY:
        assert_int_equal(during->body.size, 0);
        break;
    case NO_JSON:
        assert_null(cJSON_Parse(during->body.data));
        break;
    case NO_ZIP:
        assert_true(during->body.size && memcmp(during->body.data, before->body.data, 4) == 0);
        break;
    case LARGE:
        assert_true(during->body.size > before->body.size + (1 << 20));
        break;
    case SLOW:
        assert_true(seconds > 0.5);
        break;
    case DATE:
        assert_false(right_date);
        break;
    case FAIL:
        assert_null(response_header(during, "mc-siem-token"));
        break;
    case OTHER: /* looks like the good zip, to its end, but is not */
        assert_memory_equal(during->body.data, before->body.data, 14);
        assert_memory_equal(during->body.data + during->body.size - 22, "PK\5\6", 4);
        assert_true(during->body.size != before->body.size ||
                    memcmp(during->body.data, before->body.data, before->body.size) != 0);
        break;
    case CODED:
        assert_string_equal(response_header(during, "content-encoding"), "gzip");
        break;
    case STATUS:
    case BROKEN:
        break;
    }
    if (effect != DATE) assert_true(right_date);
    if (effect == NO_ZIP) /* the end record is missing, or points nowhere */
        assert_true(during->body.size < 22 || memcmp(during->body.data + during->body.size - 22,
                                                     before->body.data + before->body.size - 22, 22));
}

static void each_fault(void **state)
{
    (void)state;
    static const struct {
        const char *fault, *endpoint;
        enum effect effect;
        long status;
        const char *text; /* in the body, if not NULL */
    } rows[] = {
        {"429", "ttp-url", STATUS, 429, "err_rate_limit"},
        {"500", "ttp-url", STATUS, 500, NULL},
        {"502", "siem", STATUS, 502, NULL},
        {"503", "audit", STATUS, 503, NULL},
        {"504", "dlp", STATUS, 504, NULL},
        {"401", "ttp-url", STATUS, 401, "0004 Invalid Signature"},
        {"403", "ttp-attachment", STATUS, 403, "Attachment Protection"},
        {"418", "ttp-impersonation", STATUS, 418, "err_xdk_binding_expired"},
        {"fail", "ttp-url", FAIL, 200, "\"errors\":[{\"code\""},
        {"fail", "siem", FAIL, 200, "\"errors\":[{\"code\""},
        {"redirect", "ttp-url", STATUS, 307, NULL},
        {"not-json", "ttp-url", NO_JSON, 200, "<html>"},
        {"not-json", "siem", NO_JSON, 200, "<html>"},
        {"zero-bytes", "audit", EMPTY, 200, NULL},
        {"zero-bytes", "siem", EMPTY, 200, NULL},
        {"stale", "ttp-url", BROKEN, 0, NULL},
        {"reset", "ttp-url", BROKEN, 200, NULL},
        {"reset", "siem", BROKEN, 200, NULL},
        {"slow", "dlp", SLOW, 200, NULL},
        {"wrong-date", "dlp", DATE, 200, NULL},
        {"gzip", "dlp", CODED, 200, "\"dlpLogs\":["},
        {"gzip", "siem", CODED, 200, NULL},
        {"large", "audit", LARGE, 200, NULL},
        {"large", "siem", LARGE, 200, NULL},
        {"truncated-zip", "siem", NO_ZIP, 200, NULL},
        {"bad-directory", "siem", NO_ZIP, 200, NULL},
        {"truncated-member", "siem", OTHER, 200, NULL},
        {"flipped-byte", "siem", OTHER, 200, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct call call = {.source = source_named(rows[i].endpoint)};
        struct response before = simulator_call(&simulator, &call, kept);
        assert_true(is_whole(&before)); /* also: a connection to keep */
        order(rows[i].fault, rows[i].endpoint);
        struct response during = simulator_call(&simulator, &call, kept);
        double seconds = 0;
        curl_easy_getinfo(kept, CURLINFO_TOTAL_TIME, &seconds);
        print_message("%s on %s: %ld, %zu bytes, %.2f s\n", rows[i].fault, rows[i].endpoint, during.status,
                      during.body.size, seconds);
        if (rows[i].effect == BROKEN)
            assert_int_not_equal(during.result, CURLE_OK);
        else
            assert_int_equal(during.result, CURLE_OK);
        assert_int_equal(during.status, rows[i].status);
        if (rows[i].text) assert_non_null(strstr(during.body.data, rows[i].text));
        const char *date = response_header(&during, "date");
        bool right_date = !date || strstr(date, "15 Jun 2026 12:");
        check_effect(rows[i].effect, &before, &during, seconds, right_date);
        simulator_advance(&simulator, 3 * SECOND); /* past the wait of the 429 */
        struct response after = simulator_call(&simulator, &call, kept);
        assert_true(is_whole(&after)); /* once, as ordered */
        response_free(&before);
        response_free(&during);
        response_free(&after);
        assert_int_equal(simulator_violations(&simulator), 0);
    }
    struct text statistics = simulator_control(&simulator, "GET", "statistics", NULL);
    assert_non_null(strstr(statistics.data, "\"stale\":1"));
    assert_non_null(strstr(statistics.data, "\"reset\":2"));
    assert_non_null(strstr(statistics.data, "\"orders_left\":0"));
    text_free(&statistics);
}

/* A client that believes a wrong Date is refused, and not blamed; one that is wrong by itself is. */
static void believing_a_wrong_date(void **state)
{
    (void)state;
    struct call call = {.source = AUDIT};
    order("wrong-date", "audit");
    struct response response = simulator_call(&simulator, &call, NULL);
    bool ahead = strstr(response_header(&response, "date"), " 13:") != NULL;
    response_free(&response);
    call.date_offset_ms = ahead ? HOUR : -HOUR;
    response = simulator_call(&simulator, &call, NULL);
    assert_int_equal(response.status, 401);
    assert_non_null(strstr(response_header(&response, "date"), " 12:"));
    response_free(&response);
    assert_int_equal(simulator_violations(&simulator), 0);
    call.date_offset_ms = ahead ? -HOUR : HOUR;
    response = simulator_call(&simulator, &call, NULL);
    assert_int_equal(response.status, 401);
    response_free(&response);
    simulator_expect_violations(&simulator, "date-stale", 1);
}

/* Damage that passes strikes one file at most twice in a row. */
static void passing_damage(void **state)
{
    (void)state;
    simulator_order(&simulator, "{\"set\":\"siem:zero-bytes=100%\"}");
    static const size_t empty[] = {1, 1, 0};
    for (size_t i = 0; i < 3; i++) {
        struct response response =
            simulator_call(&simulator, &(struct call){.source = SIEM, .account = 1}, NULL);
        assert_int_equal(response.body.size == 0, empty[i]);
        response_free(&response);
    }
    simulator_order(&simulator, "{\"clear\":true}");
}

static void permissions(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        long first, second; /* ttp-url of both accounts */
        long other;         /* dlp of the first */
    } rows[] = {
        {"{\"account\":\"acme\",\"endpoint\":\"ttp-url\",\"allowed\":false}", 403, 200, 200},
        {"{\"endpoint\":\"ttp-url\",\"allowed\":false}", 403, 403, 200},
        {"{\"account\":\"acme\",\"allowed\":false}", 403, 403, 403},
        {"{\"allowed\":true}", 200, 200, 200},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text done = simulator_control(&simulator, "POST", "permissions", rows[i].json);
        text_free(&done);
        const struct call calls[] = {{.source = TTP_URL}, {.source = TTP_URL, .account = 1}, {.source = DLP}};
        const long expected[] = {rows[i].first, rows[i].second, rows[i].other};
        for (size_t k = 0; k < 3; k++) {
            struct response response = simulator_call(&simulator, &calls[k], NULL);
            assert_int_equal(response.status, expected[k]);
            response_free(&response);
        }
    }
    assert_int_equal(simulator_violations(&simulator), 0);
}

static void keys(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        unsigned generation;
        long status;
    } rows[] = {
        {"{}", 0, 200},
        {"{\"account\":\"acme\",\"expired_before\":1}", 0, 418},
        {"{}", 1, 200}, /* renewed */
        {"{\"revoked\":true}", 1, 401},
        {"{\"revoked\":false,\"expired_before\":0}", 0, 200},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text done = simulator_control(&simulator, "POST", "keys", rows[i].json);
        text_free(&done);
        struct response response =
            simulator_call(&simulator, &(struct call){.source = DLP, .generation = rows[i].generation}, NULL);
        assert_int_equal(response.status, rows[i].status);
        response_free(&response);
    }
    assert_int_equal(simulator_violations(&simulator), 0);
}

static size_t truth_lines(void)
{
    struct text truth = simulator_control(&simulator, "GET", "truth", NULL);
    size_t lines = 0;
    for (size_t i = 0; i < truth.size; i++)
        lines += truth.data[i] == '\n';
    text_free(&truth);
    return lines;
}

static void publishing(void **state)
{
    (void)state;
    char token[600];
    struct response response = {0};
    size_t before = truth_lines();
    struct text done = simulator_control(&simulator, "POST", "publish",
                                         "{\"events\":50,\"account\":\"globex\",\"endpoint\":\"siem\"}");
    text_free(&done);
    assert_int_equal(truth_lines(), before + 50);
    /* Live events: MTA logs with the next half hour, the others at once; then no more. */
    done = simulator_control(&simulator, "POST", "live", "{\"per_minute\":60}");
    text_free(&done);
    before = truth_lines();
    simulator_advance(&simulator, 20 * MINUTE);
    size_t soon = truth_lines();
    assert_true(soon > before + 300 && soon < before + 1200);
    simulator_advance(&simulator, 40 * MINUTE);
    assert_true(truth_lines() > before + 5000);
    done = simulator_control(&simulator, "POST", "live", "{\"per_minute\":0}");
    text_free(&done);
    simulator_advance(&simulator, 30 * MINUTE); /* what was in the making is published */
    size_t then = truth_lines();
    simulator_advance(&simulator, HOUR);
    assert_int_equal(truth_lines(), then);

    /* Seven days later the files are gone: a token for them is too old, which is no violation. */
    response = simulator_call(&simulator, &(struct call){.source = SIEM}, NULL);
    snprintf(token, sizeof token, "%s", response_header(&response, "mc-siem-token"));
    response_free(&response);
    simulator_advance(&simulator, 8 * DAY);
    char body[1000];
    snprintf(body, sizeof body,
             "{\"data\":[{\"type\":\"MTA\",\"fileFormat\":\"json\",\"compress\":true,\"token\":\"%s\"}]}",
             token);
    response = simulator_call(&simulator, &(struct call){.source = SIEM, .body = body}, NULL);
    assert_int_equal(response.status, 400);
    assert_non_null(strstr(response.body.data, "err_audit_siem_invalid_token"));
    response_free(&response);
    response = simulator_call(&simulator, &(struct call){.source = SIEM}, NULL);
    assert_non_null(strstr(response.body.data, "\"isLastToken\":true"));
    response_free(&response);
    assert_int_equal(simulator_violations(&simulator), 0);
}

static void rate_limit_and_expiry(void **state)
{
    (void)state;
    static const char *const options[] = {"--events", "100", "--rate-limit", "3/10m", "--key-expiry",
                                          "1h",       NULL};
    struct simulator limited;
    simulator_start(&limited, true, options);
    static const char *const remaining[] = {"2", "1", "0"};
    for (size_t i = 0; i < 4; i++) {
        struct response response = simulator_call(&limited, &(struct call){.source = DLP}, NULL);
        assert_int_equal(response.status, i < 3 ? 200 : 429);
        if (i < 3) assert_string_equal(response_header(&response, "x-ratelimit-remaining"), remaining[i]);
        assert_string_equal(response_header(&response, "x-ratelimit-reset"), "600000");
        response_free(&response);
    }
    assert_int_equal(simulator_violations(&limited), 0);
    simulator_advance(&limited, 10 * MINUTE);
    struct response response = simulator_call(&limited, &(struct call){.source = DLP}, NULL);
    assert_int_equal(response.status, 200);
    response_free(&response);
    simulator_advance(&limited, 50 * MINUTE);
    static const long expected[] = {418, 200}; /* of the first and the second generation of keys */
    for (unsigned generation = 0; generation < 2; generation++) {
        response = simulator_call(&limited, &(struct call){.source = DLP, .generation = generation}, NULL);
        assert_int_equal(response.status, expected[generation]);
        response_free(&response);
    }
    assert_int_equal(simulator_violations(&limited), 0);
    simulator_stop(&limited);
}

static void menu(void **state)
{
    (void)state;
    static const struct {
        const char *specification;
        size_t rules; /* 0 = refused */
    } rows[] = {
        {"429=2%", 1},
        {"429=2%,500=0.5%", 2},
        {"siem:truncated-zip=5%", 1},
        {"siem:permanent:flipped-byte=1%", 1},
        {"slow=1%@2s", 1},
        {"all=1%", 20},
        {"permanent:all=1%", 9},
        {"nonsense=1%", 0},
        {"429", 0},
        {"429=2", 0},
        {"429=200%", 0},
        {"429=-1%", 0},
        {"mail:429=1%", 0},
        {"permanent:429=1%", 0},
        {"slow=1%@soon", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct fault_menu faults;
        char problem[160];
        faults = (struct fault_menu){0};
        assert_int_equal(faults_set(&faults, rows[i].specification, problem), rows[i].rules > 0);
        if (faults.rule_count != rows[i].rules)
            fail_msg("%s: %zu rules", rows[i].specification, faults.rule_count);
    }
}

static void private_key(void **state)
{
    (void)state;
    char path[128];
    struct stat status;
    snprintf(path, sizeof path, "%s/server.key", simulator.directory);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    static const char *const names[] = {"ca.key", "ca.srl"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", simulator.directory, names[i]);
        assert_int_equal(stat(path, &status), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_fault),
                                       cmocka_unit_test(believing_a_wrong_date),
                                       cmocka_unit_test(passing_damage),
                                       cmocka_unit_test(permissions),
                                       cmocka_unit_test(keys),
                                       cmocka_unit_test(publishing),
                                       cmocka_unit_test(rate_limit_and_expiry),
                                       cmocka_unit_test(menu),
                                       cmocka_unit_test(private_key)};
    return cmocka_run_group_tests(tests, start, stop);
}

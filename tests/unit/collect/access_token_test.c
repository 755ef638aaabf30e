/* Accounts whose requests need an access token, against a scripted vendor: how often a token is asked for,
 * what happens when one is refused, and what trouble of the token endpoint means. */
#include "../captured.h"
#include "stream_fixture.h"

#define LIFETIME (10 * MINUTE)

static const postern_auth toy_token_auth = {.size = sizeof toy_token_auth,
                                            .name = "toys/1",
                                            .title = "Toys by token",
                                            .scheme = "oauth2-client-credentials",
                                            .token_path = "/token",
                                            .credentials = toy_client_keys,
                                            .refused_help = "look into the toy box"};

/* A source with as many streams as the vendor has event types. */
#define MANY 20
static postern_stream many_streams[MANY];
static const postern_stream *many_list[MANY + 1];
static char many_names[MANY][16];

static struct {
    int tokens, requests, refuse; /* the next so many requests get a 401 */
    int endpoint_status;          /* of the token endpoint; 0 = it cannot be reached */
    int64_t issued_ms;
    bool was_late; /* a request came with no token, or an old one */
} vendor;

static void script_token(struct flight *flight)
{
    assert_string_equal(flight->exchange->method, "POST");
    assert_null(flight->exchange->sign);
    assert_true(text_is(flight->exchange->body,
                        "grant_type=client_credentials&client_id=me&client_secret=HI%2BDDEN"));
    vendor.tokens++;
    flight->status = vendor.endpoint_status;
    if (flight->status != 200) {
        say(flight, "{\"error\":\"invalid_client\",\"error_description\":\"HI+DDEN\"}");
        return;
    }
    buffer_printf(&flight->body, "{\"access_token\":\"t%d\",\"token_type\":\"bearer\",\"expires_in\":%lld}",
                  vendor.tokens, LIFETIME / 1000);
    vendor.issued_ms = world.time_ms;
}

static void script(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)n;
    if (strstr(flight->exchange->url, ".example/token")) {
        script_token(flight);
        return;
    }
    vendor.requests++;
    char newest[32];
    snprintf(newest, sizeof newest, "Bearer t%d", vendor.tokens);
    bool renewed_meanwhile = world.time_ms - vendor.issued_ms < SECOND;
    bool late = world.time_ms - vendor.issued_ms >= LIFETIME ||
                (strcmp(flight->bearer, newest) != 0 && !(flight->bearer[0] && renewed_meanwhile));
    vendor.was_late = vendor.was_late || late;
    if (vendor.refuse) {
        vendor.refuse--;
        flight->status = 401;
        return;
    }
    say(flight, which == WINDOW ? "nothing\n" : "nothing\nkeep\n");
}

static void begin_with_token(void)
{
    begin(1, script);
    memset(&vendor, 0, sizeof vendor);
    vendor.endpoint_status = 200;
    struct config_account *account = &bench.config.accounts[0];
    auth_credentials_release(&account->credentials);
    account->credentials = (struct auth_credentials){{secret_new(TEXT("me")), secret_new(TEXT("HI+DDEN"))}};
    account->profile = &toy_token_auth;
}

static void all_are_due(void)
{
    struct account *account = bench.fleet->accounts[0];
    for (size_t i = 0; i < account->stream_count; i++)
        account->streams[i].pace.due_ms = world.time_ms;
}

static void test_renewed_before_it_expires(void **state)
{
    (void)state;
    begin_with_token();
    bench.config.source.interval_ms = 7 * SECOND;
    build();
    go(7);
    run_for(HOUR);
    assert_true(vendor.requests > 1000);
    assert_false(vendor.was_late);
    assert_in_range(vendor.tokens, 7, 7); /* each serves for nine of its ten minutes */
    assert_int_equal(world.accounts[0].failure_count, 0);
    end();
}

static void test_counts_as_a_request_of_its_second(void **state)
{
    (void)state;
    begin_with_token();
    world.latency_ms = 1; /* all requests take the same time: the vendor sees what was sent */
    bench.config.config.http.requests_per_second = 1;
    build();
    go(1u << TOKEN);
    run_for(MINUTE);
    assert_int_equal(vendor.tokens, 1);
    int64_t asked_ms = vendor.issued_ms - WORLD_START;
    assert_int_equal(bench.seen[0][TOKEN].at_ms[0], asked_ms + SECOND);
    end();
}

static void begin_with_many(void)
{
    static const postern_source *sources[2];
    static postern_source many;
    static postern_module module;
    begin_with_token();
    many = toy_source;
    many.name = "many";
    for (size_t i = 0; i < MANY; i++) {
        many_streams[i] = toy_token;
        snprintf(many_names[i], sizeof many_names[i], "many-%c", (char)('a' + i));
        many_streams[i].name = many_names[i];
        many_list[i] = &many_streams[i];
    }
    many.streams = many_list;
    sources[0] = &many;
    module = toy_module;
    module.name = "many";
    module.sources = sources;
    module.auths = NULL;
    postern_error error = ERROR_INIT;
    if (registry_add(bench.config.registry, &module, "many", &error) < 0) fail_msg("%s", error.message);
    snprintf(bench.config.source.name, sizeof bench.config.source.name, "many");
}

static void test_one_request_for_all_streams(void **state)
{
    (void)state;
    begin_with_many();
    bench.once = true; /* all at once */
    build();
    assert_int_equal(bench.fleet->stream_count, MANY);
    all_are_due();
    fleet_go(bench.fleet);
    run_for(MINUTE);
    assert_int_equal(vendor.requests, MANY);
    assert_int_equal(vendor.tokens, 1);
    assert_false(vendor.was_late);
    end();
}

/* What is logged meanwhile. */
static void run_with_log(int64_t ms, char *text, size_t size)
{
    struct captured captured;
    captured_begin(&captured);
    log_set_level(POSTERN_LOG_WARNING);
    run_for(ms);
    log_set_level(0);
    captured_end(&captured, text, size);
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    while ((text = strstr(text, part)) != NULL) {
        count++;
        text += strlen(part);
    }
    return count;
}

/* However many streams wait, and however often it is tried. */
static void test_trouble_of_the_endpoint_is_said_once(void **state)
{
    (void)state;
    static char log[1 << 16];
    begin_with_many();
    vendor.endpoint_status = 503;
    build();
    all_are_due();
    fleet_go(bench.fleet);
    run_with_log(HOUR, log, sizeof log);
    if (count_of(log, "\n") != 1 || count_of(log, "no access token: the server answered HTTP 503") != 1)
        fail_msg("logged:\n%s", log);
    assert_true(vendor.tokens > 5);
    assert_non_null(strstr(trouble_error(world_stream(many_names[0])->record.trouble), "HTTP 503"));
    vendor.endpoint_status = 0; /* another cause */
    run_with_log(HOUR, log, sizeof log);
    if (count_of(log, "\n") != 1 || count_of(log, "no access token: ") != 1) fail_msg("logged:\n%s", log);
    vendor.endpoint_status = 200;
    run_with_log(HOUR, log, sizeof log);
    assert_string_equal(log, "");
    vendor.endpoint_status = 0; /* it worked meanwhile: that is news */
    run_with_log(HOUR, log, sizeof log);
    if (count_of(log, "\n") != 1) fail_msg("logged:\n%s", log);
    end();
}

static void test_a_refused_token_is_replaced_once(void **state)
{
    (void)state;
    begin_with_token();
    vendor.refuse = 1; /* for no reason */
    build();
    go(1u << WINDOW);
    run_for(5 * SECOND);
    assert_int_equal(vendor.requests, 2);
    assert_int_equal(vendor.tokens, 2);
    assert_int_equal(world.accounts[0].failure_count, 0);
    assert_int_equal(world.accounts[0].status, ACCOUNT_CONNECTED);
    assert_int_equal(record_of(WINDOW)->state, STREAM_OK);
    end();

    begin_with_token();
    vendor.refuse = 2;
    build();
    go(1u << WINDOW);
    run_for(2 * SECOND);
    assert_int_equal(vendor.requests, 2);
    assert_int_equal(vendor.tokens, 2);
    assert_int_equal(world.accounts[0].failure_count, 1); /* then it counts */
    assert_non_null(strstr(trouble_error(world.accounts[0].trouble), "HTTP 401"));
    end();
}

static void test_trouble_of_the_endpoint_is_no_refusal(void **state)
{
    (void)state;
    static const int statuses[] = {0, 503, 400 + 29};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        begin_with_token();
        vendor.endpoint_status = statuses[i];
        build();
        all_are_due();
        go(7);
        run_for(30 * MINUTE);
        assert_int_equal(vendor.requests, 0);
        assert_in_range(vendor.tokens, 2, 15); /* 5, 10, 20 ... 300 s, for all streams together */
        assert_int_equal(world.accounts[0].failure_count, 0);
        assert_int_equal(world.accounts[0].status, ACCOUNT_PENDING);
        assert_non_null(strstr(trouble_error(record_of(WINDOW)->trouble), "no access token: "));
        vendor.endpoint_status = 200;
        run_for(HOUR);
        assert_int_equal(world.accounts[0].status, ACCOUNT_CONNECTED);
        assert_int_equal(record_of(WINDOW)->state, STREAM_OK);
        end();
    }
}

static void test_refused_credentials(void **state)
{
    (void)state;
    begin_with_token();
    vendor.endpoint_status = 401;
    build();
    all_are_due();
    go(7);
    run_for(SECOND * 3);
    assert_int_equal(vendor.tokens, 1);
    assert_int_equal(world.accounts[0].failure_count, 1); /* once, not for each stream */
    run_for(2 * HOUR + 10 * MINUTE);
    assert_int_equal(world.accounts[0].status, ACCOUNT_FAILED);
    assert_int_equal(vendor.requests, 0);
    assert_string_equal(trouble_error(world.accounts[0].trouble),
                        "no access token: the token endpoint refused the credentials (HTTP 401)");
    assert_string_equal(trouble_remedy(world.accounts[0].trouble), "look into the toy box");
    int before = vendor.tokens;
    run_for(3 * HOUR);
    assert_in_range(vendor.tokens - before, 11, 13); /* one probe per 15 minutes */
    end();
}

/* A new application needs up to half an hour: until then nothing has failed, and it is looked for often. */
static void test_an_application_that_is_not_live_yet(void **state)
{
    (void)state;
    begin_with_token();
    vendor.endpoint_status = 401;
    build();
    all_are_due();
    go(7);
    for (int i = 0; i < 29; i++) {
        run_for(MINUTE);
        assert_int_equal(world.accounts[0].status, ACCOUNT_PENDING);
    }
    assert_in_range(vendor.tokens, 9, 14); /* 5, 10, 20 ... 300 s */
    assert_int_equal(vendor.requests, 0);
    vendor.endpoint_status = 200;
    run_for(6 * MINUTE);
    assert_int_equal(world.accounts[0].status, ACCOUNT_CONNECTED);
    for (int which = WINDOW; which <= FILES_STREAM; which++)
        assert_int_equal(record_of(which)->state, STREAM_OK);
    end();
}

/* What is asked again with a fresh token has been asked twice; the token itself is no call of a stream. */
static void test_a_repeat_counts_under_the_quota(void **state)
{
    (void)state;
    begin_with_token();
    bench.config.source.quota_calls = 3;
    bench.config.source.quota_window_ms = 30 * MINUTE;
    vendor.refuse = 1000;
    build();
    go(1u << TOKEN);
    run_for(25 * MINUTE);
    assert_int_equal(vendor.requests, 3);
    assert_true(vendor.tokens >= 2);
    end();
}

/* What the endpoint says may hold what it was sent. */
static void test_its_words_are_not_kept(void **state)
{
    (void)state;
    static const int statuses[] = {400, 401, 403, 404, 418, 500, 302};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        begin_with_token();
        vendor.endpoint_status = statuses[i];
        char *log = NULL;
        size_t log_size = 0;
        FILE *usual = stderr, *kept = open_memstream(&log, &log_size);
        stderr = kept;
        log_set_level(POSTERN_LOG_DEBUG);
        build();
        all_are_due();
        go(7);
        run_for(HOUR);
        log_set_level(0);
        stderr = usual;
        fclose(kept);
        assert_true(vendor.tokens > 0);
        assert_null(strstr(log, "DDEN"));
        for (int which = WINDOW; which <= FILES_STREAM; which++) {
            assert_null(strstr(trouble_error(record_of(which)->trouble), "DDEN"));
            assert_null(strstr(trouble_remedy(record_of(which)->trouble), "DDEN"));
        }
        assert_null(strstr(trouble_error(world.accounts[0].trouble), "DDEN"));
        free(log);
        end();
    }
}

static void script_echo(struct flight *flight, int account, int which, int n)
{
    bool is_token = strstr(flight->exchange->url, ".example/token");
    script(flight, account, which, n);
    if (is_token) return;
    flight->body.size = 0;
    say(flight, "error you are HI+DDEN, and came with HI+DDEN\n");
}

/* An endpoint that repeats what it was sent, in the words of its refusal. */
static void test_what_a_vendor_repeats_is_not_kept(void **state)
{
    (void)state;
    begin_with_token();
    bench.script = script_echo;
    build();
    go(1u << TOKEN);
    run_for(MINUTE);
    assert_string_equal(trouble_error(record_of(TOKEN)->trouble),
                        "the vendor said you are ..., and came with ...");
    end();
}

static void test_words_are_concealed(void **state)
{
    (void)state;
    static const struct {
        const char *words, *shown;
    } rows[] = {
        {"", ""},
        {"client-secret-0123456789", "..."},
        {"a client-secret-0123456789client-secret-0123456789b", "a ......b"},
        {"cut: client-secret-01", "cut: ..."},
        {"a client-secret is missing", "a ... is missing"}, /* rather too much */
        {"a client is missing", "a client is missing"},
        {"Bearer token-9876543210.", "Bearer ...."},
        {"me and you", "me and you"},
    };
    struct access access = {
        .credentials = {{secret_new(TEXT("me")), secret_new(TEXT("client-secret-0123456789"))}},
        .token = secret_new(TEXT("token-9876543210"))};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        postern_error error = ERROR_INIT;
        snprintf(error.message, sizeof error.message, "%s", rows[i].words);
        snprintf(error.remedy, sizeof error.remedy, "%s", rows[i].words);
        access_conceal(&access, &error);
        assert_int_equal(access_is_told(&access, text_of(rows[i].words)),
                         strcmp(rows[i].words, rows[i].shown) != 0);
        assert_string_equal(error.message, rows[i].shown);
        assert_string_equal(error.remedy, rows[i].shown);
    }
    access_release(&access);
}

int main(void)
{
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_renewed_before_it_expires),
        cmocka_unit_test(test_counts_as_a_request_of_its_second),
        cmocka_unit_test(test_one_request_for_all_streams),
        cmocka_unit_test(test_trouble_of_the_endpoint_is_said_once),
        cmocka_unit_test(test_a_refused_token_is_replaced_once),
        cmocka_unit_test(test_trouble_of_the_endpoint_is_no_refusal),
        cmocka_unit_test(test_refused_credentials),
        cmocka_unit_test(test_an_application_that_is_not_live_yet),
        cmocka_unit_test(test_a_repeat_counts_under_the_quota),
        cmocka_unit_test(test_its_words_are_not_kept),
        cmocka_unit_test(test_what_a_vendor_repeats_is_not_kept),
        cmocka_unit_test(test_words_are_concealed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

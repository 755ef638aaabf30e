/* Exchanges that bring no answer, one that cannot be used, or are not even sent; each with its words. */
#include "exchange_fixture.h"

/* ---- No answer */

static void broken_answers_are_told_apart(void **state)
{
    static const struct {
        const char *path, *words;
    } rows[] = {
        {"/reset", "broke after"},
        {"/short", "broke after"},
        {"/short-chunk", "broke after"},
        {"/nothing", "broke after 0 bytes of the answer (closed by the other side)"},
        {"/nonsense", "failed"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct client_call call;
        ask(*state, &call, rows[i].path);
        assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
        assert_contains(call.exchange.error.message, rows[i].words);
        assert_contains(call.exchange.error.message, rows[i].path);
        assert_int_equal(call.exchange.status, 0);
        assert_int_equal(call.exchange.answer_body.size, 0);
        assert_int_equal(call.exchange.tries, 1);
        client_clear(&call);
    }
}

static void a_redirect_is_not_followed(void **state)
{
    struct fixture *fixture = *state;
    struct client_call call;
    int before = server_requests(fixture->server);
    ask(fixture, &call, "/redirect?signature=HIDDEN");
    assert_int_equal(call.exchange.status, 302);
    assert_int_equal(call.exchange.error.code, POSTERN_OK);
    assert_string_equal(call.exchange.error.message,
                        "the server redirects (302) to login.test/in, which is not followed");
    assert_int_equal(server_requests(fixture->server), before + 1);
    client_clear(&call);
}

static void waiting_ends(void **state)
{
    static const struct {
        const char *path, *words;
        int64_t idle_ms, total_ms;
    } rows[] = {
        /* not one byte */
        {"/silent", "no answer from 127.0.0.1/silent in time (3s)", 3000, 60000},
        /* the rest never comes */
        {"/stalled", "the answer of 127.0.0.1/stalled was not complete in time (3s", 3000, 60000},
        /* never idle, but never done */
        {"/drip", "the answer of 127.0.0.1/drip was not complete in time (3s", 30000, 3000},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_settings settings = client_settings(NULL);
        settings.idle_timeout_ms = rows[i].idle_ms;
        settings.timeout_ms = rows[i].total_ms;
        struct network *network = client_start(&settings);
        struct client_call call;
        char url[64];
        snprintf(url, sizeof url, "http://127.0.0.1:%%d%s?secret=HIDDEN", rows[i].path);
        client_prepare(&call, network, url, fixture->server->port);
        client_perform(&call);
        assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
        assert_contains(call.exchange.error.message, rows[i].words);
        assert_null(strstr(call.exchange.error.message, "HIDDEN"));
        client_clear(&call);
        network_stop(network);
    }
}

static void an_exchange_has_its_own_timeout(void **state)
{
    struct fixture *fixture = *state;
    struct client_call call;
    client_prepare(&call, fixture->network, "http://127.0.0.1:%d/silent", fixture->server->port);
    call.exchange.timeout_ms = 2000;
    client_perform(&call);
    assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
    assert_contains(call.exchange.error.message, "in time (2s)");
    client_clear(&call);
}

static void a_closed_port_is_named(void **state)
{
    struct fixture *fixture = *state;
    int port, held = bound_socket(&port); /* which nobody else gets, and nobody listens at */
    struct client_call call;
    client_prepare(&call, fixture->network, "http://127.0.0.1:%d/", port);
    client_perform(&call);
    assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
    assert_string_equal(call.exchange.error.message, "no connection to 127.0.0.1 (Connection refused)");
    assert_contains(call.exchange.error.remedy, "firewall");
    assert_int_equal(call.exchange.tries, 0);
    client_clear(&call);
    close(held);
}

/* ---- What is not even sent */

static void bad_requests_are_refused(void **state)
{
    static const struct {
        const char *method, *url;
        bool download;
        postern_status status;
        const char *words;
    } rows[] = {
        {"GET", "http://eu-api.example/?secret=HIDDEN", false, POSTERN_E_CONFIG,
         "the URL of eu-api.example is not https"},
        {"GET", "ftp://127.0.0.1/HIDDEN", false, POSTERN_E_CONFIG, "is not https"},
        {"GET", "file:///etc/HIDDEN", false, POSTERN_E_CONFIG, "the URL to ask"},
        {"GET", "not a URL HIDDEN", false, POSTERN_E_CONFIG, "not a valid one"},
        {"GET", "", false, POSTERN_E_CONFIG, "not a valid one"},
        {"GET", "https://user:HIDDEN@eu-api.example/", false, POSTERN_E_CONFIG, "user name or password"},
        {"BREW", "https://eu-api.example/", false, POSTERN_E_INVALID, "no such method of HTTP: BREW"},
        /* downloads: https, public */
        {"GET", "http://127.0.0.1/HIDDEN", true, POSTERN_E_RETRY, "127.0.0.1 is not a public one"},
        {"GET", "https://127.0.0.1/", true, POSTERN_E_RETRY, "127.0.0.1 is not a public one"},
        {"GET", "https://localhost/", true, POSTERN_E_RETRY, "localhost is not a public one"},
        {"GET", "https://169.254.169.254/latest", true, POSTERN_E_RETRY, "is not a public one"},
        {"GET", "https://[fe80::1]/", true, POSTERN_E_RETRY, "is not a public one"},
        {"GET", "https://[fd00::1]/", true, POSTERN_E_RETRY, "is not a public one"},
        {"GET", "https://[::ffff:10.0.0.1]/", true, POSTERN_E_RETRY, "is not a public one"},
        {"GET", "https://[::ffff:7f00:1]/", true, POSTERN_E_RETRY, "is not a public one"},
        {"GET", "https://[64:ff9b::a9fe:a9fe]/", true, POSTERN_E_RETRY, "is not a public one"},
        {"GET", "https://10.1.2.3/HIDDEN?HIDDEN", true, POSTERN_E_RETRY, "is not a public one"},
        /* other ways to write 127.0.0.1: not every reader sees the address in them */
        {"GET", "https://127.1/", true, POSTERN_E_CONFIG, "it names no valid host"},
        {"GET", "https://0x7f000001/", true, POSTERN_E_CONFIG, "it names no valid host"},
        {"GET", "https://2130706433/", true, POSTERN_E_CONFIG, "it names no valid host"},
        {"GET", "https://0177.0.0.1/", true, POSTERN_E_CONFIG, "it names no valid host"},
        {"GET", "https://0x7f.1/", true, POSTERN_E_CONFIG, "it names no valid host"},
        {"GET", "https://localhost./", true, POSTERN_E_CONFIG, "it names no valid host"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct client_call call;
        client_prepare(&call, fixture->network, "", 0);
        call.exchange.method = rows[i].method;
        call.exchange.url = rows[i].url;
        call.exchange.credentialless = rows[i].download;
        if (rows[i].download) call.exchange.sign = NULL;
        client_perform(&call);
        if (call.exchange.error.code != rows[i].status || !strstr(call.exchange.error.message, rows[i].words))
            fail_msg("row %zu: %d %s", i, call.exchange.error.code, call.exchange.error.message);
        assert_null(strstr(call.exchange.error.message, "HIDDEN"));
        assert_int_equal(call.exchange.tries, 0);
        client_clear(&call);
    }
}

static postern_status sign_nothing(struct http_exchange *exchange, postern_arena *arena,
                                   postern_pair *headers, size_t capacity, size_t *count,
                                   postern_error *error)
{
    (void)exchange, (void)arena, (void)headers, (void)capacity, (void)count;
    return error_set(error, POSTERN_E_CREDENTIALS, "no token yet");
}

static postern_status sign_with_smuggled_header(struct http_exchange *exchange, postern_arena *arena,
                                                postern_pair *headers, size_t capacity, size_t *count,
                                                postern_error *error)
{
    (void)exchange, (void)arena, (void)capacity, (void)error;
    headers[0] = (postern_pair){TEXT("Authorization"), TEXT("MC x\r\nX-Smuggled: HIDDEN")};
    *count = 1;
    return POSTERN_OK;
}

static void what_cannot_be_signed_is_not_sent(void **state)
{
    struct fixture *fixture = *state;
    int before = server_requests(fixture->server);
    struct client_call call;
    client_prepare(&call, fixture->network, "http://127.0.0.1:%d/", fixture->server->port);
    call.exchange.sign = sign_nothing;
    client_perform(&call);
    assert_int_equal(call.exchange.error.code, POSTERN_E_CREDENTIALS);
    assert_string_equal(call.exchange.error.message, "no token yet");
    client_clear(&call);

    client_prepare(&call, fixture->network, "http://127.0.0.1:%d/", fixture->server->port);
    call.exchange.sign = sign_with_smuggled_header;
    client_perform(&call);
    assert_int_equal(call.exchange.error.code, POSTERN_E_INVALID);
    assert_null(strstr(call.exchange.error.message, "HIDDEN"));
    client_clear(&call);
    assert_int_equal(server_requests(fixture->server), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_answers_are_told_apart),
        cmocka_unit_test(a_redirect_is_not_followed),
        cmocka_unit_test(waiting_ends),
        cmocka_unit_test(an_exchange_has_its_own_timeout),
        cmocka_unit_test(a_closed_port_is_named),
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(what_cannot_be_signed_is_not_sent),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* A kept connection that dies under a request: libcurl would send the same bytes again, old signature and
 * all. Each request id may reach the server at most once, and the exchange goes on by itself, signed afresh.
 */
#include "../unit.h"
#include "http/transfer.h"

#include "client.h"
#include "test_server.h"

enum death { CLOSES, RESETS };

struct script {
    enum death death;
    bool fresh_too; /* also lets the first request of a connection die */
    int keeps;      /* requests that a connection answers before it dies */
};

static bool dies_after_a_while(struct test_connection *connection, const struct test_request *request)
{
    const struct script *script = connection->server->context;
    if (script->fresh_too || request->on_connection > script->keeps) {
        if (script->death == RESETS) connection_reset_on_close(connection);
        return false;
    }
    return answer_with(connection, "", "ok", 2);
}

static void each_id_was_seen_once(const struct test_server *server)
{
    for (int i = 0; i < server->request_count; i++) {
        assert_int_equal(strlen(server->ids[i]), 36);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(server->ids[i], server->ids[k]);
    }
}

static void run(struct script *script, SSL_CTX *tls, const char *ca_file, const char *method)
{
    struct test_server *server = server_new(tls, dies_after_a_while, script);
    struct http_settings settings = client_settings(ca_file);
    struct network *network = client_start(&settings);
    int tries = 0;
    for (int i = 0; i < 12; i++) {
        struct client_call call;
        client_prepare(&call, network, tls ? "https://127.0.0.1:%d/" : "http://127.0.0.1:%d/", server->port);
        call.exchange.method = method;
        if (*method == 'P') call.exchange.body = (postern_text){"{}", 2};
        client_perform(&call);
        assert_string_equal(call.exchange.error.message, "");
        assert_int_equal(call.exchange.status, 200);
        assert_text(call.exchange.answer_body, "ok");
        /* One that dies on a kept connection is tried once more, on a new one. */
        bool dies = i > 0 && i % script->keeps == 0;
        assert_int_equal(call.exchange.tries, dies ? 2 : 1);
        assert_int_equal(call.signs, call.exchange.tries);
        tries += call.exchange.tries;
        client_clear(&call);
    }
    assert_int_equal(server_requests(server), tries);
    each_id_was_seen_once(server);
    network_stop(network);
    server_free(server);
}

static void over_plain_http(void **state)
{
    (void)state;
    struct script closes = {CLOSES, false, 3}, resets = {RESETS, false, 2};
    run(&closes, NULL, NULL, "GET");
    run(&closes, NULL, NULL, "POST");
    run(&resets, NULL, NULL, "POST");
}

static void over_tls(void **state)
{
    (void)state;
    char ca_file[] = "/tmp/postern-ca-XXXXXX";
    close(mkstemp(ca_file));
    struct test_authority authority = authority_new("resend");
    authority_write(&authority, ca_file);
    struct script closes = {CLOSES, false, 3}, resets = {RESETS, false, 2};
    run(&closes, tls_context(&authority, "IP:127.0.0.1", -60, 3600), ca_file, "GET");
    run(&closes, tls_context(&authority, "IP:127.0.0.1", -60, 3600), ca_file, "POST");
    run(&resets, tls_context(&authority, "IP:127.0.0.1", -60, 3600), ca_file, "POST");
    authority_free(&authority);
    unlink(ca_file);
}

/* Not a matter of kept connections: the caller decides whether to ask again. */
static void a_new_connection_that_dies_is_an_error(void **state)
{
    (void)state;
    struct script dies = {CLOSES, true, 0};
    struct test_server *server = server_new(NULL, dies_after_a_while, &dies);
    struct http_settings settings = client_settings(NULL);
    struct network *network = client_start(&settings);
    struct client_call call;
    client_prepare(&call, network, "http://127.0.0.1:%d/", server->port);
    client_perform(&call);
    assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
    assert_int_equal(call.exchange.tries, 1);
    assert_int_equal(server_requests(server), 1);
    client_clear(&call);
    network_stop(network);
    server_free(server);
}

/* The second try meets a new connection that dies as well: that is the end, whatever else is kept. */
static bool dies_on_demand(struct test_connection *connection, const struct test_request *request)
{
    if (strstr(request->head, "GET /die")) return false;
    return answer_with(connection, "", "ok", 2);
}

static void there_is_no_third_try(void **state)
{
    (void)state;
    struct test_server *server = server_new(NULL, dies_on_demand, NULL);
    struct http_settings settings = client_settings(NULL);
    struct network *network = client_start(&settings);
    struct client_call call;
    client_prepare(&call, network, "http://127.0.0.1:%d/", server->port);
    client_perform(&call);
    client_clear(&call);
    client_prepare(&call, network, "http://127.0.0.1:%d/die", server->port);
    client_perform(&call);
    assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
    assert_int_equal(call.exchange.tries, 2);
    client_clear(&call);
    assert_int_equal(server_requests(server), 3);
    each_id_was_seen_once(server);
    network_stop(network);
    server_free(server);
}

/* A connection that was closed while it lay idle is noticed before anything is sent. */
static bool answers_and_closes(struct test_connection *connection, const struct test_request *request)
{
    (void)request;
    return answer_with(connection, "", "ok", 2) && false;
}

static void a_connection_closed_while_idle_costs_nothing(void **state)
{
    (void)state;
    struct test_server *server = server_new(NULL, answers_and_closes, NULL);
    struct http_settings settings = client_settings(NULL);
    struct network *network = client_start(&settings);
    for (int i = 0; i < 5; i++) {
        struct client_call call;
        client_prepare(&call, network, "http://127.0.0.1:%d/", server->port);
        client_perform(&call);
        assert_int_equal(call.exchange.status, 200);
        assert_int_equal(call.exchange.tries, 1);
        client_clear(&call);
        server_wait_closed(server, i + 1);
    }
    assert_int_equal(server_requests(server), 5);
    network_stop(network);
    server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_plain_http),
        cmocka_unit_test(over_tls),
        cmocka_unit_test(a_new_connection_that_dies_is_an_error),
        cmocka_unit_test(there_is_no_third_try),
        cmocka_unit_test(a_connection_closed_while_idle_costs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

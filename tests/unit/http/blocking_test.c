/* Exchanges on the caller's thread: methods, limits, the wish to stop, kept connections, many threads. What
 * one exchange may meet besides is tested in exchange_test, resend_test and tls_test, which run the same
 * code. */
#include "../unit.h"
#include "base/real_time.h"
#include "base/text.h"
#include "http/blocking.h"

#include "client.h"
#include "test_server.h"
#include <zlib.h>

/* ---- A server that answers by path */

static bool echo(struct test_connection *connection, const struct test_request *request)
{
    char head[256], method[16] = "", coding[64];
    sscanf(request->head, "%15s", method);
    request_header(request, "content-encoding", coding, sizeof coding);
    snprintf(head, sizeof head, "X-Method: %s\r\nX-Coding: %s\r\nX-Connection: %d\r\nX-Nth: %d\r\n", method,
             coding, connection->number, request->on_connection);
    return answer_with(connection, head, request->body, strcmp(method, "HEAD") ? request->body_size : 0);
}

static bool endless_trailers(struct test_connection *connection)
{
    connection_say(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n");
    while (connection_say(connection, "X-Trailer: and one more, and another, and another\r\n"))
        continue;
    return false;
}

static bool handle(struct test_connection *connection, const struct test_request *request)
{
    char path[64] = "";
    sscanf(request->head, "%*s %63s", path);
    path[strcspn(path, "?")] = '\0';
    if (!strcmp(path, "/trailers"))
        return connection_say(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Head: 1\r\n\r\n"
                                          "0\r\nX-Trailer: 1\r\n\r\n");
    if (!strcmp(path, "/endless-trailers")) return endless_trailers(connection);
    if (!strcmp(path, "/huge-head"))
        return connection_say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
    if (!strcmp(path, "/redirect"))
        return connection_say(connection,
                              "HTTP/1.1 302 Found\r\nLocation: /secret\r\nContent-Length: 0\r\n\r\n");
    if (!strcmp(path, "/silent")) {
        if (connection->server->context) sem_post(connection->server->context);
        connection_wait_for_close(connection);
        return false;
    }
    return echo(connection, request);
}

/* ---- The client's side */

struct call {
    struct http_exchange exchange;
    char url[160];
};

static struct blocking_client *new_client(const struct http_settings *settings)
{
    struct blocking_client *client = NULL;
    postern_error error = ERROR_INIT;
    must(blocking_client_new(settings, &client, &error) == POSTERN_OK, error.message);
    return client;
}

static void prepare(struct call *call, const char *method, const char *scheme, int port, const char *path)
{
    *call = (struct call){.exchange = {.method = method, .url = call->url}};
    snprintf(call->url, sizeof call->url, "%s://127.0.0.1:%d%s", scheme, port, path);
}

static void run(struct blocking_client *client, struct call *call)
{
    blocking_client_run(client, &call->exchange, NULL, NULL);
}

static struct http_settings plain_settings(void)
{
    struct http_settings settings = client_settings(NULL);
    settings.spill_directory = NULL;
    return settings;
}

/* ---- Requests and answers */

static void methods_go_out_as_they_are(void **state)
{
    static const struct {
        const char *method, *body;
        bool comes_back;
    } rows[] = {
        {"GET", "", false},         {"POST", "{}", true},    {"POST", "", false},
        {"PUT", "{\"a\":1}", true}, {"PATCH", "x", true},    {"PUT", "", false},
        {"DELETE", "", false},      {"DELETE", "ids", true}, {"HEAD", "", false},
    };
    (void)state;
    struct test_server *server = server_new(NULL, handle, NULL);
    struct http_settings settings = plain_settings();
    struct blocking_client *client = new_client(&settings);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct call call;
        prepare(&call, rows[i].method, "http", server->port, "/echo");
        call.exchange.body = text_of(rows[i].body);
        run(client, &call);
        assert_string_equal(call.exchange.error.message, "");
        assert_int_equal(call.exchange.status, 200);
        assert_text(http_header(&call.exchange, "x-method"), rows[i].method);
        assert_text(call.exchange.answer_body, rows[i].comes_back ? rows[i].body : "");
        http_exchange_clear(&call.exchange);
    }
    blocking_client_free(client);
    server_free(server);
}

static void connections_are_kept(void **state)
{
    (void)state;
    struct test_server *server = server_new(NULL, handle, NULL);
    struct http_settings settings = plain_settings();
    struct blocking_client *client = new_client(&settings);
    for (int i = 1; i <= 5; i++) {
        struct call call;
        char nth[16];
        snprintf(nth, sizeof nth, "%d", i);
        prepare(&call, "POST", "http", server->port, "/echo");
        run(client, &call);
        assert_text(http_header(&call.exchange, "x-nth"), nth);
        http_exchange_clear(&call.exchange);
    }
    assert_int_equal(server_connections(server), 1);
    blocking_client_free(client);
    server_free(server);
}

static void trailers_are_counted_and_are_no_headers(void **state)
{
    (void)state;
    struct test_server *server = server_new(NULL, handle, NULL);
    struct http_settings settings = plain_settings();
    struct blocking_client *client = new_client(&settings);
    struct call call;
    prepare(&call, "GET", "http", server->port, "/trailers");
    run(client, &call);
    assert_int_equal(call.exchange.status, 200);
    assert_text(http_header(&call.exchange, "x-head"), "1");
    assert_int_equal(http_header(&call.exchange, "x-trailer").size, 0);
    http_exchange_clear(&call.exchange);

    prepare(&call, "GET", "http", server->port, "/endless-trailers");
    run(client, &call);
    assert_int_equal(call.exchange.error.code, POSTERN_E_LIMIT);
    assert_contains(call.exchange.error.message, "headers");
    http_exchange_clear(&call.exchange);
    blocking_client_free(client);
    server_free(server);
}

static void the_size_limit_is_one_of_the_body(void **state)
{
    (void)state;
    static const char body[] = "0123456789abcdef";
    struct test_server *server = server_new(NULL, handle, NULL);
    struct http_settings settings = plain_settings();
    settings.response_limit = sizeof body - 1;
    struct blocking_client *client = new_client(&settings);
    for (size_t size = sizeof body - 2; size <= sizeof body; size++) {
        struct call call;
        prepare(&call, "POST", "http", server->port, "/echo");
        call.exchange.body = (postern_text){body, size};
        run(client, &call);
        assert_int_equal(call.exchange.error.code, size < sizeof body ? POSTERN_OK : POSTERN_E_LIMIT);
        http_exchange_clear(&call.exchange);
    }
    struct call call; /* what a HEAD would bring does not come */
    prepare(&call, "HEAD", "http", server->port, "/huge-head");
    run(client, &call);
    assert_int_equal(call.exchange.error.code, POSTERN_OK);
    assert_text(http_header(&call.exchange, "content-length"), "99999999999");
    http_exchange_clear(&call.exchange);
    blocking_client_free(client);
    server_free(server);
}

static void a_redirect_is_an_answer(void **state)
{
    (void)state;
    struct test_server *server = server_new(NULL, handle, NULL);
    struct http_settings settings = plain_settings();
    struct blocking_client *client = new_client(&settings);
    struct call call;
    prepare(&call, "POST", "http", server->port, "/redirect");
    run(client, &call);
    assert_int_equal(call.exchange.error.code, POSTERN_OK);
    assert_int_equal(call.exchange.status, 302);
    assert_int_equal(server_requests(server), 1);
    http_exchange_clear(&call.exchange);
    blocking_client_free(client);
    server_free(server);
}

/* ---- Waiting ends */

static void time_outs_end_it(void **state)
{
    static const struct {
        int64_t idle_ms, total_ms, own_ms;
    } rows[] = {
        {3000, 60000, 0}, {30000, 3000, 0}, {30000, 60000, 3000}}; /* it must have been asked by then */
    (void)state;
    struct test_server *server = server_new(NULL, handle, NULL);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_settings settings = plain_settings();
        settings.idle_timeout_ms = rows[i].idle_ms;
        settings.timeout_ms = rows[i].total_ms;
        struct blocking_client *client = new_client(&settings);
        struct call call;
        prepare(&call, "POST", "http", server->port, "/silent?key=HIDDEN");
        call.exchange.timeout_ms = rows[i].own_ms;
        call.exchange.body = TEXT("HIDDEN");
        run(client, &call);
        assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
        assert_string_equal(call.exchange.error.message, "no answer from 127.0.0.1/silent in time (3s)");
        assert_null(strstr(call.exchange.error.remedy, "HIDDEN"));
        http_exchange_clear(&call.exchange);
        blocking_client_free(client);
    }
    server_free(server);
}

static bool says_stop(const void *context)
{
    return atomic_load((const _Atomic bool *)context);
}

struct caller {
    struct blocking_client *client;
    struct call call;
    _Atomic bool stop;
    int64_t ended_ms;
};

static void *call_until_stopped(void *argument)
{
    struct caller *caller = argument;
    blocking_client_run(caller->client, &caller->call.exchange, says_stop, &caller->stop);
    caller->ended_ms = real_ms();
    return NULL;
}

static void a_wish_to_stop_ends_it_at_once(void **state)
{
    (void)state;
    sem_t asked;
    sem_init(&asked, 0, 0);
    struct test_server *server = server_new(NULL, handle, &asked);
    struct http_settings settings = plain_settings();
    struct caller caller = {.client = new_client(&settings)};
    prepare(&caller.call, "POST", "http", server->port, "/silent?key=HIDDEN");
    pthread_t thread;
    must(pthread_create(&thread, NULL, call_until_stopped, &caller) == 0, "pthread_create");
    while (sem_wait(&asked) != 0)
        continue;
    int64_t told_ms = real_ms();
    atomic_store(&caller.stop, true);
    pthread_join(thread, NULL);
    assert_in_range(caller.ended_ms - told_ms, 0, 20000); /* alone it would take 30 s */
    assert_int_equal(caller.call.exchange.error.code, POSTERN_E_STOPPED);
    assert_string_equal(caller.call.exchange.error.message, "stopped before 127.0.0.1 had answered");
    http_exchange_clear(&caller.call.exchange);

    /* the next one is not harmed by what was left behind */
    atomic_store(&caller.stop, false);
    prepare(&caller.call, "GET", "http", server->port, "/echo");
    call_until_stopped(&caller);
    assert_int_equal(caller.call.exchange.status, 200);
    http_exchange_clear(&caller.call.exchange);
    blocking_client_free(caller.client);
    server_free(server);
    sem_destroy(&asked);
}

/* ---- Many threads */

#define THREADS  8
#define REQUESTS 25

struct crowd {
    struct blocking_client *client;
    int port;
    _Atomic int wrong;
};

static void *ask_often(void *argument)
{
    struct crowd *crowd = argument;
    for (int i = 0; i < REQUESTS; i++) {
        struct call call;
        char body[64];
        prepare(&call, "POST", "https", crowd->port, "/echo");
        snprintf(body, sizeof body, "%p %d", (void *)&call, i);
        call.exchange.body = text_of(body);
        run(crowd->client, &call);
        bool right = call.exchange.status == 200 && text_is(call.exchange.answer_body, body);
        if (!right) crowd->wrong++;
        http_exchange_clear(&call.exchange);
    }
    return NULL;
}

static void many_threads_ask_at_once(void **state)
{
    (void)state;
    char ca_file[] = "/tmp/postern-ca-XXXXXX";
    close(mkstemp(ca_file));
    struct test_authority authority = authority_new("the authority");
    authority_write(&authority, ca_file);
    struct test_server *server = server_new(tls_context(&authority, "IP:127.0.0.1", -60, 3600), handle, NULL);
    struct http_settings settings = client_settings(ca_file);
    struct crowd crowd = {.client = new_client(&settings), .port = server->port};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        must(pthread_create(&threads[i], NULL, ask_often, &crowd) == 0, "pthread_create");
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(crowd.wrong, 0);
    assert_int_equal(server_requests(server), THREADS * REQUESTS);
    assert_in_range(server_connections(server), 1, THREADS);
    blocking_client_free(crowd.client);
    server_free(server);
    authority_free(&authority);
    unlink(ca_file);
}

/* ---- Without TLS */

static void plain_http_needs_loopback_or_leave(void **state)
{
    static const char *const allowed[] = {"Collector.Example", "192.0.2.7", "2001:db8::7", NULL};
    static const struct {
        const char *url;
        bool fine;
    } rows[] = {
        {"http://collector.example:1/?k=HIDDEN", true}, {"http://192.0.2.7:1/?k=HIDDEN", true},
        {"http://[2001:db8::7]:1/?k=HIDDEN", true},     {"http://other.example/?k=HIDDEN", false},
        {"http://192.0.2.8/?k=HIDDEN", false},          {"http://a.collector.example/?k=HIDDEN", false},
        {"http://u:HIDDEN@collector.example/", false},
    };
    (void)state;
    struct http_settings settings = plain_settings();
    settings.allow_http = allowed;
    settings.connect_timeout_ms = 50; /* none of them exists; that it is tried is what is seen */
    settings.names.url = "the URL";
    struct blocking_client *client = new_client(&settings);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_exchange exchange = {.method = "POST", .url = rows[i].url};
        blocking_client_run(client, &exchange, NULL, NULL);
        if ((exchange.error.code == POSTERN_E_CONFIG) == rows[i].fine || exchange.error.code == POSTERN_OK)
            fail_msg("%s: %d %s", rows[i].url, exchange.error.code, exchange.error.message);
        assert_null(strstr(exchange.error.message, "HIDDEN"));
        assert_null(strstr(exchange.error.remedy, "base_url"));
        http_exchange_clear(&exchange);
    }
    blocking_client_free(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(methods_go_out_as_they_are),
        cmocka_unit_test(connections_are_kept),
        cmocka_unit_test(trailers_are_counted_and_are_no_headers),
        cmocka_unit_test(the_size_limit_is_one_of_the_body),
        cmocka_unit_test(a_redirect_is_an_answer),
        cmocka_unit_test(time_outs_end_it),
        cmocka_unit_test(a_wish_to_stop_ends_it_at_once),
        cmocka_unit_test(many_threads_ask_at_once),
        cmocka_unit_test(plain_http_needs_loopback_or_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

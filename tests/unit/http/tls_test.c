/* Whom we talk to: certificates, TLS versions, proxies, and addresses that are not allowed. */
#include "../unit.h"
#include "base/text.h"
#include "http/transfer.h"

#include "client.h"
#include "test_server.h"

#define NAMES "DNS:localhost,DNS:eu-api.test,DNS:rebound.localhost,IP:127.0.0.1"

struct fixture {
    char ca_file[40];
    struct test_authority authority;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    snprintf(fixture->ca_file, sizeof fixture->ca_file, "/tmp/postern-ca-XXXXXX");
    close(mkstemp(fixture->ca_file));
    fixture->authority = authority_new("the authority");
    authority_write(&fixture->authority, fixture->ca_file);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    authority_free(&fixture->authority);
    unlink(fixture->ca_file);
    free(fixture);
    return 0;
}

static bool say_ok(struct test_connection *connection, const struct test_request *request)
{
    (void)request;
    return answer_with(connection, "Date: Tue, 24 Nov 2015 12:50:11 GMT\r\n", "ok", 2);
}

/* One request over a network of its own. */
static void ask(struct client_call *call, const struct http_settings *settings, const char *url, int port)
{
    struct network *network = client_start(settings);
    client_prepare(call, network, url, port);
    client_perform(call);
    network_stop(network);
}

/* ---- Certificates */

static void a_trusted_server_is_asked(void **state)
{
    struct fixture *fixture = *state;
    struct test_server *server = server_new(tls_context(&fixture->authority, NAMES, -60, 3600), say_ok, NULL);
    struct http_settings settings = client_settings(fixture->ca_file);
    static const char *const urls[] = {"https://127.0.0.1:%d/", "https://localhost:%d/"};
    for (size_t i = 0; i < COUNT(urls); i++) {
        struct client_call call;
        ask(&call, &settings, urls[i], server->port);
        assert_string_equal(call.exchange.error.message, "");
        assert_int_equal(call.exchange.status, 200);
        assert_text(call.exchange.answer_body, "ok");
        assert_int_equal(call.exchange.server_date_ms, 1448369411000);
        client_clear(&call);
    }
    server_free(server);
}

static void bad_certificates_are_refused(void **state)
{
    static const struct {
        const char *names;
        long from_s, until_s;
        bool foreign; /* signed by an authority that we do not trust */
        const char *words, *remedy;
    } rows[] = {
        {NAMES, -60, 3600, true, "the certificate of 127.0.0.1 is not trusted", "ca_file"},
        {"DNS:eu-api.test", -60, 3600, false, "the certificate that 127.0.0.1 showed is for another name",
         "base_url"},
        {NAMES, -7200, -3600, false, "the certificate of 127.0.0.1 has expired", "date of this machine"},
        {NAMES, 3600, 7200, false, "the certificate of 127.0.0.1 is not valid yet", "date of this machine"},
    };
    struct fixture *fixture = *state;
    struct http_settings settings = client_settings(fixture->ca_file);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct test_authority foreign = authority_new("a foreign authority");
        SSL_CTX *tls = tls_context(rows[i].foreign ? &foreign : &fixture->authority, rows[i].names,
                                   rows[i].from_s, rows[i].until_s);
        struct test_server *server = server_new(tls, say_ok, NULL);
        struct client_call call;
        ask(&call, &settings, "https://127.0.0.1:%d/", server->port);
        assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
        assert_contains(call.exchange.error.message, rows[i].words);
        assert_contains(call.exchange.error.remedy, rows[i].remedy);
        assert_int_equal(call.exchange.tries, 0);
        assert_int_equal(server_requests(server), 0);
        client_clear(&call);
        server_free(server);
        authority_free(&foreign);
    }
}

static void old_tls_is_refused(void **state)
{
    static const int versions[] = {TLS1_VERSION, TLS1_1_VERSION};
    struct fixture *fixture = *state;
    struct http_settings settings = client_settings(fixture->ca_file);
    for (size_t i = 0; i < COUNT(versions); i++) {
        SSL_CTX *tls = tls_context(&fixture->authority, NAMES, -60, 3600);
        SSL_CTX_set_cipher_list(tls, "DEFAULT@SECLEVEL=0");
        SSL_CTX_set_min_proto_version(tls, TLS1_VERSION);
        SSL_CTX_set_max_proto_version(tls, versions[i]);
        struct test_server *server = server_new(tls, say_ok, NULL);
        struct client_call call;
        ask(&call, &settings, "https://127.0.0.1:%d/", server->port);
        assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
        assert_contains(call.exchange.error.message, "no TLS connection to 127.0.0.1");
        assert_contains(call.exchange.error.remedy, "TLS 1.2 or newer");
        assert_int_equal(server_requests(server), 0);
        client_clear(&call);
        server_free(server);
    }
}

static void tls_1_2_is_enough(void **state)
{
    struct fixture *fixture = *state;
    struct http_settings settings = client_settings(fixture->ca_file);
    SSL_CTX *tls = tls_context(&fixture->authority, NAMES, -60, 3600);
    SSL_CTX_set_max_proto_version(tls, TLS1_2_VERSION);
    struct test_server *server = server_new(tls, say_ok, NULL);
    struct client_call call;
    ask(&call, &settings, "https://127.0.0.1:%d/", server->port);
    assert_int_equal(call.exchange.status, 200);
    client_clear(&call);
    server_free(server);
}

/* Asked for by the setting, spoken only if the server does. */
static void http2_falls_back(void **state)
{
    struct fixture *fixture = *state;
    struct http_settings settings = client_settings(fixture->ca_file);
    settings.http2 = true;
    struct test_server *server = server_new(tls_context(&fixture->authority, NAMES, -60, 3600), say_ok, NULL);
    struct client_call call;
    ask(&call, &settings, "https://127.0.0.1:%d/", server->port);
    assert_int_equal(call.exchange.status, 200);
    client_clear(&call);
    server_free(server);
}

/* What stands where nobody expects TLS to end, for example a proxy's login page. */
static void a_server_without_tls_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct http_settings settings = client_settings(fixture->ca_file);
    struct test_server *server = server_new(NULL, say_ok, NULL);
    settings.connect_timeout_ms = 500; /* it waits for the end of a request that never comes */
    struct client_call call;
    ask(&call, &settings, "https://127.0.0.1:%d/", server->port);
    assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
    assert_string_equal(call.exchange.error.message, "no connection to 127.0.0.1 in time (500ms)");
    assert_int_equal(call.exchange.tries, 0);
    client_clear(&call);
    server_free(server);
}

static void the_ca_file_comes_from_setting_or_environment(void **state)
{
    struct fixture *fixture = *state;
    struct test_server *server = server_new(tls_context(&fixture->authority, NAMES, -60, 3600), say_ok, NULL);
    struct http_settings system = client_settings(NULL), missing = client_settings("/nonexistent/ca.pem");
    struct client_call call;
    unsetenv("SSL_CERT_DIR");
    unsetenv("SSL_CERT_FILE");
    ask(&call, &system, "https://127.0.0.1:%d/", server->port);
    assert_contains(call.exchange.error.message, "is not trusted");
    client_clear(&call);

    setenv("SSL_CERT_FILE", fixture->ca_file, 1);
    ask(&call, &system, "https://127.0.0.1:%d/", server->port);
    assert_int_equal(call.exchange.status, 200);
    client_clear(&call);

    /* the setting comes first, even if it is wrong */
    ask(&call, &missing, "https://127.0.0.1:%d/", server->port);
    assert_int_equal(call.exchange.error.code, POSTERN_E_CONFIG);
    assert_string_equal(call.exchange.error.message,
                        "the file of trusted authorities cannot be read: /nonexistent/ca.pem");
    client_clear(&call);
    unsetenv("SSL_CERT_FILE");
    server_free(server);
}

/* ---- Proxies */

struct proxy {
    int upstream;         /* the port of the server behind, whatever name was asked for */
    const char *password; /* of Proxy-Authorization, NULL = none wanted */
    const char *refusal;  /* a whole answer instead of a tunnel */
    _Atomic int tunnels;
    char asked_for[128];
};

struct pump {
    int from, to;
};

static void *pump(void *argument)
{
    struct pump *pipe = argument;
    char bytes[16384];
    for (ssize_t got; (got = recv(pipe->from, bytes, sizeof bytes, 0)) > 0;)
        if (send(pipe->to, bytes, (size_t)got, MSG_NOSIGNAL) != got) break;
    shutdown(pipe->to, SHUT_RDWR);
    shutdown(pipe->from, SHUT_RDWR);
    return NULL;
}

static bool tunnel(struct test_connection *connection, const struct test_request *request)
{
    struct proxy *proxy = connection->server->context;
    char authorization[128];
    request_header(request, "proxy-authorization", authorization, sizeof authorization);
    if (proxy->refusal) return connection_say(connection, proxy->refusal);
    if (proxy->password && strcmp(authorization, proxy->password) != 0)
        return connection_say(connection,
                              "HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                              "Content-Length: 0\r\n\r\n");
    sscanf(request->head, "CONNECT %127s", proxy->asked_for);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)proxy->upstream),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int upstream = socket(AF_INET, SOCK_STREAM, 0);
    must(connect(upstream, (struct sockaddr *)&address, sizeof address) == 0, "connect");
    proxy->tunnels++;
    connection_say(connection, "HTTP/1.1 200 Go\r\nX-Of-Proxy: 1\r\n\r\n");
    struct pump up = {connection->fd, upstream}, down = {upstream, connection->fd};
    pthread_t thread;
    must(pthread_create(&thread, NULL, pump, &up) == 0, "pthread_create");
    pump(&down);
    pthread_join(thread, NULL);
    close(upstream);
    return false;
}

static void requests_go_through_the_proxy(void **state)
{
    struct fixture *fixture = *state;
    struct test_server *server = server_new(tls_context(&fixture->authority, NAMES, -60, 3600), say_ok, NULL);
    struct proxy proxy = {.upstream = server->port, .password = "Basic am9lOnBhc3M="}; /* joe:pass */
    struct test_server *proxy_server = server_new(NULL, tunnel, &proxy);
    char url[96];
    snprintf(url, sizeof url, "http://joe:pass@127.0.0.1:%d", proxy_server->port);
    struct client_call call;

    /* by the setting: a name that only the proxy can reach */
    struct http_settings settings = client_settings(fixture->ca_file);
    settings.proxy = url;
    ask(&call, &settings, "https://eu-api.test:%d/path", 8443);
    assert_string_equal(call.exchange.error.message, "");
    assert_int_equal(call.exchange.status, 200);
    assert_int_equal(http_header(&call.exchange, "x-of-proxy").size, 0);
    assert_string_equal(proxy.asked_for, "eu-api.test:8443");
    assert_int_equal(proxy.tunnels, 1);
    client_clear(&call);

    /* not for what no_proxy covers */
    settings.no_proxy = "127.0.0.0/8";
    ask(&call, &settings, "https://127.0.0.1:%d/", server->port);
    assert_int_equal(call.exchange.status, 200);
    assert_int_equal(proxy.tunnels, 1);
    client_clear(&call);

    /* by the environment */
    settings = client_settings(fixture->ca_file);
    setenv("https_proxy", url, 1);
    ask(&call, &settings, "https://eu-api.test:%d/", 443);
    assert_int_equal(call.exchange.status, 200);
    assert_int_equal(proxy.tunnels, 2);
    client_clear(&call);
    ask(&call, &settings, "https://127.0.0.1:%d/", server->port); /* never for loopback */
    assert_int_equal(call.exchange.status, 200);
    assert_int_equal(proxy.tunnels, 2);
    client_clear(&call);
    unsetenv("https_proxy");

    server_free(proxy_server);
    server_free(server);
}

static void trouble_with_the_proxy_is_told_apart(void **state)
{
    struct fixture *fixture = *state;
    struct proxy picky = {.password = "Basic bm9ib2R5OmtuNDA="};
    struct proxy closed = {.refusal = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"};
    struct test_server *picky_server = server_new(NULL, tunnel, &picky);
    struct test_server *closed_server = server_new(NULL, tunnel, &closed);
    int closed_port, held = bound_socket(&closed_port); /* which nobody else gets, and nobody listens at */
    const struct {
        const char *user;
        int port;
        const char *words;
    } rows[] = {
        {"", picky_server->port, " wants another user name and password (407)"},
        {"joe:HIDDEN@", picky_server->port, " wants another user name and password (407)"},
        {"joe:HIDDEN@", closed_server->port, " refuses the way to eu-api.test (403)"},
        {"joe:HIDDEN@", closed_port, "no connection to the proxy 127.0.0.1:"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char url[96];
        snprintf(url, sizeof url, "http://%s127.0.0.1:%d", rows[i].user, rows[i].port);
        struct http_settings settings = client_settings(fixture->ca_file);
        settings.proxy = url;
        struct client_call call;
        ask(&call, &settings, "https://eu-api.test:%d/", 443);
        assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
        assert_contains(call.exchange.error.message, rows[i].words);
        assert_null(strstr(call.exchange.error.message, "HIDDEN"));
        assert_int_equal(call.exchange.tries, 0);
        client_clear(&call);
    }
    close(held);
    server_free(picky_server);
    server_free(closed_server);
}

/* ---- Downloads */

static void download(struct client_call *call, struct network *network, const char *url, int port,
                     bool allow_private)
{
    client_prepare(call, network, url, port);
    call->exchange.sign = NULL;
    call->exchange.credentialless = true;
    call->exchange.allow_private = allow_private;
    client_perform(call);
}

/* A name below "localhost" is known to libcurl as loopback and to nobody else: it stands for a public name
 * that a resolver maps to a private address. */
static void a_name_that_leads_inside_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct test_server *server = server_new(tls_context(&fixture->authority, NAMES, -60, 3600), say_ok, NULL);
    struct http_settings settings = client_settings(fixture->ca_file);
    struct network *network = client_start(&settings);
    struct client_call call;
    download(&call, network, "https://rebound.localhost:%d/file", server->port, false);
    assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
    assert_contains(call.exchange.error.message, "rebound.localhost has an address that is not allowed");
    assert_int_equal(call.exchange.tries, 0);
    assert_int_equal(server_connections(server), 0);
    client_clear(&call);

    /* allowed where the base URL is private itself */
    download(&call, network, "https://rebound.localhost:%d/file", server->port, true);
    assert_int_equal(call.exchange.status, 200);
    client_clear(&call);
    assert_int_equal(server_connections(server), 1);

    /* and its kept connection is no way in for the others */
    download(&call, network, "https://rebound.localhost:%d/file", server->port, false);
    assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
    assert_contains(call.exchange.error.message, "rebound.localhost has an address that is not allowed");
    client_clear(&call);
    assert_int_equal(server_requests(server), 1);
    network_stop(network);
    server_free(server);
}

static void a_download_carries_no_credentials(void **state)
{
    struct fixture *fixture = *state;
    struct test_server *server = server_new(tls_context(&fixture->authority, NAMES, -60, 3600), say_ok, NULL);
    struct http_settings settings = client_settings(fixture->ca_file);
    struct network *network = client_start(&settings);
    struct client_call call;
    client_prepare(&call, network, "https://127.0.0.1:%d/", server->port);
    call.exchange.credentialless = call.exchange.allow_private = true; /* and `sign` is set */
    client_perform(&call);
    assert_int_equal(call.exchange.error.code, POSTERN_E_INVALID);
    client_clear(&call);
    assert_int_equal(server_requests(server), 0);
    network_stop(network);
    server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trusted_server_is_asked),
        cmocka_unit_test(bad_certificates_are_refused),
        cmocka_unit_test(old_tls_is_refused),
        cmocka_unit_test(tls_1_2_is_enough),
        cmocka_unit_test(http2_falls_back),
        cmocka_unit_test(a_server_without_tls_is_refused),
        cmocka_unit_test(the_ca_file_comes_from_setting_or_environment),
        cmocka_unit_test(requests_go_through_the_proxy),
        cmocka_unit_test(trouble_with_the_proxy_is_told_apart),
        cmocka_unit_test(a_name_that_leads_inside_is_refused),
        cmocka_unit_test(a_download_carries_no_credentials),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

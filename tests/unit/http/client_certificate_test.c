/* Servers that want to know who calls: certificate and key from files, and what is said when they do not do.
 */
#include "../unit.h"
#include "base/text.h"
#include "http/blocking.h"
#include <sys/stat.h>

#include "client.h"
#include "test_server.h"

struct fixture {
    struct test_authority authority;
    char directory[40], ca_file[64], certificate[64], key[64], locked_key[64], other_key[64], broken[64];
};

static FILE *open_to_write(const char *path)
{
    FILE *file = fopen(path, "w");
    must(file != NULL, path);
    return file;
}

static void write_key(EVP_PKEY *key, const char *path, const char *pass_phrase)
{
    FILE *file = open_to_write(path);
    must(PEM_write_PrivateKey(file, key, pass_phrase ? EVP_aes_256_cbc() : NULL, NULL, 0, NULL,
                              (void *)(uintptr_t)pass_phrase) == 1,
         path);
    fclose(file);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    snprintf(fixture->directory, sizeof fixture->directory, "/tmp/postern-client-XXXXXX");
    must(mkdtemp(fixture->directory) != NULL, "mkdtemp");
    char(*paths[])[64] = {&fixture->ca_file,    &fixture->certificate, &fixture->key,
                          &fixture->locked_key, &fixture->other_key,   &fixture->broken};
    for (size_t i = 0; i < COUNT(paths); i++)
        snprintf(*paths[i], sizeof *paths[i], "%s/%zu.pem", fixture->directory, i);
    fixture->authority = authority_new("the authority");
    authority_write(&fixture->authority, fixture->ca_file);
    EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");
    X509 *certificate = make_certificate(key, &fixture->authority, "a client", "DNS:client.test", -60, 3600);
    FILE *file = open_to_write(fixture->certificate);
    must(PEM_write_X509(file, certificate) == 1, "certificate");
    fclose(file);
    write_key(key, fixture->key, NULL);
    write_key(key, fixture->locked_key, "a pass phrase");
    write_key(other, fixture->other_key, NULL);
    fputs("no certificate\n", file = open_to_write(fixture->broken));
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    const char *paths[] = {fixture->ca_file,    fixture->certificate, fixture->key,
                           fixture->locked_key, fixture->other_key,   fixture->broken};
    for (size_t i = 0; i < COUNT(paths); i++)
        unlink(paths[i]);
    rmdir(fixture->directory);
    authority_free(&fixture->authority);
    free(fixture);
    return 0;
}

static bool say_who(struct test_connection *connection, const struct test_request *request)
{
    (void)request;
    X509 *certificate = SSL_get1_peer_certificate(connection->tls);
    char who[64] = "nobody", head[96];
    if (certificate)
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, who, sizeof who);
    X509_free(certificate);
    snprintf(head, sizeof head, "X-Who: %s\r\n", who);
    return answer_with(connection, head, "ok", 2);
}

/* Lets in only who shows a certificate of the authority. */
static struct test_server *strict_server(const struct fixture *fixture, int version)
{
    SSL_CTX *tls = tls_context(&fixture->authority, "IP:127.0.0.1", -60, 3600);
    must(X509_STORE_add_cert(SSL_CTX_get_cert_store(tls), fixture->authority.certificate) == 1, "add_cert");
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_max_proto_version(tls, version);
    return server_new(tls, say_who, NULL);
}

static void ask(const struct fixture *fixture, const char *certificate, const char *key, int port,
                struct http_exchange *exchange)
{
    struct http_settings settings = client_settings(fixture->ca_file);
    settings.client_certificate = certificate;
    settings.client_key = key;
    struct blocking_client *client = NULL;
    char url[64];
    snprintf(url, sizeof url, "https://127.0.0.1:%d/in?key=HIDDEN", port);
    *exchange = (struct http_exchange){.method = "POST", .url = url};
    assert_int_equal(blocking_client_new(&settings, &client, NULL), POSTERN_OK);
    blocking_client_run(client, exchange, NULL, NULL);
    assert_null(strstr(exchange->error.message, "HIDDEN"));
    exchange->url = NULL;
    blocking_client_free(client);
}

static void the_client_shows_who_it_is(void **state)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(versions); i++) {
        struct test_server *server = strict_server(fixture, versions[i]);
        struct http_exchange exchange;
        ask(fixture, fixture->certificate, fixture->key, server->port, &exchange);
        assert_string_equal(exchange.error.message, "");
        assert_text(http_header(&exchange, "x-who"), "a client");
        http_exchange_clear(&exchange);
        server_free(server);
    }
}

static void a_server_that_is_not_content_is_named(void **state)
{
    struct fixture *fixture = *state;
    struct test_server *server = strict_server(fixture, TLS1_3_VERSION);
    struct http_exchange exchange;
    ask(fixture, NULL, NULL, server->port, &exchange);
    assert_int_equal(exchange.error.code, POSTERN_E_RETRY);
    assert_string_equal(exchange.error.message, "127.0.0.1 wants a client certificate");
    assert_contains(exchange.error.remedy, "client_certificate");
    assert_int_equal(server_requests(server), 0);
    http_exchange_clear(&exchange);
    server_free(server);
}

static void files_that_do_not_do_are_configuration(void **state)
{
    struct fixture *fixture = *state;
    const struct {
        const char *certificate, *key;
    } rows[] = {
        {"/nonexistent/client.pem", fixture->key},
        {fixture->broken, fixture->key},
        {fixture->certificate, "/nonexistent/key.pem"},
        {fixture->certificate, fixture->other_key},
        {fixture->certificate, fixture->locked_key}, /* nobody is asked for its pass phrase */
        {fixture->certificate, NULL},                /* the same file has none */
    };
    struct test_server *server = strict_server(fixture, TLS1_3_VERSION);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_exchange exchange;
        ask(fixture, rows[i].certificate, rows[i].key, server->port, &exchange);
        if (exchange.error.code != POSTERN_E_CONFIG || !strstr(exchange.error.message, rows[i].certificate))
            fail_msg("row %zu: %d %s", i, exchange.error.code, exchange.error.message);
        http_exchange_clear(&exchange);
    }
    assert_int_equal(server_requests(server), 0);
    server_free(server);
}

/* libcurl would wait in the middle of a request until somebody opens the other end. */
static void a_fifo_is_refused_at_once(void **state)
{
    struct fixture *fixture = *state;
    char fifo[80];
    snprintf(fifo, sizeof fifo, "%s/fifo", fixture->directory);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    const struct http_settings rows[] = {{.ca_file = fifo},
                                         {.ca_file = fixture->ca_file, .client_certificate = fifo},
                                         {.ca_file = fixture->ca_file, .client_key = fifo},
                                         {0}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct blocking_client *client = NULL;
        postern_error error = ERROR_INIT;
        if (i == COUNT(rows) - 1) setenv("SSL_CERT_FILE", fifo, 1);
        assert_int_equal(blocking_client_new(&rows[i], &client, &error), POSTERN_E_CONFIG);
        assert_non_null(strstr(error.message, "fifo is a FIFO, not a regular file"));
        assert_null(client);
    }
    unsetenv("SSL_CERT_FILE");
    unlink(fifo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_client_shows_who_it_is),
        cmocka_unit_test(a_server_that_is_not_content_is_named),
        cmocka_unit_test(files_that_do_not_do_are_configuration),
        cmocka_unit_test(a_fifo_is_refused_at_once),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

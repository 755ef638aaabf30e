/* Each cause has its own words and a remedy. (What libcurl reports in each case is tested in exchange_test,
 * tls_test.) */
#include "../unit.h"
#include "base/error.h"
#include "http/failure.h"
#include <errno.h>
#include <openssl/x509_vfy.h>

struct row {
    struct transport_failure failure;
    postern_status status;
    const char *message, *remedy;
};

#define OF(...)                                                                                              \
    {                                                                                                        \
        .host = "eu-api.test", .path = "/api/x", .names.url = "base_url",                                    \
        .detail = "alert protocol version", __VA_ARGS__                                                      \
    }

static const struct row rows[] = {
    {OF(.code = CURLE_COULDNT_RESOLVE_HOST), POSTERN_E_RETRY, "the name eu-api.test cannot be resolved",
     "base_url"},
    {OF(.code = CURLE_COULDNT_RESOLVE_PROXY, .proxy = "proxy.test:3128"), POSTERN_E_RETRY,
     "the name of the proxy proxy.test:3128 cannot be resolved", "http { proxy = ... }"},
    {OF(.code = CURLE_COULDNT_CONNECT, .os_error = ECONNREFUSED), POSTERN_E_RETRY,
     "no connection to eu-api.test (Connection refused)", "firewall"},
    {OF(.code = CURLE_COULDNT_CONNECT, .os_error = ENETUNREACH), POSTERN_E_RETRY,
     "no connection to eu-api.test (Network is unreachable)", "firewall"},
    {OF(.code = CURLE_COULDNT_CONNECT, .proxy = "proxy.test:3128", .os_error = ECONNREFUSED), POSTERN_E_RETRY,
     "no connection to the proxy proxy.test:3128 (Connection refused)", "http { proxy = ... }"},
    {OF(.code = CURLE_COULDNT_CONNECT, .refused_address = true), POSTERN_E_RETRY,
     "eu-api.test has an address that is not allowed for this request", "resolves to"},
    /* time-outs: while resolving, while connecting, before the answer, in it */
    {OF(.code = CURLE_OPERATION_TIMEDOUT, .waited_ms = 10000), POSTERN_E_RETRY,
     "the name eu-api.test was not resolved in time (10s)", "DNS"},
    {OF(.code = CURLE_OPERATION_TIMEDOUT, .waited_ms = 10000, .resolved = true), POSTERN_E_RETRY,
     "no connection to eu-api.test in time (10s)", "firewall"},
    {OF(.code = CURLE_OPERATION_TIMEDOUT, .waited_ms = 10000, .proxy = "p:1", .resolved = true),
     POSTERN_E_RETRY, "no connection to eu-api.test through the proxy p:1 in time (10s)",
     "http { proxy = ... }"},
    {OF(.code = CURLE_OPERATION_TIMEDOUT, .waited_ms = 60000, .asked = true), POSTERN_E_RETRY,
     "no answer from eu-api.test/api/x in time (1m)", "timeout"},
    {OF(.code = CURLE_OPERATION_TIMEDOUT, .waited_ms = 60000, .asked = true, .received = 7), POSTERN_E_RETRY,
     "the answer of eu-api.test/api/x was not complete in time (1m, 7 bytes)", "timeout"},
    /* certificates */
    {OF(.code = CURLE_PEER_FAILED_VERIFICATION,
        .verify_result = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY),
     POSTERN_E_RETRY,
     "the certificate of eu-api.test is not trusted (unable to get local issuer certificate)",
     "http { ca_file = ... }"},
    {OF(.code = CURLE_PEER_FAILED_VERIFICATION, .verify_result = X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN),
     POSTERN_E_RETRY,
     "the certificate of eu-api.test is not trusted (self-signed certificate in certificate chain)",
     "corporate proxy inspects TLS"},
    {OF(.code = CURLE_PEER_FAILED_VERIFICATION, .verify_result = X509_V_ERR_CERT_HAS_EXPIRED),
     POSTERN_E_RETRY, "the certificate of eu-api.test has expired", "date of this machine"},
    {OF(.code = CURLE_PEER_FAILED_VERIFICATION, .verify_result = X509_V_ERR_CERT_NOT_YET_VALID),
     POSTERN_E_RETRY, "the certificate of eu-api.test is not valid yet", "date of this machine"},
    {OF(.code = CURLE_PEER_FAILED_VERIFICATION), POSTERN_E_RETRY,
     "the certificate that eu-api.test showed is for another name", "base_url"},
    /* through a proxy the host's certificate comes after CONNECT, an https proxy's own before */
    {OF(.code = CURLE_PEER_FAILED_VERIFICATION, .proxy = "p:1", .proxy_status = 200,
        .verify_result = X509_V_ERR_CERT_HAS_EXPIRED),
     POSTERN_E_RETRY, "the certificate of eu-api.test has expired", "eu-api.test must renew"},
    {OF(.code = CURLE_PEER_FAILED_VERIFICATION, .proxy = "p:1",
        .proxy_verify_result = X509_V_ERR_CERT_HAS_EXPIRED),
     POSTERN_E_RETRY, "the certificate of p:1 has expired", "p:1 must renew"},
    {OF(.code = CURLE_SSL_CONNECT_ERROR), POSTERN_E_RETRY,
     "no TLS connection to eu-api.test (alert protocol version)", "TLS 1.2 or newer"},
    {OF(.code = CURLE_SSL_CACERT_BADFILE, .ca_file = "/etc/ca.pem"), POSTERN_E_CONFIG,
     "the file of trusted authorities cannot be read: /etc/ca.pem", "ca_file"},
    {OF(.code = CURLE_SSL_CACERT_BADFILE), POSTERN_E_CONFIG, "the file of trusted authorities cannot be read",
     "SSL_CERT_FILE"},
    /* a proxy's answer comes before everything else */
    {OF(.code = CURLE_RECV_ERROR, .proxy = "p:1", .proxy_status = 407), POSTERN_E_RETRY,
     "the proxy p:1 wants another user name and password (407)", "user:password"},
    {OF(.code = CURLE_RECV_ERROR, .proxy = "p:1", .proxy_status = 502), POSTERN_E_RETRY,
     "the proxy p:1 refuses the way to eu-api.test (502)", "allow"},
    /* options of one's own that are in force are named instead of those of http */
    {OF(.code = CURLE_COULDNT_CONNECT, .proxy = "p:1", .names.proxy = "the sink's proxy"), POSTERN_E_RETRY,
     "no connection to the proxy p:1", "check the sink's proxy"},
    {OF(.code = CURLE_COULDNT_CONNECT, .names.proxy = "the sink's proxy"), POSTERN_E_RETRY,
     "no connection to eu-api.test", "or set the sink's proxy"},
    {OF(.code = CURLE_RECV_ERROR, .proxy = "p:1", .proxy_status = 407, .names.proxy = "the sink's proxy"),
     POSTERN_E_RETRY, "(407)", "write them into the sink's proxy"},
    {OF(.code = CURLE_OPERATION_TIMEDOUT, .asked = true, .names.timeout = "the sink's timeout"),
     POSTERN_E_RETRY, "no answer", "raise the sink's timeout, or http { idle_timeout = ... }"},
    {OF(.code = CURLE_PEER_FAILED_VERIFICATION, .names.ca_file = "the sink's ca_file",
        .verify_result = X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN),
     POSTERN_E_RETRY, "not trusted", "in the sink's ca_file;"},
    {OF(.code = CURLE_SSL_CACERT_BADFILE, .ca_file = "/x.pem", .names.ca_file = "the sink's ca_file"),
     POSTERN_E_CONFIG, "cannot be read: /x.pem", "check the sink's ca_file: certificates in PEM"},
    /* broken connections */
    {OF(.code = CURLE_RECV_ERROR, .asked = true, .received = 12, .os_error = ECONNRESET), POSTERN_E_RETRY,
     "the connection to eu-api.test/api/x broke after 12 bytes of the answer (Connection reset by peer)",
     "again"},
    {OF(.code = CURLE_PARTIAL_FILE, .asked = true, .received = 12), POSTERN_E_RETRY,
     "the connection to eu-api.test/api/x broke after 12 bytes of the answer (closed by the other side)",
     "again"},
    {OF(.code = CURLE_GOT_NOTHING, .asked = true), POSTERN_E_RETRY, "broke after 0 bytes", "again"},
    {OF(.code = CURLE_SEND_ERROR), POSTERN_E_RETRY, "broke before the request was sent", "again"},
    {OF(.code = CURLE_OUT_OF_MEMORY), POSTERN_E_MEMORY, "no memory for a request to eu-api.test", ""},
    {OF(.code = CURLE_WEIRD_SERVER_REPLY), POSTERN_E_RETRY, "the request to eu-api.test/api/x failed (", ""},
};

static void causes_have_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        postern_error error = ERROR_INIT;
        assert_int_equal(failure_explain(&rows[i].failure, &error), rows[i].status);
        assert_int_equal(error.code, rows[i].status);
        assert_contains(error.message, rows[i].message);
        assert_contains(error.remedy, rows[i].remedy);
    }
}

/* libcurl's own words may quote anything, so they are shown for TLS alone. */
static void details_stay_hidden(void **state)
{
    (void)state;
    for (int code = 1; code < CURL_LAST; code++) {
        struct transport_failure failure = OF(.code = (CURLcode)code, .asked = code % 2 == 0);
        postern_error error = ERROR_INIT;
        failure_explain(&failure, &error);
        assert_true(error.code < 0 && *error.message);
        if (code != CURLE_SSL_CONNECT_ERROR) assert_null(strstr(error.message, "alert protocol version"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(causes_have_words),
        cmocka_unit_test(details_stay_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

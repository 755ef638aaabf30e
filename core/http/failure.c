#include "http/failure.h"
#include "base/error.h"
#include "base/plural.h"
#include "base/units.h"
#include <openssl/x509_vfy.h>
#include <string.h>

#define DETAIL_LIMIT 160 /* bytes of libcurl's words */

/* One cause with one remedy each; the callers below choose. */
static void say_firewall(const struct transport_failure *failure, postern_error *error)
{
    error_remedy(error, "allow outgoing connections to it in the firewall, or set %s",
                 failure->names.proxy ? failure->names.proxy : "http { proxy = ... }");
}

static void say_proxy(const struct transport_failure *failure, postern_error *error)
{
    error_remedy(error, "check %s",
                 failure->names.proxy ? failure->names.proxy
                                      : "http { proxy = ... } and the environment variable https_proxy");
}

static void say_timeout(const struct transport_failure *failure, postern_error *error)
{
    if (failure->names.timeout)
        error_remedy(error, "if this happens often, raise %s, or http { idle_timeout = ... }",
                     failure->names.timeout);
    else
        error_remedy(error, "if this happens often, raise http { timeout = ..., idle_timeout = ... }");
}

static void explain_connect(const struct transport_failure *failure, postern_error *error)
{
    const char *why = failure->os_error ? strerror(failure->os_error) : "no address answered";
    if (failure->refused_address) {
        error_set(error, POSTERN_E_RETRY, "%s has an address that is not allowed for this request",
                  failure->host);
        error_remedy(error,
                     "downloads need a public address and plain http a loopback one; check what the name "
                     "resolves to");
    } else if (failure->proxy) {
        error_set(error, POSTERN_E_RETRY, "no connection to the proxy %s (%s)", failure->proxy, why);
        say_proxy(failure, error);
    } else {
        error_set(error, POSTERN_E_RETRY, "no connection to %s (%s)", failure->host, why);
        say_firewall(failure, error);
    }
}

static void explain_timeout(const struct transport_failure *failure, postern_error *error)
{
    char waited[32];
    duration_format(failure->waited_ms, waited);
    if (failure->asked && failure->received) {
        error_set(error, POSTERN_E_RETRY, "the answer of %s%.200s was not complete in time (%s, %lld byte%s)",
                  failure->host, failure->path, waited, (long long)failure->received,
                  plural(failure->received));
        say_timeout(failure, error);
    } else if (failure->asked) {
        error_set(error, POSTERN_E_RETRY, "no answer from %s%.200s in time (%s)", failure->host,
                  failure->path, waited);
        say_timeout(failure, error);
    } else if (!failure->resolved) {
        error_set(error, POSTERN_E_RETRY, "the name %s was not resolved in time (%s)",
                  failure->proxy ? failure->proxy : failure->host, waited);
        error_remedy(error, "check the DNS of this machine");
    } else if (failure->proxy) {
        error_set(error, POSTERN_E_RETRY, "no connection to %s through the proxy %s in time (%s)",
                  failure->host, failure->proxy, waited);
        say_proxy(failure, error);
    } else {
        error_set(error, POSTERN_E_RETRY, "no connection to %s in time (%s)", failure->host, waited);
        say_firewall(failure, error);
    }
}

static void explain_certificate(const struct transport_failure *failure, postern_error *error)
{
    bool of_proxy = failure->proxy && failure->proxy_status == 0; /* the host's comes after CONNECT */
    long result = of_proxy ? failure->proxy_verify_result : failure->verify_result;
    const char *who = of_proxy ? failure->proxy : failure->host;
    switch (result) {
    case X509_V_OK:
    case X509_V_ERR_UNSPECIFIED: /* libcurl's initial value: it compares names before it looks at the rest */
        error_set(error, POSTERN_E_RETRY, "the certificate that %s showed is for another name", who);
        error_remedy(error,
                     "check the host name in %s; if something between answers in its place, a proxy or "
                     "a login page, it must be told to let this connection through",
                     failure->names.url);
        return;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        error_set(error, POSTERN_E_RETRY, "the certificate of %s has expired", who);
        error_remedy(error, "check the date of this machine; if it is right, whoever runs %s must renew it",
                     who);
        return;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        error_set(error, POSTERN_E_RETRY, "the certificate of %s is not valid yet", who);
        error_remedy(error, "check the date of this machine");
        return;
    default:
        error_set(error, POSTERN_E_RETRY, "the certificate of %s is not trusted (%s)", who,
                  X509_verify_cert_error_string(result));
        error_remedy(error,
                     "if a corporate proxy inspects TLS, name its authority in %s; "
                     "otherwise update the system's ca-certificates",
                     failure->names.ca_file ? failure->names.ca_file : "http { ca_file = ... }");
    }
}

static void explain_proxy_status(const struct transport_failure *failure, postern_error *error)
{
    if (failure->proxy_status == 407) {
        error_set(error, POSTERN_E_RETRY, "the proxy %s wants another user name and password (407)",
                  failure->proxy);
        error_remedy(error, "write them into %s: \"http://user:password@host:port\"",
                     failure->names.proxy ? failure->names.proxy : "http { proxy = ... }");
    } else {
        error_set(error, POSTERN_E_RETRY, "the proxy %s refuses the way to %s (%ld)", failure->proxy,
                  failure->host, failure->proxy_status);
        error_remedy(error, "allow this host in the proxy");
    }
}

/* Under TLS 1.3 the server says it only once the request is on its way. */
static bool wants_certificate(const struct transport_failure *failure)
{
    return failure->detail && (strstr(failure->detail, "alert certificate required") ||
                               strstr(failure->detail, "alert bad certificate"));
}

static void explain_wanted_certificate(const struct transport_failure *failure, postern_error *error)
{
    error_set(error, POSTERN_E_RETRY, "%s %s", failure->host,
              failure->client_certificate ? "does not accept the client certificate"
                                          : "wants a client certificate");
    error_remedy(error, "name one that the server trusts in client_certificate and client_key");
}

static void explain_broken(const struct transport_failure *failure, postern_error *error)
{
    if (wants_certificate(failure)) {
        explain_wanted_certificate(failure, error);
        return;
    }
    const char *why = failure->os_error ? strerror(failure->os_error) : "closed by the other side";
    if (!failure->asked)
        error_set(error, POSTERN_E_RETRY, "the connection to %s broke before the request was sent (%s)",
                  failure->host, why);
    else
        error_set(error, POSTERN_E_RETRY,
                  "the connection to %s%.200s broke after %lld byte%s of the answer (%s)", failure->host,
                  failure->path, (long long)failure->received, plural(failure->received), why);
    error_remedy(error, "it is tried again; if it happens often, look at the firewall or proxy between");
}

/* ---- Answers that are not HTTP */

/* libcurl's words decide, but are not shown: they may quote. */
static const struct {
    CURLcode code;
    const char *detail, *words;
} malformed[] = {
    {CURLE_UNSUPPORTED_PROTOCOL, "HTTP/0.9", "does not begin as answers of HTTP do"},
    {CURLE_UNSUPPORTED_PROTOCOL, "HTTP version", "has an unknown version of HTTP"},
    {CURLE_WEIRD_SERVER_REPLY, "Nul byte", "has a header with a NUL byte"},
    {CURLE_WEIRD_SERVER_REPLY, "without colon", "has a header without a colon"},
    {CURLE_WEIRD_SERVER_REPLY, "Content-Length", "has a Content-Length that is no number"},
    {CURLE_WEIRD_SERVER_REPLY, "", "is not HTTP"},
    {CURLE_BAD_FUNCTION_ARGUMENT, "", "has a trailer without a colon"},
    {CURLE_RECV_ERROR, "Out of memory in chunked", "has a header line of more than 4 KB behind its body"},
    {CURLE_RECV_ERROR, "hexadecimal", "has a chunk whose size is no number, or too large a one"},
    {CURLE_RECV_ERROR, "in chunked", "is not in the chunks that it claims to be in"},
    {CURLE_RECV_ERROR, "response headers", "has too many headers"},
};

static bool explain_malformed(const struct transport_failure *failure, postern_error *error)
{
    const char *detail = failure->detail ? failure->detail : "", *words = NULL;
    /* libcurl's own limit of a line; it has no code of its own before 8.6. */
    bool long_line = failure->code == CURLE_OUT_OF_MEMORY && !failure->head_ended;
#if LIBCURL_VERSION_NUM >= 0x080600
    long_line |= failure->code == CURLE_TOO_LARGE;
#endif
    if (long_line) words = "has a header line of more than 100 KB";
    for (size_t i = 0; !words && i < sizeof malformed / sizeof *malformed; i++)
        if (malformed[i].code == failure->code && strstr(detail, malformed[i].detail))
            words = malformed[i].words;
    if (!failure->asked || !words) return false;
    error_set(error, POSTERN_E_RETRY, "the request to %s%.200s failed: its answer %s", failure->host,
              failure->path, words);
    error_remedy(error, "see whether a proxy, or something else, answers in its place; it is tried again");
    return true;
}

postern_status failure_explain(const struct transport_failure *failure, postern_error *error)
{
    if (failure->proxy && failure->proxy_status >= 300) {
        explain_proxy_status(failure, error);
        return POSTERN_E_RETRY;
    }
    if (explain_malformed(failure, error)) return POSTERN_E_RETRY;
    switch (failure->code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        error_set(error, POSTERN_E_RETRY, "the name %s cannot be resolved", failure->host);
        error_remedy(error, "check the host name in %s and the DNS of this machine", failure->names.url);
        return POSTERN_E_RETRY;
    case CURLE_COULDNT_RESOLVE_PROXY:
        error_set(error, POSTERN_E_RETRY, "the name of the proxy %s cannot be resolved", failure->proxy);
        say_proxy(failure, error);
        return POSTERN_E_RETRY;
    case CURLE_COULDNT_CONNECT:
        explain_connect(failure, error);
        return POSTERN_E_RETRY;
    case CURLE_OPERATION_TIMEDOUT:
        explain_timeout(failure, error);
        return POSTERN_E_RETRY;
    case CURLE_PEER_FAILED_VERIFICATION:
        explain_certificate(failure, error);
        return POSTERN_E_RETRY;
    case CURLE_SSL_CONNECT_ERROR:
        error_set(error, POSTERN_E_RETRY, "no TLS connection to %s (%.*s)", failure->host, DETAIL_LIMIT,
                  failure->detail);
        error_remedy(error, "the server, or a proxy between, must speak TLS 1.2 or newer");
        return POSTERN_E_RETRY;
    case CURLE_SSL_CACERT_BADFILE:
        error_set(error, POSTERN_E_CONFIG, "the file of trusted authorities cannot be read%s%s",
                  failure->ca_file ? ": " : "", failure->ca_file ? failure->ca_file : "");
        error_remedy(error, "check %s: certificates in PEM",
                     failure->names.ca_file ? failure->names.ca_file
                                            : "http { ca_file = ... }, SSL_CERT_FILE and SSL_CERT_DIR");
        return POSTERN_E_CONFIG;
    case CURLE_SSL_CERTPROBLEM:
        error_set(error, POSTERN_E_CONFIG, "the client certificate or its key cannot be used%s%s",
                  failure->client_certificate ? ": " : "",
                  failure->client_certificate ? failure->client_certificate : "");
        error_remedy(error, "client_certificate and client_key name readable files in PEM that belong "
                            "together, the key without a pass phrase");
        return POSTERN_E_CONFIG;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        explain_broken(failure, error);
        return POSTERN_E_RETRY;
    case CURLE_OUT_OF_MEMORY:
        return error_set(error, POSTERN_E_MEMORY, "no memory for a request to %s", failure->host);
    default:
        return error_set(error, POSTERN_E_RETRY, "the request to %s%.200s failed (%s)", failure->host,
                         failure->path, curl_easy_strerror(failure->code));
    }
}

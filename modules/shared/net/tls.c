#include "shared/net/tls.h"
#include "shared/net/wait.h"
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>

/* With TLS 1.3 a receiver refuses our certificate only after the handshake: its first word is waited for so
 * long. Nearly all send a ticket at once. */
#define FIRST_WORD_MS 250

/* ---- Failures ---- */

static const char *reason(unsigned long code)
{
    const char *words = ERR_reason_error_string(code);
    return words ? words : "unknown failure";
}

static postern_status fail_with_file(const struct net_target *target, const char *option, const char *path,
                                     postern_error *error)
{
    return kit_fail(
        error, POSTERN_E_CONFIG, "see that Postern may read it and that it holds what it should, as PEM",
        "%s: %s %s cannot be used: %s", target->name, option, path, reason(ERR_peek_last_error()));
}

/* What an answer that is no TLS looks like to OpenSSL. */
static bool is_no_tls(unsigned long code)
{
    int of = ERR_GET_REASON(code);
    return of == SSL_R_WRONG_VERSION_NUMBER || of == SSL_R_HTTP_REQUEST || of == SSL_R_HTTPS_PROXY_REQUEST ||
           of == SSL_R_PACKET_LENGTH_TOO_LONG || of == SSL_R_UNEXPECTED_MESSAGE ||
           of == SSL_R_UNSUPPORTED_PROTOCOL || of == SSL_R_RECORD_LENGTH_MISMATCH;
}

#define NO_TLS_REMEDY                                                                                        \
    "the target says TLS, and the port seems to be one without: use another port or another word in front "  \
    "of ://"

static postern_status fail_handshake(const SSL *session, const struct net_target *target, int result,
                                     int error_number, postern_error *error)
{
    unsigned long code = ERR_peek_error();
    long verified = SSL_get_verify_result(session);
    if (verified != X509_V_OK)
        return kit_fail(error, POSTERN_E_CONFIG, "set ca_file, or server_name to the name in the certificate",
                        "%s: the receiver's certificate is not accepted: %s", target->name,
                        X509_verify_cert_error_string(verified));
    if (net_tls_has_ended(session, result))
        return kit_fail(error, POSTERN_E_RETRY, NO_TLS_REMEDY,
                        "%s: the receiver closed the connection instead of answering with TLS", target->name);
    if (is_no_tls(code))
        return kit_fail(error, POSTERN_E_CONFIG, NO_TLS_REMEDY, "%s: the answer is no TLS (%s)", target->name,
                        reason(code));
    return net_tls_fail(session, target, result, error_number, error);
}

short net_tls_wants(const SSL *session, int result)
{
    int why = SSL_get_error(session, result);
    return why == SSL_ERROR_WANT_READ ? POLLIN : why == SSL_ERROR_WANT_WRITE ? POLLOUT : 0;
}

bool net_tls_has_ended(const SSL *session, int result)
{
    int why = SSL_get_error(session, result);
    return why == SSL_ERROR_ZERO_RETURN ||
           (why == SSL_ERROR_SSL && ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) ||
           (why == SSL_ERROR_SYSCALL && ERR_peek_error() == 0 && errno == 0);
}

postern_status net_tls_fail(const SSL *session, const struct net_target *target, int result, int error_number,
                            postern_error *error)
{
    unsigned long code = ERR_peek_error();
    if (SSL_get_error(session, result) == SSL_ERROR_SYSCALL || code == 0)
        return kit_fail(error, POSTERN_E_RETRY, NULL, "%s: the connection broke: %s", target->name,
                        strerror(error_number));
    /* An alert about a certificate, or about what the two sides have in common: ours to mend. */
    return kit_fail(error, POSTERN_E_CONFIG,
                    "see what certificate and which versions of TLS the receiver wants "
                    "(client_certificate, client_key); its log says more",
                    "%s: TLS was refused: %s", target->name, reason(code));
}

/* ---- A session ---- */

/* Without it OpenSSL would ask at the terminal. */
static int no_pass_phrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer, (void)size, (void)writing, (void)context;
    return 0;
}

static postern_status load_files(const struct net_settings *settings, const struct net_target *target,
                                 SSL_CTX *context, postern_error *error)
{
    bool trusts = settings->ca_file ? SSL_CTX_load_verify_file(context, settings->ca_file) == 1
                                    : SSL_CTX_set_default_verify_paths(context) == 1;
    if (!trusts)
        return fail_with_file(target, "ca_file", settings->ca_file ? settings->ca_file : "(the system's)",
                              error);
    if (!settings->certificate) return POSTERN_OK;
    if (SSL_CTX_use_certificate_chain_file(context, settings->certificate) != 1)
        return fail_with_file(target, "client_certificate", settings->certificate, error);
    if (SSL_CTX_use_PrivateKey_file(context, settings->key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1)
        return fail_with_file(target, "client_key", settings->key, error);
    return POSTERN_OK;
}

static bool expect_name(SSL *session, const char *name)
{
    struct in6_addr address;
    X509_VERIFY_PARAM *verify = SSL_get0_param(session);
    bool is_address = inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1;
    if (is_address) return X509_VERIFY_PARAM_set1_ip_asc(verify, name) == 1;
    X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(verify, name, 0) == 1 && SSL_set_tlsext_host_name(session, name) == 1;
}

static postern_status session_new(const struct net_settings *settings, const struct net_target *target,
                                  int fd, SSL **session, postern_error *error)
{
    SSL *made = NULL;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context) return kit_no_memory(error);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_default_passwd_cb(context, no_pass_phrase);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    postern_status status = load_files(settings, target, context, error);
    if (status >= 0) {
        made = SSL_new(context);
        bool is_set = made && SSL_set_fd(made, fd) == 1 &&
                      expect_name(made, settings->server_name ? settings->server_name : target->host);
        if (!is_set) status = kit_no_memory(error);
    }
    SSL_CTX_free(context); /* the session keeps what it needs */
    if (status >= 0)
        *session = made;
    else
        SSL_free(made);
    return status;
}

static postern_status fail_waiting(const struct net_target *target, postern_status status,
                                   postern_error *error)
{
    if (status == POSTERN_E_STOPPED) return kit_fail(error, status, NULL, "Postern is stopping");
    return kit_fail(error, POSTERN_E_RETRY, NO_TLS_REMEDY, "%s: no answer with TLS came in time",
                    target->name);
}

static postern_status shake_hands(const postern_host *host, const struct net_target *target, int fd,
                                  int64_t until_ms, SSL *session, postern_error *error)
{
    for (;;) {
        short ready, wants;
        ERR_clear_error();
        errno = 0;
        int result = SSL_connect(session), error_number = errno;
        if (result == 1) return POSTERN_OK;
        if ((wants = net_tls_wants(session, result)) == 0)
            return fail_handshake(session, target, result, error_number, error);
        postern_status status = net_wait(host, fd, wants, until_ms, &ready);
        if (status < 0) return fail_waiting(target, status, error);
    }
}

static postern_status hear_first_word(const postern_host *host, const struct net_target *target, int fd,
                                      SSL *session, postern_error *error)
{
    char byte;
    short ready;
    if (SSL_version(session) < TLS1_3_VERSION) return POSTERN_OK;
    if (net_wait(host, fd, POLLIN, net_clock_ms() + FIRST_WORD_MS, &ready) < 0) return POSTERN_OK;
    ERR_clear_error();
    errno = 0;
    int result = SSL_peek(session, &byte, 1), error_number = errno;
    if (result > 0 || net_tls_wants(session, result)) return POSTERN_OK;
    return fail_handshake(session, target, result, error_number, error);
}

postern_status net_tls_open(const struct net_settings *settings, const struct net_target *target, int fd,
                            int64_t until_ms, SSL **session, postern_error *error)
{
    SSL *made = NULL;
    ERR_clear_error();
    postern_status status = session_new(settings, target, fd, &made, error);
    if (status < 0) return status;
    status = shake_hands(settings->host, target, fd, until_ms, made, error);
    if (status >= 0) status = hear_first_word(settings->host, target, fd, made, error);
    if (status >= 0)
        *session = made;
    else
        SSL_free(made);
    return status;
}

void net_tls_close(SSL *session)
{
    ERR_clear_error();
    SSL_shutdown(session); /* fails harmlessly if the session is broken */
    SSL_free(session);
}

void net_tls_describe(const SSL *session, char *words, size_t size)
{
    char subject[256] = "", until[64] = "";
    size_t used = strlen(words);
    const X509 *certificate = SSL_get0_peer_certificate(session);
    BIO *text = BIO_new(BIO_s_mem());
    if (certificate) X509_NAME_oneline(X509_get_subject_name(certificate), subject, sizeof subject);
    if (certificate && text && ASN1_TIME_print(text, X509_get0_notAfter(certificate))) {
        int got = BIO_read(text, until, sizeof until - 1);
        until[got > 0 ? got : 0] = '\0';
    }
    BIO_free(text);
    snprintf(words + used, size - used, ", %s, certificate %s, valid until %s", SSL_get_version(session),
             subject, until);
}

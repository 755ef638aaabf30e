#include "http/transfer.h"
#include "base/address.h"
#include "base/error.h"
#include "base/real_time.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "http/failure.h"
#include "http/method.h"
#include "http/proxy_choice.h"
#include "http/request_headers.h"
#include "http/sight.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

struct http_transfer *transfer_new(struct http_exchange *exchange, const struct transfer_settings *settings,
                                   postern_error *error)
{
    struct http_transfer *transfer = calloc(1, sizeof *transfer);
    if (!transfer) return error_no_memory(error, NULL), NULL;
    transfer->exchange = exchange;
    transfer->settings = settings;
    transfer->answer = ANSWER_INIT;
    transfer->proxy = "";
    transfer->error = ERROR_INIT;
    if (!method_is_known(exchange->method))
        error_set(error, POSTERN_E_INVALID, "no such method of HTTP: %.32s", exchange->method);
    else if (exchange->credentialless && exchange->sign)
        error_set(error, POSTERN_E_INVALID, "a download must not be signed");
    else if (target_parse(exchange->url, settings->given.allow_http, &transfer->target, error) ==
                 POSTERN_OK &&
             exchange->credentialless && !exchange->allow_private)
        target_check_public(&transfer->target, error);
    return transfer;
}

/* ---- What libcurl calls */

static bool address_is_allowed(const struct http_transfer *transfer, const struct sockaddr *address)
{
    if (*transfer->proxy) return true; /* the address is the proxy's; the host's own only the proxy knows */
    if (!transfer->target.https) return transfer->target.allowed_http || address_is_loopback(address);
    bool public_only = transfer->exchange->credentialless && !transfer->exchange->allow_private;
    return !public_only || !address_is_private(address);
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http_transfer *transfer = context;
    (void)purpose;
    if (!address_is_allowed(transfer, &address->addr)) {
        transfer->broken_off = REFUSED_ADDRESS;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* The last stop before a request goes out. libcurl comes here a second time when a kept connection has died
 * under the request and it is about to repeat it, with the old signature; and here it shows to where a kept
 * connection leads. */
static int before_request(void *context, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
    struct http_transfer *transfer = context;
    (void)local_ip, (void)local_port;
    struct sockaddr_storage address;
    if (transfer->asked) {
        transfer->broken_off = SENT_AGAIN;
        return CURL_PREREQFUNC_ABORT;
    }
    if (!remote_ip || !address_parse(remote_ip, &address) ||
        !address_is_allowed(transfer, (const struct sockaddr *)&address)) {
        transfer->broken_off = REFUSED_ADDRESS;
        return CURL_PREREQFUNC_ABORT;
    }
    transfer->broken_off = NOT_BROKEN_OFF; /* an address may have been refused before this one was found */
    transfer->asked = true;
    transfer->exchange->tries++;
    if (transfer->exchange->sight) sight_connected(transfer->exchange->sight, remote_ip, remote_port);
    return CURL_PREREQFUNC_OK;
}

/* Returning less than `size` makes libcurl break off. */
static size_t taken(struct http_transfer *transfer, postern_status status, size_t size)
{
    if (status == POSTERN_OK) return size;
    transfer->broken_off = REFUSED_ANSWER;
    return size + 1;
}

static size_t take_header(char *data, size_t one, size_t size, void *context)
{
    struct http_transfer *transfer = context;
    (void)one;
    return taken(transfer,
                 http_answer_header_line(&transfer->answer, &transfer->settings->limits,
                                         (postern_text){data, size}, &transfer->error),
                 size);
}

static size_t take_body(char *data, size_t one, size_t size, void *context)
{
    struct http_transfer *transfer = context;
    (void)one;
    postern_text bytes = {data, size};
    return taken(transfer,
                 http_answer_body(&transfer->answer, &transfer->settings->limits, bytes, &transfer->error),
                 size);
}

/* libcurl reads what a proxy answers to CONNECT for as long as more of it is there, and looks at no time-out
 * meanwhile; but it calls this. */
static int look_at_time(void *context, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
    struct http_transfer *transfer = context;
    (void)down_all, (void)down, (void)up_all, (void)up;
    if (transfer->asked || real_ms() - transfer->begun_ms <= transfer->settings->given.connect_timeout_ms)
        return 0;
    transfer->broken_off = CONNECTS_TOO_LONG;
    return 1;
}

/* ---- A try */

static void set_tls(CURL *easy, const struct trust *trust, const struct http_settings *given)
{
    /* libcurl keeps a bundle parsed only if there is no directory beside it: each is set, also to nothing. */
    curl_easy_setopt(easy, CURLOPT_CAINFO, trust->file);
    curl_easy_setopt(easy, CURLOPT_CAPATH, trust->directory);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, trust->file);
    curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, trust->directory);
    curl_easy_setopt(easy, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_SSLCERT, given->client_certificate);
    curl_easy_setopt(easy, CURLOPT_SSLKEY, given->client_key);
    curl_easy_setopt(easy, CURLOPT_KEYPASSWD, ""); /* else OpenSSL asks at the terminal */
}

static int64_t timeout_ms(const struct http_transfer *transfer)
{
    int64_t own = transfer->exchange->timeout_ms;
    return own ? own : transfer->settings->given.timeout_ms;
}

static void set_connection(struct http_transfer *transfer)
{
    const struct http_settings *given = &transfer->settings->given;
    CURL *easy = transfer->easy;
    transfer->proxy = "";
    if (transfer->target.https)
        transfer->proxy = proxy_for_host(given->proxy, given->no_proxy, transfer->target.host);
    curl_easy_setopt(easy, CURLOPT_PROXY, transfer->proxy);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, ""); /* decided above, so not again from the environment */
    curl_easy_setopt(easy, CURLOPT_PROXYAUTH, (long)CURLAUTH_ANY);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* never wait for a resolver that is stuck */
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)given->connect_timeout_ms);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms(transfer));
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, (long)transfer->fresh);
    curl_easy_setopt(easy, CURLOPT_SHARE, transfer->settings->share);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, look_at_time);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, transfer);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, (long)!*transfer->proxy);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->detail);
    set_tls(easy, &transfer->settings->trust, given);
}

static void set_request(struct http_transfer *transfer)
{
    const struct http_exchange *exchange = transfer->exchange;
    CURL *easy = transfer->easy;
    curl_easy_setopt(easy, CURLOPT_URL, exchange->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, transfer->target.https ? "https" : "http");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(
        easy, CURLOPT_HTTP_VERSION,
        (long)(transfer->settings->given.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, (long)transfer->settings->given.http2);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "postern/" POSTERN_VERSION);
    curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L); /* content_coding.h does it */
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->header_lines);
    method_set(easy, exchange);
}

static void set_answer(struct http_transfer *transfer)
{
    CURL *easy = transfer->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 64L << 10);
}

postern_status transfer_begin(struct http_transfer *transfer, postern_error *error)
{
    postern_status status = request_headers_make(transfer->exchange, &transfer->header_lines, error);
    if (status < 0) return status;
    transfer->easy = curl_easy_init();
    if (!transfer->easy) return error_no_memory(error, NULL);
    transfer->broken_off = NOT_BROKEN_OFF;
    transfer->asked = transfer->idle = false;
    transfer->moved = transfer->moved_ms = 0;
    transfer->begun_ms = real_ms();
    transfer->answer.keeps_coding = transfer->exchange->keeps_coding;
    transfer->answer.keeps_unknown = transfer->exchange->credentialless;
    transfer->answer.without_body = strcmp(transfer->exchange->method, "HEAD") == 0;
    transfer->detail[0] = '\0';
    set_connection(transfer);
    set_request(transfer);
    set_answer(transfer);
    if (transfer->exchange->sight) sight_watch(transfer->exchange->sight, transfer->easy);
    return POSTERN_OK;
}

static int64_t bytes_moved(CURL *easy)
{
    curl_off_t sent = 0, received = 0;
    long headers = 0;
    curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
    curl_easy_getinfo(easy, CURLINFO_HEADER_SIZE, &headers);
    return sent + received + headers;
}

bool transfer_is_idle(struct http_transfer *transfer, int64_t now_ms)
{
    if (!transfer->asked) return false; /* the connect time-out watches */
    int64_t moved = bytes_moved(transfer->easy);
    if (transfer->moved_ms == 0 || moved != transfer->moved) {
        transfer->moved_ms = now_ms;
        transfer->moved = moved;
    }
    transfer->idle = now_ms - transfer->moved_ms >= transfer->settings->given.idle_timeout_ms;
    return transfer->idle;
}

/* ---- Its end */

static void end_try(struct http_transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    transfer->easy = NULL;
    request_headers_free(transfer->header_lines);
    transfer->header_lines = NULL;
}

/* The link of a download is a secret. Of such, only the host is shown. */
static bool hides_path(const struct http_exchange *exchange)
{
    return exchange->credentialless || exchange->hides_path;
}

static const char *path_to_show(const struct http_transfer *transfer)
{
    return hides_path(transfer->exchange) ? "" : transfer->target.path;
}

static void explain(struct http_transfer *transfer, CURLcode code, postern_error *error)
{
    const struct http_settings *given = &transfer->settings->given;
    struct transport_failure failure = {
        .code = code,
        .host = transfer->target.host,
        .path = path_to_show(transfer),
        .detail = transfer->detail,
        .ca_file = transfer->settings->trust.file,
        .client_certificate = given->client_certificate,
        .names = given->names,
        .asked = transfer->asked,
        .head_ended = transfer->answer.head_ended,
    };
    if (transfer->broken_off == CONNECTS_TOO_LONG)
        failure.code = CURLE_OPERATION_TIMEDOUT;
    else if (code == CURLE_ABORTED_BY_CALLBACK)
        failure.code = CURLE_COULDNT_CONNECT; /* a kept connection's address */
    failure.refused_address =
        failure.code == CURLE_COULDNT_CONNECT && transfer->broken_off == REFUSED_ADDRESS;
    char proxy[256];
    proxy_display_name(transfer->proxy, proxy, sizeof proxy);
    if (*transfer->proxy) failure.proxy = proxy;
    long os_error = 0, header_bytes = 0;
    curl_off_t body_bytes = 0, lookup_us = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_CONNECTCODE, &failure.proxy_status);
    curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &os_error);
    curl_easy_getinfo(transfer->easy, CURLINFO_SSL_VERIFYRESULT, &failure.verify_result);
    curl_easy_getinfo(transfer->easy, CURLINFO_PROXY_SSL_VERIFYRESULT, &failure.proxy_verify_result);
    curl_easy_getinfo(transfer->easy, CURLINFO_HEADER_SIZE, &header_bytes);
    curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_DOWNLOAD_T, &body_bytes);
    curl_easy_getinfo(transfer->easy, CURLINFO_NAMELOOKUP_TIME_T, &lookup_us);
    failure.resolved = lookup_us > 0;
    failure.os_error = os_error == EINPROGRESS ? 0 : (int)os_error;
    failure.received = header_bytes + body_bytes;
    failure.waited_ms = transfer->idle    ? given->idle_timeout_ms
                        : transfer->asked ? timeout_ms(transfer)
                                          : given->connect_timeout_ms;
    failure_explain(&failure, error);
}

/* A redirect is an answer like any other, with words for whoever reports it: following it could carry a
 * signature to another host. */
static void explain_redirect(struct http_exchange *exchange, const char *url_name)
{
    char where[200];
    location_display_name(exchange->url,
                          header_find(exchange->answer_headers, exchange->answer_header_count, "location"),
                          where, sizeof where);
    if (hides_path(exchange)) where[strcspn(where, "/")] = '\0';
    error_set(&exchange->error, POSTERN_OK, "the server redirects (%d)%s%s, which is not followed",
              exchange->status, *where ? " to " : "", where);
    error_remedy(&exchange->error, "check %s; a login page of a proxy also answers so", url_name);
}

/* 0 = none, also if there are two and they differ. */
static int64_t date_of(const struct http_answer *answer)
{
    int64_t date_ms = 0, other_ms;
    for (size_t i = 0; i < answer->header_count; i++) {
        if (!text_is(answer->headers[i].name, "date")) continue;
        if (!timestamp_parse_http(answer->headers[i].value, &other_ms)) return 0;
        if (date_ms && date_ms != other_ms) return 0;
        date_ms = other_ms;
    }
    return date_ms;
}

static void hand_over_head(struct http_transfer *transfer)
{
    struct http_exchange *exchange = transfer->exchange;
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    exchange->status = (int)status;
    exchange->answer_headers = transfer->answer.headers;
    exchange->answer_header_count = transfer->answer.header_count;
    exchange->server_date_ms = date_of(&transfer->answer);
}

static postern_status hand_over_answer(struct http_transfer *transfer)
{
    struct http_exchange *exchange = transfer->exchange;
    postern_status fine = http_answer_finish(&transfer->answer, &exchange->answer_body, &exchange->error);
    exchange->answer_is_mapped = transfer->answer.mapping != NULL;
    if (fine < 0) return fine;
    hand_over_head(transfer);
    if (exchange->status >= 300 && exchange->status < 400)
        explain_redirect(exchange, transfer->settings->given.names.url);
    return POSTERN_OK;
}

bool transfer_end(struct http_transfer *transfer, CURLcode code)
{
    struct http_exchange *exchange = transfer->exchange;
    if (transfer->broken_off == SENT_AGAIN) {
        end_try(transfer);
        http_answer_free(&transfer->answer);
        transfer->fresh = true; /* so that this happens once at the most */
        return false;
    }
    if (exchange->sight) sight_finish(exchange->sight, transfer->easy);
    bool refused = transfer->broken_off == REFUSED_ANSWER;
    if (refused)
        exchange->error = transfer->error;
    else if (code != CURLE_OK)
        explain(transfer, code, &exchange->error);
    else
        refused = hand_over_answer(transfer) < 0;
    if (refused) error_prefix(&exchange->error, "%s%.100s: ", transfer->target.host, path_to_show(transfer));
    exchange->coding_failed = refused && transfer->answer.coding_failed;
    /* Of an answer whose body is too large the head is kept: it may name the place behind it. A head that has
     * no end, or a body whose trailers have none, may be whole the next time. */
    if (transfer->answer.too_large)
        hand_over_head(transfer);
    else if (exchange->error.code < 0)
        http_answer_free(&transfer->answer);
    return true;
}

void transfer_close(struct http_transfer *transfer)
{
    end_try(transfer);
    target_free(&transfer->target);
}

void transfer_free(struct http_transfer *transfer)
{
    if (!transfer) return;
    http_answer_free(&transfer->answer);
    free(transfer);
}

#include "collect/stream/request.h"

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "base/url.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Anew for every try: a date, an id or a signature may serve only once. */
static postern_status sign(struct http_exchange *exchange, postern_arena *arena, postern_pair *headers,
                           size_t capacity, size_t *count, postern_error *error)
{
    struct request *request = exchange->context;
    const struct access *access = &request->access;
    if (!request->owner) return error_set(error, POSTERN_E_RETRY, "stopped");
    if (capacity < AUTH_HEADER_LIMIT)
        return error_set(error, POSTERN_E_INVALID, "no room for the headers that authenticate");
    struct clock_reading ours = clock_read(request->clock);
    int64_t now = request->host ? server_clock_for_signing(&request->host->clock, ours) : ours.wall_ms;
    request->time_was_signed = access->scheme->signs_time;
    request->signed_offset_ms = now - ours.monotonic_ms;
    random_guid(request->random, request->id);
    const struct auth_signing signing = {.credentials = &access->credentials,
                                         .token = access->token,
                                         .header = access->profile->header,
                                         .path = request->path,
                                         .request_id = request->id,
                                         .now_ms = now};
    return access->scheme->sign(&signing, arena, headers, count, error);
}

static void finished(struct http_exchange *exchange)
{
    struct request *request = exchange->context;
    request->arrived = clock_read(request->clock);
    if (request->owner) {
        request->done(request);
        return;
    }
    if (request->ended) request->ended(request->waiter);
    request_free(request);
}

/* ---- What may be asked ---- */

__attribute__((format(printf, 2, 3))) static bool refuse(postern_error *error, const char *format, ...)
{
    char words[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    error_set(error, POSTERN_E_INVALID, "the source made a request that is not sent: %s", words);
    error_remedy(error, "this is a mistake in the module: report it to whoever made the module");
    return false;
}

static bool check_method(const char *method, postern_error *error)
{
    if (!method || strcmp(method, "GET") == 0 || strcmp(method, "POST") == 0) return true;
    return refuse(error, "its method is \"%.20s\" and not GET or POST", method);
}

/* A source chooses a path, never where the request goes: what is joined is read again as a whole, and must
 * lead to the scheme, host and port of the account, whose credentials go with it. */
static bool check_target(const char *base_url, postern_text path, const char *joined, postern_error *error)
{
    struct url base, url;
    if (path.size == 0 || path.data[0] != '/') return refuse(error, "its path does not begin with '/'");
    enum url_fault fault = url_check_path(path);
    if (fault != URL_FINE) return refuse(error, "its path %s", url_fault_words(fault));
    fault = url_read(text_of(joined), &url);
    if (fault != URL_FINE || url_read(text_of(base_url), &base) != URL_FINE)
        return refuse(error, "its URL %s", url_fault_words(fault));
    return url_same_origin(&base, &url) || refuse(error, "it leaves the base URL");
}

/* ---- Making it ---- */

/* The source's headers and the type of the body, all copied. */
static bool copy_headers(struct request *request, const postern_request *what)
{
    bool typed = what->body.size > 0;
    size_t count = what->header_count + typed;
    if (!count) return true;
    request->headers = calloc(count, sizeof *request->headers);
    if (!request->headers) return false;
    request->exchange.headers = request->headers;
    if (typed) {
        request->content_type = strdup(what->content_type ? what->content_type : "application/json");
        if (!request->content_type) return false;
        request->headers[request->exchange.header_count++] =
            (postern_pair){TEXT("Content-Type"), text_of(request->content_type)};
    }
    for (size_t i = 0; i < what->header_count; i++) {
        postern_pair *header = &request->headers[request->exchange.header_count++];
        header->name = (postern_text){text_duplicate(what->headers[i].name), what->headers[i].name.size};
        header->value = (postern_text){text_duplicate(what->headers[i].value), what->headers[i].value.size};
        if (!header->name.data || !header->value.data) return false;
    }
    return true;
}

/* False with *error set. */
static bool join_url(struct request *request, const struct request_plan *plan, postern_error *error)
{
    const char *base = plan->base_url ? plan->base_url : "";
    if (asprintf(&request->url, "%s%.*s", base, TEXT_ARGS(plan->what->path)) < 0) {
        request->url = NULL;
        error_no_memory(error, NULL);
    }
    return request->url && (!plan->base_url || (check_method(plan->what->method, error) &&
                                                check_target(base, plan->what->path, request->url, error)));
}

/* The path that is signed: without the query. */
static char *signed_path(postern_text path)
{
    const char *mark = path.size ? memchr(path.data, '?', path.size) : NULL;
    return text_duplicate(mark ? text_slice(path.data, mark) : path);
}

static bool fill(struct request *request, const struct request_plan *plan)
{
    const postern_request *what = plan->what;
    request->path = signed_path(what->path);
    if (!request->path || !copy_headers(request, what)) return false;
    if (what->body.size) {
        request->body = text_duplicate(what->body);
        if (!request->body) return false;
    }
    request->exchange.method = what->method && strcmp(what->method, "POST") == 0 ? "POST" : "GET";
    request->exchange.url = request->url;
    request->exchange.body = (postern_text){request->body, what->body.size};
    request->exchange.timeout_ms = what->timeout_ms;
    request->exchange.credentialless = plan->credentialless;
    request->exchange.allow_private = plan->allow_private;
    request->exchange.keeps_coding = plan->keeps_coding;
    if (!plan->access) return true;
    access_share(&request->access, plan->access);
    request->exchange.sign = sign;
    return true;
}

struct request *request_new(const struct request_plan *plan, postern_error *error)
{
    struct request *request = calloc(1, sizeof *request);
    if (!request) return error_no_memory(error, NULL), NULL;
    request->host = plan->host;
    request->clock = plan->clock;
    request->random = plan->random;
    request->exchange.context = request;
    request->exchange.done = finished;
    bool may_be_asked = join_url(request, plan, error);
    if (may_be_asked && fill(request, plan)) return request;
    if (may_be_asked) error_no_memory(error, NULL);
    request_free(request);
    return NULL;
}

void request_start(struct request *request, struct network *network, void (*done)(struct request *request),
                   void *owner)
{
    request->done = done;
    request->owner = owner;
    http_start(network, &request->exchange);
}

void request_detach(struct request *request)
{
    request_abandon(request, NULL, NULL);
}

void request_abandon(struct request *request, void (*ended)(void *waiter), void *waiter)
{
    request->owner = NULL;
    request->host = NULL;
    request->ended = ended;
    request->waiter = waiter;
}

void request_free(struct request *request)
{
    if (!request) return;
    http_exchange_clear(&request->exchange);
    access_release(&request->access);
    size_t first = request->content_type ? 1 : 0; /* that one's texts are not of its own */
    for (size_t i = first; request->headers && i < request->exchange.header_count; i++) {
        free((char *)(uintptr_t)request->headers[i].name.data);
        free((char *)(uintptr_t)request->headers[i].value.data);
    }
    free(request->headers);
    free(request->content_type);
    free(request->url);
    free(request->path);
    if (request->body) secret_wipe(request->body, request->exchange.body.size); /* a token request's */
    free(request->body);
    free(request);
}

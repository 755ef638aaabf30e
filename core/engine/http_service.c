#include "engine/http_service.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/container.h"
#include "base/error.h"
#include "base/url.h"
#include "http/blocking.h"
#include "http/content_coding.h"
#include "http/rate_limit.h"
#include "module/instance.h"
#include <pthread.h>
#include <stdlib.h>

#define HEADERS_LIMIT    128
#define ALLOW_HTTP_LIMIT 256

struct http_service {
    postern_http table;
    pthread_mutex_t lock;
    struct http_settings defaults;
    char *ca_file, *proxy, *no_proxy; /* of the defaults */
    void (*observe)(void *context, const struct http_sighting *sighting);
    void *context;
};

static struct http_service *service_in(const struct module_registry *registry)
{
    const postern_http *table = registry_service(registry, POSTERN_SERVICE_HTTP);
    return CONTAINER_OF((uintptr_t)table, struct http_service, table);
}

/* ---- The client of an instance ---- */

/* The instance's options, NUL-terminated and with the defaults for what is not among them. */
struct client_options {
    postern_arena *arena;
    struct http_settings settings;
    const char *allow_http[ALLOW_HTTP_LIMIT + 1];
};

/* `called` (NULL = nobody asks): what the option is called in remedies once it is in force. */
static bool read_text(struct client_options *options, const postern_host *host, const char *name,
                      const char **into, const char **called, const char *words)
{
    postern_text text = {0};
    if (!host->option_text(host, name, &text)) return true;
    if (called) *called = words;
    *into = arena_copy(options->arena, text).data;
    return *into != NULL;
}

static bool read_options(struct client_options *options, const postern_host *host)
{
    struct http_settings *settings = &options->settings;
    struct http_setting_names *names = &settings->names;
    postern_text text;
    bool good =
        read_text(options, host, "ca_file", &settings->ca_file, &names->ca_file, "the sink's ca_file") &&
        read_text(options, host, "client_certificate", &settings->client_certificate, NULL, NULL) &&
        read_text(options, host, "client_key", &settings->client_key, NULL, NULL) &&
        read_text(options, host, "proxy", &settings->proxy, &names->proxy, "the sink's proxy");
    if (host->option_integer(host, "timeout", &settings->timeout_ms)) names->timeout = "the sink's timeout";
    host->option_integer(host, "connect_timeout", &settings->connect_timeout_ms);
    if (host->option_integer(host, "response_limit", &settings->response_limit))
        names->response_limit = "the sink's response_limit";
    for (size_t i = 0; good && i < ALLOW_HTTP_LIMIT && host->option_item(host, "allow_http", i, &text); i++)
        good = (options->allow_http[i] = arena_copy(options->arena, text).data) != NULL;
    settings->allow_http = options->allow_http;
    names->url = "the URL of the sink";
    return good;
}

static void *make_client(struct module_instance *instance, postern_error *error)
{
    struct http_service *service = service_in(instance->registry);
    _cleanup_(arena_freep) postern_arena *arena = arena_new((size_t)1 << 20);
    _cleanup_(freep) struct client_options *options = calloc(1, sizeof *options);
    struct blocking_client *client = NULL;
    if (!arena || !options) return error_no_memory(error, NULL), NULL;
    options->arena = arena;
    pthread_mutex_lock(&service->lock); /* until they are copied */
    options->settings = service->defaults;
    if (!read_options(options, &instance->host))
        error_no_memory(error, NULL);
    else
        (void)blocking_client_new(&options->settings, &client, error);
    pthread_mutex_unlock(&service->lock);
    return client;
}

static void free_client(void *client)
{
    blocking_client_free(client);
}

/* ---- The request ---- */

static bool is_own_header(const postern_http_request *request, postern_text name)
{
    static const char *const ours[] = {"content-length",  "host",  "connection", "transfer-encoding",
                                       "accept-encoding", "expect"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (text_is_ignoring_case(name, ours[i])) return true;
    return request->flags & POSTERN_HTTP_GZIP && text_is_ignoring_case(name, "content-encoding");
}

static postern_status check_request(const postern_http_request *request, postern_error *error)
{
    const char *method = request->method ? request->method : "GET";
    if (request->flags & ~POSTERN_HTTP_GZIP)
        return error_set(error, POSTERN_E_UNSUPPORTED, "a flag of the request is not known to this Postern");
    if (request->body.size && (!strcmp(method, "GET") || !strcmp(method, "HEAD")))
        return error_set(error, POSTERN_E_INVALID, "a %s has no body", method);
    if (request->header_count > HEADERS_LIMIT || request->timeout_ms < 0)
        return error_set(error, POSTERN_E_INVALID, "more than %d headers, or a time-out below 0",
                         HEADERS_LIMIT);
    for (size_t i = 0; i < request->header_count; i++)
        if (is_own_header(request, request->headers[i].name))
            return error_set(error, POSTERN_E_INVALID, "the header %.*s is Postern's own",
                             TEXT_ARGS(request->headers[i].name));
    if (request->url.size && memchr(request->url.data, '\0', request->url.size))
        return error_set(error, POSTERN_E_CONFIG, "the URL to ask holds a NUL");
    return POSTERN_OK;
}

/* ---- The answer ---- */

static postern_status copy_answer(const struct http_exchange *exchange, postern_arena *arena,
                                  postern_http_response *response, postern_error *error)
{
    size_t count = exchange->answer_header_count;
    postern_pair *headers = arena_allocate(arena, (count + 1) * sizeof *headers);
    postern_text body = arena_copy(arena, exchange->answer_body);
    bool good = headers && body.data;
    for (size_t i = 0; good && i < count; i++) {
        headers[i].name = arena_copy(arena, exchange->answer_headers[i].name);
        headers[i].value = arena_copy(arena, exchange->answer_headers[i].value);
        good = headers[i].name.data && headers[i].value.data;
    }
    if (!good) return error_no_memory(error, "for an answer");
    int64_t now_ms = exchange->server_date_ms ? exchange->server_date_ms : clock_wall_ms(clock_process());
    response->flags = 0;
    response->status = exchange->status;
    response->headers = headers;
    response->header_count = count;
    response->body = body;
    response->retry_after_ms = retry_after_ms(headers, count, now_ms);
    return POSTERN_OK;
}

/* ---- The exchange ---- */

static bool is_stopping(const void *host)
{
    return ((const postern_host *)host)->stopping(host);
}

static void let_see(const struct http_service *service, const postern_http_request *request,
                    const struct http_exchange *exchange)
{
    struct url url;
    if (url_read(text_of(exchange->url), &url) != URL_FINE) return; /* the error says so */
    service->observe(service->context, &(struct http_sighting){.method = exchange->method,
                                                               .host = url.host,
                                                               .path = url.path,
                                                               .exchange = exchange,
                                                               .now_ms = clock_wall_ms(clock_process()),
                                                               .request = request});
}

static postern_status run(struct blocking_client *client, const postern_host *host, postern_arena *arena,
                          const postern_http_request *request, struct http_exchange *exchange,
                          postern_http_response *response, postern_error *error)
{
    const struct http_service *service = service_in(module_instance_of(host)->registry);
    struct http_sight sight = {0};
    if (service->observe) exchange->sight = &sight;
    blocking_client_run(client, exchange, is_stopping, host);
    if (service->observe) let_see(service, request, exchange);
    postern_status status = exchange->error.code;
    if (status < 0)
        *error = exchange->error;
    else
        status = copy_answer(exchange, arena, response, error);
    http_exchange_clear(exchange);
    return status;
}

/* As where the whole URL lets in. */
static bool has_secret_path(const struct module_instance *instance, const char *text)
{
    struct url url;
    return url_read(text_of(text), &url) == URL_FINE && options_hide(instance->options, url.path);
}

static postern_status exchange_whole(const postern_host *host, postern_arena *arena,
                                     const postern_http_request *request, postern_http_response *response,
                                     postern_error *error)
{
    struct module_instance *instance = module_instance_of(host);
    postern_status status = check_request(request, error);
    if (status < 0) return status;
    struct blocking_client *client =
        module_instance_kept(instance, service_in(instance->registry), make_client, free_client, error);
    if (!client) return error->code;

    postern_pair headers[HEADERS_LIMIT + 1];
    struct http_exchange exchange = {.method = request->method ? request->method : "GET",
                                     .headers = headers,
                                     .body = request->body,
                                     .timeout_ms = request->timeout_ms};
    _cleanup_(buffer_free) struct buffer packed = {0};
    _cleanup_(freep) char *url = text_duplicate(request->url);
    if (!url) return error_no_memory(error, NULL);
    exchange.url = url;
    exchange.hides_path = has_secret_path(instance, url);
    for (; exchange.header_count < request->header_count; exchange.header_count++)
        headers[exchange.header_count] = request->headers[exchange.header_count];
    if (request->flags & POSTERN_HTTP_GZIP && request->body.size) {
        status = content_encode_gzip(request->body, &packed, error);
        if (status < 0) return status;
        headers[exchange.header_count++] = (postern_pair){TEXT("Content-Encoding"), TEXT("gzip")};
        exchange.body = buffer_text(&packed);
    }
    return run(client, host, arena, request, &exchange, response, error);
}

/* The caller may not want words, and its struct may be of another minor. */
static postern_status exchange(const postern_host *host, postern_arena *arena,
                               const postern_http_request *request, postern_http_response *response,
                               postern_error *error)
{
    postern_error own = ERROR_INIT;
    postern_status status = exchange_whole(host, arena, request, response, &own);
    if (status < 0 && error) {
        own.size = error->size;
        *error = own;
    }
    return status;
}

/* ---- Its making ---- */

static void free_service(void *object)
{
    struct http_service *service = object;
    pthread_mutex_destroy(&service->lock);
    free(service->ca_file);
    free(service->proxy);
    free(service->no_proxy);
    free(service);
}

bool http_service_add(struct module_registry *registry)
{
    struct http_service *service = calloc(1, sizeof *service);
    if (!service) return false;
    pthread_mutex_init(&service->lock, NULL);
    service->table = (postern_http){.size = sizeof service->table, .exchange = exchange};
    if (!registry_keep(registry, service, free_service)) return free_service(service), false;
    return registry_add_service(registry, POSTERN_SERVICE_HTTP, &service->table);
}

static bool copy(const char *from, char **into)
{
    *into = from ? strdup(from) : NULL;
    return !from || *into;
}

static void swap(char **a, char **b)
{
    char *kept = *a;
    *a = *b;
    *b = kept;
}

void http_service_observe(struct module_registry *registry,
                          void (*observe)(void *context, const struct http_sighting *sighting), void *context)
{
    struct http_service *service = service_in(registry);
    service->observe = observe;
    service->context = context;
}

bool http_service_set_defaults(struct module_registry *registry, const struct config_http *http)
{
    struct http_service *service = service_in(registry);
    _cleanup_(freep) char *ca_file = NULL;
    _cleanup_(freep) char *proxy = NULL;
    _cleanup_(freep) char *no_proxy = NULL;
    if (!copy(http->ca_file, &ca_file) || !copy(http->proxy, &proxy) || !copy(http->no_proxy, &no_proxy))
        return false;
    pthread_mutex_lock(&service->lock);
    swap(&service->ca_file, &ca_file);
    swap(&service->proxy, &proxy);
    swap(&service->no_proxy, &no_proxy);
    service->defaults = (struct http_settings){.ca_file = service->ca_file,
                                               .proxy = service->proxy,
                                               .no_proxy = service->no_proxy,
                                               .connect_timeout_ms = http->connect_timeout_ms,
                                               .timeout_ms = http->timeout_ms,
                                               .idle_timeout_ms = http->idle_timeout_ms,
                                               .response_limit = http->response_limit,
                                               .http2 = http->http2};
    pthread_mutex_unlock(&service->lock);
    return true;
}

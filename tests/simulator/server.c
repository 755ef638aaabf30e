#include "server.h"
#include "times.h"
#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LARGEST_BODY = 64 * 1024, SLOW_STEPS = 20 };

struct server {
    struct service *service;
    struct MHD_Daemon *daemon, *decoy, *storage;
};

enum door { DOOR_API, DOOR_DECOY, DOOR_STORAGE };

/* One request on its way through. */
struct exchange {
    struct service *service;
    struct MHD_Connection *connection;
    struct text body;
    struct http_reply reply;
    bool too_large;
};

/* libmicrohttpd keeps one pointer per connection: the number of requests on it. */
static void on_connection(void *context, struct MHD_Connection *connection, void **memory,
                          enum MHD_ConnectionNotificationCode code)
{
    (void)context;
    (void)connection;
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *memory = must_allocate(sizeof(unsigned));
    else
        free(*memory);
}

static unsigned count_on_connection(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return ++*(unsigned *)info->socket_context;
}

static int socket_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

static const char *header_of(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

static void sleep_ms(int64_t ms)
{
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&pause, &pause) < 0 && errno == EINTR)
        continue;
}

static ssize_t reset_connection(struct exchange *exchange)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(socket_of(exchange->connection), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

static ssize_t read_body(void *context, uint64_t position, char *buffer, size_t capacity)
{
    struct exchange *exchange = context;
    const struct http_reply *reply = &exchange->reply;
    size_t size = reply->body.size;
    if (reply->reset) size /= 2;
    if (position >= size) {
        if (reply->reset) return reset_connection(exchange);
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    size_t some = size - (size_t)position;
    if (some > capacity) some = capacity;
    if (reply->slow_ms) {
        size_t step = size / SLOW_STEPS + 1;
        if (some > step) some = step;
        sleep_ms(reply->slow_ms / SLOW_STEPS);
    }
    memcpy(buffer, reply->body.data + position, some);
    if (position + some == size) service_answered(exchange->service, &exchange->reply);
    return (ssize_t)some;
}

static enum MHD_Result send_reply(struct exchange *exchange)
{
    struct http_reply *reply = &exchange->reply;
    if (reply->close_silently) return MHD_NO;
    if (reply->reset && reply->body.size < 2) reply->reset = false;
    uint64_t size = reply->chunked ? MHD_SIZE_UNKNOWN : reply->body.size;
    struct MHD_Response *response = MHD_create_response_from_callback(size, 16384, read_body, exchange, NULL);
    struct text date = {0};
    time_rfc(&date, service_shown_now(exchange->service) + reply->date_offset_ms, "GMT");
    MHD_add_response_header(response, "Date", date.data);
    text_free(&date);
    for (size_t i = 0; i < reply->header_count; i++)
        MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    if (reply->body.size == 0) service_answered(exchange->service, reply);
    enum MHD_Result queued = MHD_queue_response(exchange->connection, reply->status, response);
    MHD_destroy_response(response);
    return queued;
}

struct collected_arguments {
    struct http_argument list[HTTP_ARGUMENTS];
    size_t count;
};

static enum MHD_Result collect_argument(void *context, enum MHD_ValueKind kind, const char *key,
                                        const char *value)
{
    (void)kind;
    struct collected_arguments *arguments = context;
    if (arguments->count < HTTP_ARGUMENTS)
        arguments->list[arguments->count] = (struct http_argument){key, value ? value : ""};
    arguments->count++;
    return MHD_YES;
}

static enum MHD_Result handle(struct server *server, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *upload, size_t *upload_size, void **memory,
                              enum door door)
{
    struct exchange *exchange = *memory;
    if (!exchange) {
        *memory = exchange = must_allocate(sizeof *exchange);
        *exchange = (struct exchange){.service = server->service, .connection = connection};
        return MHD_YES;
    }
    if (*upload_size) {
        exchange->too_large = exchange->too_large || exchange->body.size + *upload_size > LARGEST_BODY;
        if (!exchange->too_large) text_append(&exchange->body, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    if (exchange->too_large) {
        http_fail(&exchange->reply, SHAPE_ENVELOPE, 413, "err_request_body", "the body is too large", NULL,
                  false);
        return send_reply(exchange);
    }
    struct collected_arguments arguments = {0};
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, collect_argument, &arguments);
    struct http_request request = {.method = method,
                                   .path = url,
                                   .header = header_of,
                                   .connection = connection,
                                   .body = exchange->body.data ? exchange->body.data : "",
                                   .body_size = exchange->body.size,
                                   .number_on_connection = count_on_connection(connection),
                                   .socket = socket_of(connection),
                                   .arguments = arguments.list,
                                   .argument_count = arguments.count,
                                   .storage = door == DOOR_STORAGE,
                                   .decoy = door == DOOR_DECOY};
    service_handle(exchange->service, &request, &exchange->reply);
    return send_reply(exchange);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **memory)
{
    (void)version;
    return handle(context, connection, url, method, upload, upload_size, memory, DOOR_API);
}

static enum MHD_Result on_decoy(void *context, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_size, void **memory)
{
    (void)version;
    return handle(context, connection, url, method, upload, upload_size, memory, DOOR_DECOY);
}

static enum MHD_Result on_storage(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **memory)
{
    (void)version;
    return handle(context, connection, url, method, upload, upload_size, memory, DOOR_STORAGE);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **memory,
                         enum MHD_RequestTerminationCode code)
{
    (void)context, (void)connection, (void)code;
    struct exchange *exchange = *memory;
    if (!exchange) return;
    service_answered(exchange->service, &exchange->reply);
    http_reply_clear(&exchange->reply);
    text_free(&exchange->body);
    free(exchange);
    *memory = NULL;
}

static bool read_file(const char *directory, const char *name, struct text *out)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "postern-simulator: %s: %s (make it with: postern-simulator certificates DIR)\n",
                path, strerror(errno));
        return false;
    }
    char buffer[4096];
    size_t size;
    while ((size = fread(buffer, 1, sizeof buffer, file)) > 0)
        text_append(out, buffer, size);
    fclose(file);
    return out->size > 0;
}

static struct MHD_Daemon *listen_on(struct server *server, unsigned port, MHD_AccessHandlerCallback handler,
                                    const char *certificate, const char *key)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
                                MHD_USE_TLS | MHD_USE_SUPPRESS_DATE_NO_CLOCK | MHD_USE_ITC,
                            (uint16_t)port, NULL, NULL, handler, server, MHD_OPTION_SOCK_ADDR, &address,
                            MHD_OPTION_HTTPS_MEM_CERT, certificate, MHD_OPTION_HTTPS_MEM_KEY, key,
                            MHD_OPTION_HTTPS_PRIORITIES, "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1",
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION,
                            on_connection, NULL, MHD_OPTION_CONNECTION_LIMIT, 4096u,
                            MHD_OPTION_THREAD_STACK_SIZE, (size_t)512 * 1024, MHD_OPTION_END);
}

static unsigned port_of(struct MHD_Daemon *daemon)
{
    return MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

struct server *server_start(struct service *service)
{
    struct server *server = must_allocate(sizeof *server);
    server->service = service;
    struct text certificate = {0}, key = {0};
    bool read = read_file(service->settings->certificates, "server.pem", &certificate) &&
                read_file(service->settings->certificates, "server.key", &key);
    if (read) {
        server->daemon = listen_on(server, service->settings->port, on_request, certificate.data, key.data);
        server->decoy = listen_on(server, 0, on_decoy, certificate.data, key.data);
        server->storage = listen_on(server, 0, on_storage, certificate.data, key.data);
        if (!server->daemon || !server->decoy || !server->storage)
            fputs("postern-simulator: cannot listen on 127.0.0.1\n", stderr);
    }
    text_free(&certificate);
    text_free(&key);
    if (!server->daemon || !server->decoy || !server->storage) {
        server_stop(server);
        return NULL;
    }
    pthread_mutex_lock(&service->lock); /* the threads that answer run already */
    service->port = port_of(server->daemon);
    service->decoy_port = port_of(server->decoy);
    service->storage_port = port_of(server->storage);
    pthread_mutex_unlock(&service->lock);
    return server;
}

void server_stop(struct server *server)
{
    if (server->daemon) MHD_stop_daemon(server->daemon);
    if (server->decoy) MHD_stop_daemon(server->decoy);
    if (server->storage) MHD_stop_daemon(server->storage);
    free(server);
}

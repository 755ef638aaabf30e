/* An HTTP receiver that does as little as one can: it reads requests, unpacks them, counts and answers that
 * all is well. Where tests have no real receiver, what is measured is so the sender and not a receiver
 * written in Python. usage: bench_http_receiver RECORD: prints its port; what comes as long as the file
 * RECORD is there is added to it. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <zlib.h>

#define HEAD_LIMIT    ((size_t)64 << 10)
#define REQUEST_LIMIT ((size_t)16 << 20)
#define BODY_LIMIT    ((size_t)64 << 20)
#define ANSWER_LIMIT  ((size_t)1 << 20)

static const char *record;
static pthread_mutex_t recording = PTHREAD_MUTEX_INITIALIZER;

struct connection {
    int socket;
    char *input, *body, *answer; /* what came; unpacked; what goes */
    size_t size;                 /* of the input */
};

static const char *header(const char *head, const char *name)
{
    for (const char *line = strstr(head, "\r\n"); line && line[2] != '\r'; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, strlen(name)) == 0) return line + 2 + strlen(name);
    return NULL;
}

/* So many bytes are there. */
static bool read_until(struct connection *connection, size_t size)
{
    while (connection->size < size) {
        ssize_t got = recv(connection->socket, connection->input + connection->size,
                           REQUEST_LIMIT - connection->size, 0);
        if (got <= 0) return false;
        connection->size += (size_t)got;
    }
    return true;
}

/* The size of the head of the next request, 0 when there is none. */
static size_t read_head(struct connection *connection)
{
    for (;;) {
        char *end = memmem(connection->input, connection->size, "\r\n\r\n", 4);
        if (end) return (size_t)(end - connection->input) + 4;
        if (connection->size > HEAD_LIMIT || !read_until(connection, connection->size + 1)) return 0;
    }
}

static size_t unpack(struct connection *connection, const char *packed, size_t size)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)packed,
                       .avail_in = (uInt)size,
                       .next_out = (Bytef *)connection->body,
                       .avail_out = (uInt)BODY_LIMIT};
    if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK) return 0;
    int status = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    return status == Z_STREAM_END ? stream.total_out : 0;
}

static size_t count_lines(const char *text, size_t size)
{
    size_t count = 0;
    for (const char *at = text, *end = text + size; (at = memchr(at, '\n', (size_t)(end - at))); at++)
        count++;
    return count;
}

/* As the receivers of the presets answer, in brief. */
static size_t write_answer(const char *head, size_t lines, char *answer)
{
    if (strstr(head, "/oauth2/") || strstr(head, " /token "))
        return (size_t)sprintf(answer,
                               "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"t\"}");
    if (strstr(head, "/dataCollectionRules/") || strstr(head, "/v1/logs") || strstr(head, "/loki/"))
        return 0; /* 204 */
    if (!strstr(head, "/_bulk"))
        return (size_t)sprintf(answer, "{\"text\":\"Success\",\"code\":0,\"failed\":0,\"ingested\":1000000}");
    size_t size = (size_t)sprintf(answer, "{\"errors\":false,\"items\":[");
    for (size_t i = 0; i < lines / 2 && size < ANSWER_LIMIT - 100; i++)
        size += (size_t)sprintf(answer + size, "%s{\"create\":{\"status\":201}}", i ? "," : "");
    return size + (size_t)sprintf(answer + size, "]}");
}

static bool send_all(int socket, const char *data, size_t size)
{
    while (size) {
        ssize_t sent = send(socket, data, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        data += sent, size -= (size_t)sent;
    }
    return true;
}

static void keep(const char *request, size_t size)
{
    pthread_mutex_lock(&recording);
    int file = open(record, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file >= 0 && write(file, request, size) != (ssize_t)size) exit(1);
    if (file >= 0) close(file);
    pthread_mutex_unlock(&recording);
}

static bool serve_one(struct connection *connection)
{
    size_t head = read_head(connection);
    if (!head) return false;
    char *end = connection->input + head - 2;
    char kept = *end;
    *end = '\0'; /* the head is a text meanwhile */
    const char *length = header(connection->input, "Content-Length:"),
               *coding = header(connection->input, "Content-Encoding:");
    size_t size = length ? strtoul(length, NULL, 10) : 0;
    bool packed = coding && strncmp(coding, " gzip", 5) == 0;
    if (size > REQUEST_LIMIT - head || !read_until(connection, head + size)) return false;
    const char *body = connection->input + head;
    size_t unpacked = packed ? unpack(connection, body, size) : size;
    size_t lines = count_lines(packed ? connection->body : body, unpacked);
    size_t answered = write_answer(connection->input, lines, connection->answer);
    char line[128];
    int written = snprintf(line, sizeof line, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n",
                           answered ? "200 OK" : "204 No Content", answered);
    *end = kept;
    keep(connection->input, head + size);
    connection->size -= head + size;
    memmove(connection->input, connection->input + head + size, connection->size);
    return send_all(connection->socket, line, (size_t)written) &&
           send_all(connection->socket, connection->answer, answered);
}

static void *serve(void *argument)
{
    struct connection connection = {.socket = (int)(intptr_t)argument,
                                    .input = malloc(REQUEST_LIMIT),
                                    .body = malloc(BODY_LIMIT),
                                    .answer = malloc(ANSWER_LIMIT)};
    int on = 1;
    setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!connection.input || !connection.body || !connection.answer) exit(1);
    while (serve_one(&connection))
        ;
    close(connection.socket);
    free(connection.input), free(connection.body), free(connection.answer);
    return NULL;
}

int main(int count, char **arguments)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (count != 2 || listener < 0 || bind(listener, (struct sockaddr *)&address, size) < 0 ||
        listen(listener, 64) < 0 || getsockname(listener, (struct sockaddr *)&address, &size) < 0)
        return 2;
    record = arguments[1];
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        pthread_t thread;
        int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0) return 1;
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)client) != 0) return 1;
        pthread_detach(thread);
    }
}

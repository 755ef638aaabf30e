/* One server that answers by path, and a network with short time-outs: for the tests of single exchanges. */
#ifndef TEST_EXCHANGE_FIXTURE_H
#define TEST_EXCHANGE_FIXTURE_H

#include "../unit.h"
#include "base/text.h"
#include "http/transfer.h"

#include "client.h"
#include "test_server.h"
#include <sys/stat.h>
#include <zlib.h>

#define LARGE ((size_t)3 << 20)

/* ---- Bodies */

static char pattern_at(size_t index)
{
    return (char)('a' + (index * 7 + index / 251) % 26);
}

static char *pattern(size_t size)
{
    char *bytes = malloc(size);
    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = pattern_at(i);
    return bytes;
}

static size_t gzip(const void *data, size_t size, unsigned char *out, size_t capacity)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (unsigned char *)(uintptr_t)data;
    stream.avail_in = (unsigned)size;
    stream.next_out = out;
    stream.avail_out = (unsigned)capacity;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return stream.total_out;
}

/* ---- One server that answers by path */

static bool echo(struct test_connection *connection, const struct test_request *request)
{
    char length[32], type[64], agent[64], head[256];
    request_header(request, "content-length", length, sizeof length);
    request_header(request, "content-type", type, sizeof type);
    request_header(request, "user-agent", agent, sizeof agent);
    snprintf(head, sizeof head,
             "X-Got-Length: %s\r\nX-Got-Type: %s\r\nX-Got-Agent: %s\r\nX-Got-Expect: %d\r\n", length, type,
             agent, strcasestr(request->head, "\r\nexpect:") != NULL);
    return answer_with(connection, head, request->body, request->body_size);
}

static bool many_headers(struct test_connection *connection)
{
    connection_say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
    for (int i = 0; i < 600; i++) {
        char line[64];
        snprintf(line, sizeof line, "X-Number-%d: %d\r\n", i, i);
        if (!connection_say(connection, line)) return false;
    }
    return connection_say(connection, "\r\n");
}

static bool long_headers(struct test_connection *connection)
{
    static char line[4096 + 3];
    memset(line, 'x', 4096);
    line[5] = ':';
    memcpy(line + 4096, "\r\n", 3);
    connection_say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
    for (int i = 0; i < 100; i++)
        if (!connection_say(connection, line)) return false;
    return connection_say(connection, "\r\n");
}

static bool chunked(struct test_connection *connection, size_t size)
{
    char *body = pattern(65536);
    connection_say(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    bool open = true;
    for (size_t sent = 0; open && sent < size; sent += 65536)
        open = connection_say(connection, "10000\r\n") && connection_write(connection, body, 65536) &&
               connection_say(connection, "\r\n");
    free(body);
    return open && connection_say(connection, "0\r\nX-Trailer: late\r\n\r\n");
}

static bool bomb(struct test_connection *connection)
{
    size_t size = (size_t)64 << 20;
    char *zeroes = calloc(1, size);
    static unsigned char packed[256 << 10];
    size_t packed_size = gzip(zeroes, size, packed, sizeof packed);
    free(zeroes);
    return answer_with(connection, "Content-Encoding: gzip\r\n", packed, packed_size);
}

static bool asks_for_gzip(const struct test_request *request)
{
    char accepts[64];
    request_header(request, "accept-encoding", accepts, sizeof accepts);
    return strcmp(accepts, "gzip") == 0;
}

static bool zipped(struct test_connection *connection, const char *variant)
{
    unsigned char packed[512];
    size_t size = gzip("squeezed", 8, packed, sizeof packed);
    if (strcmp(variant, "-broken") == 0) memset(packed + 10, 0xff, size - 10);
    if (strcmp(variant, "-cut") == 0) size -= 12;
    if (strcmp(variant, "-empty") == 0) size = 0;
    if (strcmp(variant, "-and-more") == 0) memcpy(packed + size, "more", 4), size += 4;
    if (strcmp(variant, "-twice") == 0) memcpy(packed + size, packed, size), size *= 2;
    return answer_with(connection, "Content-Encoding: gzip\r\n", packed, size);
}

static bool drip(struct test_connection *connection)
{
    connection_say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (connection_say(connection, "."))
        usleep(5000); /* its point is to be slow; ends when the client gives up */
    return false;
}

static bool handle(struct test_connection *connection, const struct test_request *request)
{
    char path[64] = "";
    sscanf(request->head, "%*s %63s", path);
    char *query = strchr(path, '?');
    if (query) *query = '\0';
#define AT(what) (strcmp(path, what) == 0)
    if (AT("/echo")) return echo(connection, request);
    if (AT("/dated"))
        return answer_with(connection, "Date: Tue, 24 Nov 2015 12:50:11 GMT\r\nX-RateLimit-Reset:  5 \r\n",
                           "", 0);
    if (AT("/undated")) return answer_with(connection, "Date: today\r\n", "", 0);
    if (AT("/early"))
        return connection_say(connection, "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n") &&
               answer_with(connection, "X-Late: 1\r\n", "ok", 2);
    if (AT("/large")) return chunked(connection, LARGE);
    if (AT("/too-large")) return chunked(connection, (size_t)9 << 20) && false;
    if (AT("/announced")) {
        connection_say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n");
        connection_wait_for_close(connection);
        return false;
    }
    if (AT("/bomb")) return bomb(connection);
    if (strncmp(path, "/stored", 7) == 0) return !asks_for_gzip(request) && zipped(connection, path + 7);
    if (strncmp(path, "/gzip", 5) == 0) return asks_for_gzip(request) && zipped(connection, path + 5);
    if (AT("/brotli")) return answer_with(connection, "Content-Encoding: br\r\n", "?", 1);
    if (AT("/many-headers")) return many_headers(connection);
    if (AT("/long-headers")) return long_headers(connection);
    if (AT("/teapot")) return connection_say(connection, "HTTP/1.1 418 No\r\nContent-Length: 3\r\n\r\nttl");
    if (AT("/redirect"))
        return connection_say(connection,
                              "HTTP/1.1 302 Found\r\nLocation: https://login.test/in?token=HIDDEN\r\n"
                              "Content-Length: 0\r\n\r\n");
    if (AT("/silent")) {
        connection_wait_for_close(connection);
        return false;
    }
    if (AT("/stalled")) {
        connection_say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        connection_wait_for_close(connection);
        return false;
    }
    if (AT("/drip")) return drip(connection);
    if (AT("/reset")) {
        connection_say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        connection_reset_on_close(connection);
        return false;
    }
    if (AT("/short"))
        return connection_say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf") && false;
    if (AT("/short-chunk"))
        return connection_say(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nhalf") &&
               false;
    if (AT("/nothing")) return false;
    if (AT("/nonsense")) return connection_say(connection, "220 smtp.test ready\r\n") && false;
    return answer_with(connection, "", "ok", 2);
}

/* ---- The fixture: a server and a network with short time-outs */

struct fixture {
    struct test_server *server;
    struct network *network;
    char directory[64];
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    snprintf(fixture->directory, sizeof fixture->directory, "/tmp/postern-spill-XXXXXX");
    must(mkdtemp(fixture->directory) != NULL, "mkdtemp");
    fixture->server = server_new(NULL, handle, NULL);
    struct http_settings settings = client_settings(NULL);
    settings.spill_directory = fixture->directory;
    fixture->network = client_start(&settings);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    network_stop(fixture->network);
    server_free(fixture->server);
    rmdir(fixture->directory);
    free(fixture);
    return 0;
}

static void ask(struct fixture *fixture, struct client_call *call, const char *path)
{
    char url[128];
    snprintf(url, sizeof url, "http://127.0.0.1:%%d%s", path);
    client_prepare(call, fixture->network, url, fixture->server->port);
    client_perform(call);
}

#endif

/* Servers that never stop: whatever they send, the exchange ends, with words, and little of it is kept. */
#include "../sanitized.h"
#include "../unit.h"
#include "client.h"
#include "test_server.h"
#include <stdatomic.h>
#include <sys/resource.h>

#define KEPT_MOST      ((long)24 << 10)   /* KiB that the process may grow by */
#define SENT_MOST      ((size_t)24 << 20) /* bytes; the sockets' own buffers take some */
#define IDLE_MS        1000
#define OK_HEAD        "HTTP/1.1 200 OK\r\n"
#define CHUNKED        OK_HEAD "Transfer-Encoding: chunked\r\n"
#define CHUNKED_AND_OK CHUNKED "\r\n2\r\nok\r\n"

struct flood {
    const char *what;
    const char *first, *again; /* said once; said until the client has had enough */
    const char *words;
    bool kept; /* what is said again is something that is kept: it must end early */
};

static const struct flood floods[] = {
    {"header lines", OK_HEAD, "X-A: and another, and another, and another\r\n", "headers", true},
    {"the shortest header lines", OK_HEAD, "a:\r\n", "headers", true},
    {"one header line without end", OK_HEAD "X-A: ", "aaaaaaaaaaaaaaaa", "a header line of more than", true},
    {"a name without end", OK_HEAD, "aaaaaaaaaaaaaaaa", "a header line of more than", true},
    {"a status line without end", "HTTP/1.1 200 ", "OKOKOKOKOKOKOKOK", "a header line of more than", true},
    {"a header that goes on in the next line", OK_HEAD "X-A: 1\r\n", " and on\r\n", "headers", true},
    {"cookies", OK_HEAD, "Set-Cookie: a=b; Path=/\r\n", "headers", true},
    {"other ways to the same", OK_HEAD, "Alt-Svc: h3=\":443\"; ma=99999\r\n", "headers", true},
    {"demands for https", OK_HEAD, "Strict-Transport-Security: max-age=9\r\n", "headers", true},
    {"demands for a password", "HTTP/1.1 401 No\r\n", "WWW-Authenticate: Basic realm=\"a\"\r\n", "headers",
     true},
    {"answers before the answer", "", "HTTP/1.1 100 Continue\r\n\r\n", "headers", true},
    {"early hints", "", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "headers", true},
    {"trailers", CHUNKED_AND_OK "0\r\n", "X-A: and another, and another\r\n", "headers", true},
    {"the shortest trailers", CHUNKED_AND_OK "0\r\n", "a:\r\n", "headers", true},
    {"trailers without a colon", CHUNKED_AND_OK "0\r\n", "aaaaaaaaaaaaaaaa\r\n", "a trailer without a colon",
     true},
    {"one trailer without end", CHUNKED_AND_OK "0\r\nX-A: ", "aaaaaaaaaaaaaaaa", "a header line of more than",
     true},
    {"an extension of a chunk", CHUNKED "\r\n2;a=", "aaaaaaaaaaaaaaaa", "not complete in time", false},
    {"the size of a chunk", CHUNKED "\r\n", "0000000000000000", "chunk", false},
    {"a body that packs nothing", OK_HEAD "Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08%00%00%00%00%00%00\x03",
     "%00%00%00\xff\xff", "larger than", false},
    {"bytes before the answer", "", "\r\n", "does not begin as answers of HTTP do", false},
    {"an answer without a head", "", "<html>no</html>\n", "does not begin as answers of HTTP do", false},
    {"a transfer coding", OK_HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n", "5\r\naaaaa\r\n",
     "the transfer coding \"gzip, chunked\", which was not asked for", true},
    {"another protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "aaaa", "larger than",
     false},
};

static _Atomic size_t sent;

/* "%00" stands for a NUL. */
static size_t write_bytes(const char *text, char *out)
{
    size_t size = 0;
    while (*text) {
        bool nul = strncmp(text, "%00", 3) == 0;
        out[size++] = nul ? '\0' : *text;
        text += nul ? 3 : 1;
    }
    return size;
}

static bool flood(struct test_connection *connection, const struct flood *row)
{
    char first[256], again[256];
    static char block[64 << 10];
    size_t first_size = write_bytes(row->first, first), again_size = write_bytes(row->again, again), size = 0;
    while (size + again_size <= sizeof block) {
        memcpy(block + size, again, again_size);
        size += again_size;
    }
    if (!connection_write(connection, first, first_size)) return false;
    while (connection_write(connection, block, size))
        atomic_fetch_add(&sent, size);
    return false;
}

static bool answer_flood(struct test_connection *connection, const struct test_request *request)
{
    size_t row = 0;
    sscanf(request->head, "GET /%zu", &row);
    return flood(connection, &floods[row < COUNT(floods) ? row : 0]);
}

static long most_memory(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void ask_and_check(struct network *network, struct test_server *server, const char *url,
                          const struct flood *row, int connections)
{
    struct client_call call;
    client_prepare(&call, network, url, server->port);
    atomic_store(&sent, 0);
    long before = most_memory();
    client_perform(&call);
    server_wait_closed(server, connections);
    long kept = most_memory() - before;
    if (call.exchange.error.code >= 0 || !strstr(call.exchange.error.message, row->words))
        fail_msg("%s: %d, \"%s\"", row->what, call.exchange.error.code, call.exchange.error.message);
    if (row->kept && atomic_load(&sent) > SENT_MOST)
        fail_msg("%s: %zu bytes were taken", row->what, atomic_load(&sent));
    /* A sanitizer holds freed memory back: what the process takes up says nothing. */
    if (!SANITIZED && kept > KEPT_MOST) fail_msg("%s: %ld KiB were kept", row->what, kept);
    client_clear(&call);
}

static void floods_end_and_little_is_kept(void **state)
{
    (void)state;
    struct test_server *server = server_new(NULL, answer_flood, NULL);
    struct http_settings settings = client_settings(NULL);
    settings.idle_timeout_ms = IDLE_MS;
    struct network *network = client_start(&settings);
    for (size_t i = 0; i < COUNT(floods); i++) {
        char url[64];
        snprintf(url, sizeof url, "http://127.0.0.1:%%d/%zu", i);
        ask_and_check(network, server, url, &floods[i], (int)i + 1);
    }
    network_stop(network);
    server_free(server);
}

/* ---- Through a proxy, which libcurl asks for the way */

static const struct flood proxy_floods[] = {
    {"header lines", OK_HEAD, "X-A: and another, and another, and another\r\n", "", false},
    {"one header line without end", OK_HEAD "X-A: ", "aaaaaaaaaaaaaaaa", "", true},
    {"answers before the answer", "", "HTTP/1.1 100 Continue\r\n\r\n", "", false},
    {"a refusal with a body", "HTTP/1.1 407 No\r\nContent-Length: 999999999999\r\n\r\n", "aaaa", "", false},
    {"a refusal with trailers", "HTTP/1.1 407 No\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X-A: 1\r\n",
     "", true},
    {"demands for a password", "HTTP/1.1 407 No\r\n", "Proxy-Authenticate: Basic realm=\"a\"\r\n", "", false},
};

static bool answer_proxy_flood(struct test_connection *connection, const struct test_request *request)
{
    size_t row = 0;
    sscanf(request->head, "CONNECT host-%zu", &row);
    return flood(connection, &proxy_floods[row < COUNT(proxy_floods) ? row : 0]);
}

static void floods_of_a_proxy_end_too(void **state)
{
    (void)state;
    struct test_server *server = server_new(NULL, answer_proxy_flood, NULL);
    char proxy[64];
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", server->port);
    struct http_settings settings = client_settings(NULL);
    settings.proxy = proxy;
    settings.connect_timeout_ms = IDLE_MS;
    struct network *network = client_start(&settings);
    for (size_t i = 0; i < COUNT(proxy_floods); i++) {
        char url[64];
        snprintf(url, sizeof url, "https://host-%zu.test:%%d/", i);
        ask_and_check(network, server, url, &proxy_floods[i], (int)i + 1);
    }
    network_stop(network);
    server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floods_end_and_little_is_kept),
        cmocka_unit_test(floods_of_a_proxy_end_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* One exchange and all that can come of it, over plain http on loopback: what is above TLS. */
#include "../unit.h"
#include "base/text.h"
#include "http/transfer.h"

#include "client.h"
#include "test_server.h"
#include <dirent.h>
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

/* ---- Answers */

static void a_post_goes_out_as_it_is(void **state)
{
    struct client_call call;
    static const postern_pair headers[] = {{TEXT("Content-Type"), TEXT("application/json")}};
    struct fixture *fixture = *state;
    client_prepare(&call, fixture->network, "http://127.0.0.1:%d/echo", fixture->server->port);
    size_t size = (size_t)2 << 20; /* large enough for libcurl to like "Expect: 100-continue" */
    char *body = pattern(size);
    call.exchange.method = "POST";
    call.exchange.body = (postern_text){body, size};
    call.exchange.headers = headers;
    call.exchange.header_count = 1;
    client_perform(&call);
    assert_int_equal(call.exchange.error.code, POSTERN_OK);
    assert_int_equal(call.exchange.status, 200);
    assert_text(http_header(&call.exchange, "x-got-length"), "2097152");
    assert_text(http_header(&call.exchange, "x-got-type"), "application/json");
    assert_text(http_header(&call.exchange, "x-got-agent"), "postern/" POSTERN_VERSION);
    assert_text(http_header(&call.exchange, "x-got-expect"), "0");
    assert_int_equal(call.exchange.answer_body.size, size);
    assert_memory_equal(call.exchange.answer_body.data, body, size);
    assert_int_equal(call.exchange.tries, 1);
    assert_true(call.exchange.finished_ms >= call.exchange.started_ms);
    free(body);
    client_clear(&call);
}

static void an_empty_post_is_a_post(void **state)
{
    struct client_call call;
    struct fixture *fixture = *state;
    client_prepare(&call, fixture->network, "http://127.0.0.1:%d/echo", fixture->server->port);
    call.exchange.method = "POST";
    client_perform(&call);
    assert_int_equal(call.exchange.status, 200);
    assert_text(http_header(&call.exchange, "x-got-length"), "0");
    assert_text(http_header(&call.exchange, "x-got-type"), "");
    client_clear(&call);
}

static void statuses_are_answers(void **state)
{
    struct client_call call;
    ask(*state, &call, "/teapot");
    assert_int_equal(call.exchange.error.code, POSTERN_OK);
    assert_int_equal(call.exchange.status, 418);
    assert_text(call.exchange.answer_body, "ttl");
    client_clear(&call);
}

static void headers_are_collected(void **state)
{
    struct client_call call;
    ask(*state, &call, "/dated");
    assert_text(http_header(&call.exchange, "x-ratelimit-reset"), "5");
    assert_int_equal(call.exchange.server_date_ms, 1448369411000);
    assert_int_equal(http_header(&call.exchange, "absent").size, 0);
    client_clear(&call);
    ask(*state, &call, "/undated");
    assert_int_equal(call.exchange.server_date_ms, 0);
    client_clear(&call);
    ask(*state, &call, "/early"); /* an interim answer leaves nothing behind */
    assert_int_equal(call.exchange.status, 200);
    assert_int_equal(http_header(&call.exchange, "x-early").size, 0);
    assert_text(http_header(&call.exchange, "x-late"), "1");
    client_clear(&call);
}

static void gzip_is_decoded(void **state)
{
    struct client_call call;
    ask(*state, &call, "/gzip");
    assert_int_equal(call.exchange.error.code, POSTERN_OK);
    assert_text(call.exchange.answer_body, "squeezed");
    client_clear(&call);
    static const struct {
        const char *path, *words;
    } broken[] = {
        {"/gzip-broken", "/gzip-broken: the answer is not the gzip that it claims to be"},
        {"/gzip-cut", "/gzip-cut: the gzip of the answer ends early"}, /* whole by its length */
        {"/gzip-and-more", "/gzip-and-more: the answer is not the gzip that it claims to be"},
        {"/brotli", "/brotli: the answer has the content coding \"br\", which was not asked for"},
    };
    for (size_t i = 0; i < COUNT(broken); i++) {
        ask(*state, &call, broken[i].path);
        assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
        assert_contains(call.exchange.error.message, broken[i].words);
        assert_int_equal(call.exchange.answer_body.size, 0);
        client_clear(&call);
    }
    ask(*state, &call, "/gzip-twice"); /* members follow each other */
    assert_text(call.exchange.answer_body, "squeezedsqueezed");
    client_clear(&call);
    ask(*state, &call, "/gzip-empty");
    assert_int_equal(call.exchange.error.code, POSTERN_OK);
    assert_int_equal(call.exchange.answer_body.size, 0);
    client_clear(&call);
}

static int files_in(const char *path)
{
    DIR *directory = opendir(path);
    int count = 0;
    while (readdir(directory))
        count++;
    closedir(directory);
    return count - 2;
}

static void a_large_body_is_spilled_and_mapped(void **state)
{
    struct fixture *fixture = *state;
    struct client_call call;
    ask(fixture, &call, "/large");
    assert_int_equal(call.exchange.error.code, POSTERN_OK);
    assert_int_equal(call.exchange.answer_body.size, LARGE);
    for (size_t i = 0; i < LARGE; i += 977)
        assert_int_equal(call.exchange.answer_body.data[i], pattern_at(i % 65536));
    assert_ptr_equal(call.exchange.answer_body.data, call.exchange.transfer->answer.mapping);
    assert_null(call.exchange.transfer->answer.memory);
    assert_int_equal(http_header(&call.exchange, "x-trailer").size, 0);
    assert_int_equal(files_in(fixture->directory), 0);
    client_clear(&call);
}

static void a_spill_that_fails_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    struct http_settings settings = client_settings(NULL);
    settings.spill_directory = "/nonexistent/state";
    struct network *network = client_start(&settings);
    struct client_call call;
    client_prepare(&call, network, "http://127.0.0.1:%d/large", fixture->server->port);
    client_perform(&call);
    assert_int_equal(call.exchange.error.code, POSTERN_E_IO);
    assert_contains(call.exchange.error.message, "no temporary file can be made in /nonexistent/state");
    client_clear(&call);
    network_stop(network);
}

/* ---- Limits */

static void an_answer_beyond_the_limit_is_refused(void **state)
{
    static const char *const paths[] = {
        "/too-large", /* as it comes in chunks */
        "/bomb",      /* after decoding: 64 MiB out of 64 KiB */
        "/announced", /* before a byte of it comes */
    };
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct client_call call;
        ask(*state, &call, paths[i]);
        assert_int_equal(call.exchange.error.code, POSTERN_E_LIMIT);
        assert_contains(call.exchange.error.message, paths[i]);
        assert_contains(call.exchange.error.message, "the answer is larger than 8.0 MiB");
        assert_contains(call.exchange.error.remedy, "response_limit");
        assert_int_equal(call.exchange.answer_body.size, 0);
        assert_int_equal(call.exchange.status, 200); /* the head is kept: it may name the place behind */
        assert_true(http_header(&call.exchange, "content-type").size > 0 ||
                    call.exchange.answer_header_count > 0);
        client_clear(&call);
    }
}

static void too_many_headers_are_refused(void **state)
{
    static const char *const paths[] = {"/many-headers", "/long-headers"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct client_call call;
        ask(*state, &call, paths[i]);
        assert_int_equal(call.exchange.error.code, POSTERN_E_LIMIT);
        assert_contains(call.exchange.error.message, "headers");
        client_clear(&call);
    }
}

/* ---- No answer */

static void broken_answers_are_told_apart(void **state)
{
    static const struct {
        const char *path, *words;
    } rows[] = {
        {"/reset", "broke after"},
        {"/short", "broke after"},
        {"/short-chunk", "broke after"},
        {"/nothing", "broke after 0 bytes of the answer (closed by the other side)"},
        {"/nonsense", "failed"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct client_call call;
        ask(*state, &call, rows[i].path);
        assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
        assert_contains(call.exchange.error.message, rows[i].words);
        assert_contains(call.exchange.error.message, rows[i].path);
        assert_int_equal(call.exchange.status, 0);
        assert_int_equal(call.exchange.answer_body.size, 0);
        assert_int_equal(call.exchange.tries, 1);
        client_clear(&call);
    }
}

static void a_redirect_is_not_followed(void **state)
{
    struct fixture *fixture = *state;
    struct client_call call;
    int before = server_requests(fixture->server);
    ask(fixture, &call, "/redirect?signature=HIDDEN");
    assert_int_equal(call.exchange.status, 302);
    assert_int_equal(call.exchange.error.code, POSTERN_OK);
    assert_string_equal(call.exchange.error.message,
                        "the server redirects (302) to login.test/in, which is not followed");
    assert_int_equal(server_requests(fixture->server), before + 1);
    client_clear(&call);
}

static void waiting_ends(void **state)
{
    static const struct {
        const char *path, *words;
        int64_t idle_ms, total_ms;
    } rows[] = {
        /* not one byte */
        {"/silent", "no answer from 127.0.0.1/silent in time (200ms)", 200, 60000},
        /* the rest never comes */
        {"/stalled", "the answer of 127.0.0.1/stalled was not complete in time (200ms", 200, 60000},
        /* never idle, but never done */
        {"/drip", "the answer of 127.0.0.1/drip was not complete in time (400ms", 30000, 400},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_settings settings = client_settings(NULL);
        settings.idle_timeout_ms = rows[i].idle_ms;
        settings.timeout_ms = rows[i].total_ms;
        struct network *network = client_start(&settings);
        struct client_call call;
        char url[64];
        snprintf(url, sizeof url, "http://127.0.0.1:%%d%s?secret=HIDDEN", rows[i].path);
        client_prepare(&call, network, url, fixture->server->port);
        client_perform(&call);
        assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
        assert_contains(call.exchange.error.message, rows[i].words);
        assert_null(strstr(call.exchange.error.message, "HIDDEN"));
        client_clear(&call);
        network_stop(network);
    }
}

static void an_exchange_has_its_own_timeout(void **state)
{
    struct fixture *fixture = *state;
    struct client_call call;
    client_prepare(&call, fixture->network, "http://127.0.0.1:%d/silent", fixture->server->port);
    call.exchange.timeout_ms = 250;
    client_perform(&call);
    assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
    assert_contains(call.exchange.error.message, "250ms");
    client_clear(&call);
}

static void a_closed_port_is_named(void **state)
{
    struct fixture *fixture = *state;
    struct test_server *gone = server_new(NULL, handle, NULL);
    int port = gone->port;
    server_free(gone);
    struct client_call call;
    client_prepare(&call, fixture->network, "http://127.0.0.1:%d/", port);
    client_perform(&call);
    assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
    assert_string_equal(call.exchange.error.message, "no connection to 127.0.0.1 (Connection refused)");
    assert_contains(call.exchange.error.remedy, "firewall");
    assert_int_equal(call.exchange.tries, 0);
    client_clear(&call);
}

/* ---- What is not even sent */

static void bad_requests_are_refused(void **state)
{
    static const struct {
        const char *method, *url;
        bool download;
        postern_status status;
        const char *words;
    } rows[] = {
        {"GET", "http://eu-api.example/?secret=HIDDEN", false, POSTERN_E_CONFIG,
         "the URL of eu-api.example is not https"},
        {"GET", "ftp://127.0.0.1/HIDDEN", false, POSTERN_E_CONFIG, "is not https"},
        {"GET", "file:///etc/HIDDEN", false, POSTERN_E_CONFIG, "the URL to ask"},
        {"GET", "not a URL HIDDEN", false, POSTERN_E_CONFIG, "not a valid one"},
        {"GET", "", false, POSTERN_E_CONFIG, "not a valid one"},
        {"GET", "https://user:HIDDEN@eu-api.example/", false, POSTERN_E_CONFIG, "user name or password"},
        {"BREW", "https://eu-api.example/", false, POSTERN_E_INVALID, "no such method of HTTP: BREW"},
        /* downloads: https, public */
        {"GET", "http://127.0.0.1/HIDDEN", true, POSTERN_E_RETRY, "127.0.0.1 is not a public one"},
        {"GET", "https://127.0.0.1/", true, POSTERN_E_RETRY, "127.0.0.1 is not a public one"},
        {"GET", "https://localhost/", true, POSTERN_E_RETRY, "localhost is not a public one"},
        {"GET", "https://169.254.169.254/latest", true, POSTERN_E_RETRY, "is not a public one"},
        {"GET", "https://[fe80::1]/", true, POSTERN_E_RETRY, "is not a public one"},
        /* other ways to write 127.0.0.1: not every reader sees the address in them */
        {"GET", "https://127.1/", true, POSTERN_E_CONFIG, "it names no valid host"},
        {"GET", "https://0x7f000001/", true, POSTERN_E_CONFIG, "it names no valid host"},
        {"GET", "https://2130706433/", true, POSTERN_E_CONFIG, "it names no valid host"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct client_call call;
        client_prepare(&call, fixture->network, "", 0);
        call.exchange.method = rows[i].method;
        call.exchange.url = rows[i].url;
        call.exchange.credentialless = rows[i].download;
        if (rows[i].download) call.exchange.sign = NULL;
        client_perform(&call);
        if (call.exchange.error.code != rows[i].status || !strstr(call.exchange.error.message, rows[i].words))
            fail_msg("row %zu: %d %s", i, call.exchange.error.code, call.exchange.error.message);
        assert_null(strstr(call.exchange.error.message, "HIDDEN"));
        assert_int_equal(call.exchange.tries, 0);
        client_clear(&call);
    }
}

static postern_status sign_nothing(struct http_exchange *exchange, postern_arena *arena,
                                   postern_pair *headers, size_t capacity, size_t *count,
                                   postern_error *error)
{
    (void)exchange, (void)arena, (void)headers, (void)capacity, (void)count;
    return error_set(error, POSTERN_E_CREDENTIALS, "no token yet");
}

static postern_status sign_with_smuggled_header(struct http_exchange *exchange, postern_arena *arena,
                                                postern_pair *headers, size_t capacity, size_t *count,
                                                postern_error *error)
{
    (void)exchange, (void)arena, (void)capacity, (void)error;
    headers[0] = (postern_pair){TEXT("Authorization"), TEXT("MC x\r\nX-Smuggled: HIDDEN")};
    *count = 1;
    return POSTERN_OK;
}

static void what_cannot_be_signed_is_not_sent(void **state)
{
    struct fixture *fixture = *state;
    int before = server_requests(fixture->server);
    struct client_call call;
    client_prepare(&call, fixture->network, "http://127.0.0.1:%d/", fixture->server->port);
    call.exchange.sign = sign_nothing;
    client_perform(&call);
    assert_int_equal(call.exchange.error.code, POSTERN_E_CREDENTIALS);
    assert_string_equal(call.exchange.error.message, "no token yet");
    client_clear(&call);

    client_prepare(&call, fixture->network, "http://127.0.0.1:%d/", fixture->server->port);
    call.exchange.sign = sign_with_smuggled_header;
    client_perform(&call);
    assert_int_equal(call.exchange.error.code, POSTERN_E_INVALID);
    assert_null(strstr(call.exchange.error.message, "HIDDEN"));
    client_clear(&call);
    assert_int_equal(server_requests(fixture->server), before);
}

static void an_exchange_can_be_used_again(void **state)
{
    struct fixture *fixture = *state;
    struct client_call call;
    client_prepare(&call, fixture->network, "http://127.0.0.1:%d/teapot", fixture->server->port);
    for (int i = 0; i < 3; i++) {
        client_perform(&call);
        assert_int_equal(call.exchange.status, 418);
        assert_int_equal(call.exchange.tries, 1);
        http_exchange_clear(&call.exchange);
    }
    assert_int_equal(call.signs, 3);
    client_clear(&call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_post_goes_out_as_it_is),
        cmocka_unit_test(an_empty_post_is_a_post),
        cmocka_unit_test(statuses_are_answers),
        cmocka_unit_test(headers_are_collected),
        cmocka_unit_test(gzip_is_decoded),
        cmocka_unit_test(a_large_body_is_spilled_and_mapped),
        cmocka_unit_test(a_spill_that_fails_is_an_error),
        cmocka_unit_test(an_answer_beyond_the_limit_is_refused),
        cmocka_unit_test(too_many_headers_are_refused),
        cmocka_unit_test(broken_answers_are_told_apart),
        cmocka_unit_test(a_redirect_is_not_followed),
        cmocka_unit_test(waiting_ends),
        cmocka_unit_test(an_exchange_has_its_own_timeout),
        cmocka_unit_test(a_closed_port_is_named),
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(what_cannot_be_signed_is_not_sent),
        cmocka_unit_test(an_exchange_can_be_used_again),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

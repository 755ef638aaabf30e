/* A server on the loopback interface that toy sources ask, and what a collector is made of beside it: the
 * real network, workers and journal. */
#ifndef TEST_COLLECT_COLLECTOR_FIXTURE_H
#define TEST_COLLECT_COLLECTOR_FIXTURE_H

#include "../journal_settings.h"
#include "../own_folder.h"
#include "base/log.h"
#include "base/random.h"
#include "base/timestamp.h"
#include "collect/collector.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "toy_source.h"

enum { VENDOR_MS = 60000 }; /* so long a vendor that does not answer is waited for */
enum { TOKEN_FILES = 20, FILE_EVENTS = 500, WINDOW_EVENTS = 30 };

/* ---- The server --------------------------------------------------------------------------------- */

static struct server {
    int listener;
    int port;
    pthread_t thread;
    atomic_bool stop, slow, forbid_windows;
    atomic_int requests, waiting;
    atomic_int under_way[3], overlaps; /* of each stream; how often one came beside another */
    const char *const *lookup_answers; /* one after the other */
    atomic_int lookup_requests;
} server;

static inline void append_event(struct buffer *body, int number)
{
    buffer_printf(body, "event 0 {\"n\":%d,\"text\":\"an event\"}\n", number);
}

static inline void answer_token(struct buffer *body, const char *position)
{
    int file = position[0] ? atoi(position) : 0;
    if (file == TOKEN_FILES) {
        buffer_append_string(body, "nothing\nkeep\n");
        return;
    }
    buffer_printf(body, "more\nposition %d\n", file + 1);
    for (int i = 0; i < FILE_EVENTS; i++)
        append_event(body, file * FILE_EVENTS + i);
}

static inline void answer_window(struct buffer *body, const char *position)
{
    int page = position[0] ? atoi(position) : 0;
    if (page < 2)
        buffer_printf(body, "more\nposition %d\n", page + 1);
    else
        buffer_append_string(body, "end\n");
    for (int i = 0; i < WINDOW_EVENTS / 3; i++)
        append_event(body, 1000000 + page * (WINDOW_EVENTS / 3) + i);
}

static inline int answer(struct buffer *body, const char *path, const char *content, bool authorized)
{
    while (atomic_load(&server.slow) && !atomic_load(&server.stop)) {
        atomic_fetch_add(&server.waiting, 1);
        usleep(2000);
    }
    if (!authorized) return 401;
    bool window = strstr(path, "toy-window") != NULL;
    if (window && atomic_load(&server.forbid_windows)) return 403;
    if (strstr(path, "toy-lookup")) {
        buffer_append_string(body, server.lookup_answers[atomic_fetch_add(&server.lookup_requests, 1)]);
        return 200;
    }
    if (strstr(path, "toy-files")) {
        buffer_append_string(body, "nothing\nkeep\n");
        return 200;
    }
    int at = 0;
    long long from, until;
    if (sscanf(content, "%lld %lld %n", &from, &until, &at) != 2) return 400;
    if (window)
        answer_window(body, content + at);
    else
        answer_token(body, content + at);
    return 200;
}

/* Only of account-0, which is let in. */
static inline int answer_alone(struct buffer *body, const char *path, const char *content, bool authorized)
{
    static const char *const streams[] = {"toy-token", "toy-window", "toy-files"};
    size_t stream = 0;
    while (stream < 3 && !strstr(path, streams[stream]))
        stream++;
    if (!authorized || stream == 3) return answer(body, path, content, authorized);
    if (atomic_fetch_add(&server.under_way[stream], 1)) atomic_fetch_add(&server.overlaps, 1);
    int status = answer(body, path, content, authorized);
    atomic_fetch_sub(&server.under_way[stream], 1);
    return status;
}

static inline void serve(int fd)
{
    struct buffer request = {.limit = 1 << 16}, body = {.limit = 1 << 20}, head = {.limit = 1 << 12};
    char *end;
    size_t length = 0;
    for (;;) {
        char *room = buffer_reserve(&request, 4096);
        ssize_t got = read(fd, room, 4095);
        if (got <= 0) break;
        request.size += (size_t)got;
        room[got] = 0;
        end = strstr(request.data, "\r\n\r\n");
        if (!end) continue;
        const char *field = strcasestr(request.data, "content-length:");
        length = field ? strtoul(field + 15, NULL, 10) : 0;
        if (request.size >= (size_t)(end + 4 - request.data) + length) break;
    }
    if (request.size && (end = strstr(request.data, "\r\n\r\n"))) {
        atomic_fetch_add(&server.requests, 1);
        const char *authorization = strcasestr(request.data, "authorization: MC access0:");
        int status = answer_alone(&body, request.data, end + 4, authorization != NULL);
        char date[TIMESTAMP_SIZE];
        timestamp_mc_date(clock_wall_ms(clock_process()), date);
        memcpy(date + strlen(date) - 3, "GMT", 3);
        buffer_printf(&head, "HTTP/1.1 %d X\r\nDate: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                      status, date, body.size);
        if (write(fd, head.data, head.size) > 0 && body.size && write(fd, body.data, body.size) < 0)
            errno = 0;
    }
    buffer_free(&request);
    buffer_free(&body);
    buffer_free(&head);
    close(fd);
}

static inline void *serve_thread(void *context)
{
    serve((int)(intptr_t)context);
    return NULL;
}

static inline void *accept_thread(void *context)
{
    (void)context;
    while (!atomic_load(&server.stop)) {
        struct pollfd ready = {server.listener, POLLIN, 0};
        if (poll(&ready, 1, 20) <= 0) continue;
        int fd = accept(server.listener, NULL, NULL);
        pthread_t thread;
        if (fd >= 0 && pthread_create(&thread, NULL, serve_thread, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
    }
    return NULL;
}

static inline int start_server(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server.listener, (struct sockaddr *)&address, size) || listen(server.listener, 64)) return -1;
    getsockname(server.listener, (struct sockaddr *)&address, &size);
    server.port = ntohs(address.sin_port);
    return pthread_create(&server.thread, NULL, accept_thread, NULL);
}

static inline int stop_server(void **state)
{
    (void)state;
    atomic_store(&server.stop, true);
    pthread_join(server.thread, NULL);
    close(server.listener);
    usleep(20000); /* threads that still serve end by themselves */
    return 0;
}

/* ---- The parts ---------------------------------------------------------------------------------- */

static struct parts {
    struct toy_config toy;
    char directory[OWN_FOLDER_SIZE];
    struct journal *journal;
    struct network *network;
    struct workers *workers;
} parts;

static inline int64_t now_ms(void)
{
    return clock_monotonic_ms(clock_process());
}

static inline void open_parts(size_t accounts)
{
    memset(&parts, 0, sizeof parts);
    toy_config_make(&parts.toy, accounts);
    parts.toy.source.lookback_ms = 3600 * 1000;
    for (size_t i = 0; i < accounts; i++) {
        free(parts.toy.accounts[i].base_url);
        if (asprintf(&parts.toy.accounts[i].base_url, "http://127.0.0.1:%d", server.port) < 0) abort();
    }
    assert_int_equal(own_folder_make(parts.directory, "collector"), 0);
    postern_error error = ERROR_INIT;
    const struct journal_settings journal = usual_journal_settings();
    if (journal_open(parts.directory, &journal, clock_process(), &parts.journal, &error) < 0)
        fail_msg("%s", error.message);
    const struct http_settings network = {.connect_timeout_ms = VENDOR_MS / 3,
                                          .timeout_ms = VENDOR_MS,
                                          .idle_timeout_ms = VENDOR_MS,
                                          .max_connections = 8,
                                          .max_connections_per_host = 8,
                                          .response_limit = 1 << 24,
                                          .spill_above = 1 << 20,
                                          .spill_directory = parts.directory};
    if (network_start(&network, clock_process(), &parts.network, &error) < 0) fail_msg("%s", error.message);
    parts.workers = workers_new(2);
}

static inline void close_parts(void)
{
    network_stop(parts.network);
    workers_free(parts.workers);
    journal_close(parts.journal);
    toy_config_free(&parts.toy);
    assert_int_equal(own_folder_remove(parts.directory), 0);
}

static inline struct collector_parts collector_parts(bool once)
{
    return (struct collector_parts){.config = &parts.toy.config,
                                    .registry = parts.toy.registry,
                                    .journal = parts.journal,
                                    .network = parts.network,
                                    .workers = parts.workers,
                                    .clock = clock_process(),
                                    .random = random_system(),
                                    .once = once};
}

#endif

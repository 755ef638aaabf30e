/* The collector with the real network, workers and journal, against a server on the loopback interface. */
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

enum { TOKEN_FILES = 20, FILE_EVENTS = 500, WINDOW_EVENTS = 30 };

/* ---- The server --------------------------------------------------------------------------------- */

static struct server {
    int listener;
    int port;
    pthread_t thread;
    atomic_bool stop, slow, forbid_windows;
    atomic_int requests, waiting;
} server;

static void append_event(struct buffer *body, int number)
{
    buffer_printf(body, "event 0 {\"n\":%d,\"text\":\"an event\"}\n", number);
}

static void answer_token(struct buffer *body, const char *position)
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

static void answer_window(struct buffer *body, const char *position)
{
    int page = position[0] ? atoi(position) : 0;
    if (page < 2)
        buffer_printf(body, "more\nposition %d\n", page + 1);
    else
        buffer_append_string(body, "end\n");
    for (int i = 0; i < WINDOW_EVENTS / 3; i++)
        append_event(body, 1000000 + page * (WINDOW_EVENTS / 3) + i);
}

static int answer(struct buffer *body, const char *path, const char *content, bool authorized)
{
    while (atomic_load(&server.slow) && !atomic_load(&server.stop)) {
        atomic_fetch_add(&server.waiting, 1);
        usleep(2000);
    }
    if (!authorized) return 401;
    bool window = strstr(path, "toy-window") != NULL;
    if (window && atomic_load(&server.forbid_windows)) return 403;
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

static void serve(int fd)
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
        int status = answer(&body, request.data, end + 4, authorization != NULL);
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

static void *serve_thread(void *context)
{
    serve((int)(intptr_t)context);
    return NULL;
}

static void *accept_thread(void *context)
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

static int start_server(void **state)
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

static int stop_server(void **state)
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

static int64_t now_ms(void)
{
    return clock_monotonic_ms(clock_process());
}

static void open_parts(size_t accounts)
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
    const struct http_settings network = {.connect_timeout_ms = 5000,
                                          .timeout_ms = 20000,
                                          .idle_timeout_ms = 20000,
                                          .max_connections = 8,
                                          .max_connections_per_host = 8,
                                          .response_limit = 1 << 24,
                                          .spill_above = 1 << 20,
                                          .spill_directory = parts.directory};
    if (network_start(&network, clock_process(), &parts.network, &error) < 0) fail_msg("%s", error.message);
    parts.workers = workers_new(2);
}

static void close_parts(void)
{
    network_stop(parts.network);
    workers_free(parts.workers);
    journal_close(parts.journal);
    toy_config_free(&parts.toy);
    assert_int_equal(own_folder_remove(parts.directory), 0);
}

static struct collector_parts collector_parts(bool once)
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

static struct collector *start(bool once)
{
    const struct collector_parts from = collector_parts(once);
    struct collector *collector;
    postern_error error = ERROR_INIT;
    if (collector_start(&from, &collector, &error) < 0) fail_msg("%s", error.message);
    return collector;
}

/* Waits, within reason, until `condition` holds. */
#define WAIT_FOR(condition)                                                                                  \
    do {                                                                                                     \
        int64_t deadline_ = now_ms() + 60000;                                                                \
        while (!(condition)) {                                                                               \
            if (now_ms() > deadline_) fail_msg("waited in vain for " #condition);                            \
            usleep(1000);                                                                                    \
        }                                                                                                    \
    } while (0)

static size_t finished(struct collector *collector)
{
    struct collector_progress progress;
    collector_progress(collector, &progress);
    return progress.finished;
}

static int64_t count_events(void)
{
    int64_t events = 0, after = 0;
    postern_error error = ERROR_INIT;
    for (;;) {
        const struct page_view *page;
        if (journal_next_page(parts.journal, after, NULL, NULL, &page, &after, &error) < 0)
            fail_msg("%s", error.message);
        if (!page) return events;
        events += (int64_t)page->event_count;
        page_release(page);
    }
}

static void note_unfinished(void *context, const char *stream, const char *message, const char *remedy)
{
    (void)remedy;
    struct buffer *list = context;
    buffer_printf(list, "%s: %s\n", stream, message);
}

/* ---- Tests -------------------------------------------------------------------------------------- */

static void test_once_and_again(void **state)
{
    (void)state;
    open_parts(1);
    for (int round = 0; round < 2; round++) {
        struct collector *collector = start(true);
        WAIT_FOR(finished(collector) == 3);
        struct collector_progress progress;
        collector_progress(collector, &progress);
        assert_int_equal(progress.streams, 3);
        assert_int_equal(progress.failed, 0);
        /* The second time everything is known already. */
        assert_int_equal(progress.events, round ? 0 : TOKEN_FILES * FILE_EVENTS + WINDOW_EVENTS);
        assert_true(collector_stop(collector, 5000));
        assert_int_equal(count_events(), TOKEN_FILES * FILE_EVENTS + WINDOW_EVENTS);
    }
    struct account_record account;
    assert_int_equal(journal_account(parts.journal, "account-0", &account, NULL), POSTERN_OK);
    assert_int_equal(account.status, ACCOUNT_CONNECTED);
    close_parts();
}

static void test_accounts_do_not_disturb_each_other(void **state)
{
    (void)state;
    open_parts(3); /* only account-0 has keys that the server knows */
    atomic_store(&server.forbid_windows, true);
    struct collector *collector = start(true);
    WAIT_FOR(finished(collector) >= 3);
    struct buffer list = {.limit = 1 << 16};
    collector_each_unfinished(collector, note_unfinished, &list);
    assert_non_null(strstr(buffer_string(&list), "account-0/toy-window: HTTP 403"));
    assert_non_null(strstr(buffer_string(&list), "account-1/toy-token: "));
    assert_null(strstr(buffer_string(&list), "account-0/toy-token"));
    buffer_free(&list);
    assert_true(collector_stop(collector, 5000));
    atomic_store(&server.forbid_windows, false);
    assert_int_equal(count_events(), TOKEN_FILES * FILE_EVENTS);
    close_parts();
}

static void test_stop_and_reload_do_not_wait_for_the_vendor(void **state)
{
    (void)state;
    open_parts(2);
    atomic_store(&server.slow, true);
    struct collector *collector = start(false);
    WAIT_FOR(atomic_load(&server.waiting) > 0);
    int64_t before = now_ms();
    parts.toy.config.account_count = 1; /* account-1 goes */
    postern_error error = ERROR_INIT;
    assert_int_equal(collector_reload(collector, &parts.toy.config, &error), POSTERN_OK);
    assert_true(now_ms() - before < 3000);
    struct collector_progress progress;
    collector_progress(collector, &progress);
    assert_int_equal(progress.streams, 3);
    atomic_store(&server.slow, false);
    WAIT_FOR(count_events() == TOKEN_FILES * FILE_EVENTS + WINDOW_EVENTS); /* it goes on with the new ones */
    parts.toy.config.account_count = 2;
    assert_int_equal(collector_reload(collector, &parts.toy.config, &error), POSTERN_OK);
    atomic_store(&server.slow, true);
    atomic_store(&server.waiting, 0);
    parts.toy.source.interval_ms = 1; /* asks all the time */
    assert_int_equal(collector_reload(collector, &parts.toy.config, &error), POSTERN_OK);
    WAIT_FOR(atomic_load(&server.waiting) > 0);
    before = now_ms();
    assert_true(collector_stop(collector, 5000));
    assert_true(now_ms() - before < 3000);
    atomic_store(&server.slow, false);
    parts.toy.config.account_count = 2;
    close_parts();
}

static void test_reloads_under_load(void **state)
{
    (void)state;
    open_parts(1);
    struct collector *collector = start(false);
    postern_error error = ERROR_INIT;
    for (int i = 0; i < 40; i++) {
        assert_int_equal(collector_reload(collector, &parts.toy.config, &error), POSTERN_OK);
        usleep(3000);
    }
    WAIT_FOR(count_events() == TOKEN_FILES * FILE_EVENTS + WINDOW_EVENTS);
    assert_true(collector_stop(collector, 5000));
    assert_int_equal(count_events(), TOKEN_FILES * FILE_EVENTS + WINDOW_EVENTS); /* none twice */
    close_parts();
}

static void note_probe(void *context, const struct probed_account *account)
{
    struct buffer *list = context;
    buffer_printf(list, "%s: %zu requests\n", account->name, account->requests);
    for (size_t i = 0; i < account->stream_count; i++) {
        const struct probed_stream *stream = &account->streams[i];
        buffer_printf(list, "%s%s: %s\n", stream->stream->name, stream->is_empty ? " (empty)" : "",
                      stream->error.code ? stream->error.message : "works");
    }
}

static void test_probe(void **state)
{
    (void)state;
    open_parts(2);
    parts.toy.accounts[1].profile = &toy_other_auth;
    atomic_store(&server.forbid_windows, true);
    const struct collector_parts from = collector_parts(false);
    struct buffer list = {.limit = 1 << 16};
    postern_error error = ERROR_INIT;
    assert_int_equal(collector_probe(&from, NULL, note_probe, &list, &error), POSTERN_OK);
    assert_string_equal(buffer_string(&list), "account-0: 3 requests\n"
                                              "toy-window: HTTP 403\n"
                                              "toy-token: works\n"
                                              "toy-files (empty): works\n"
                                              "account-1: 0 requests\n");
    buffer_clear(&list);
    static const char *const names[] = {"account-1", NULL};
    assert_int_equal(collector_probe(&from, names, note_probe, &list, &error), POSTERN_OK);
    assert_string_equal(buffer_string(&list), "account-1: 0 requests\n");
    atomic_store(&server.forbid_windows, false);
    assert_int_equal(count_events(), 0); /* nothing was kept */
    buffer_free(&list);
    close_parts();
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN); /* of this server, whose clients go away */
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once_and_again),
        cmocka_unit_test(test_accounts_do_not_disturb_each_other),
        cmocka_unit_test(test_stop_and_reload_do_not_wait_for_the_vendor),
        cmocka_unit_test(test_reloads_under_load),
        cmocka_unit_test(test_probe),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}

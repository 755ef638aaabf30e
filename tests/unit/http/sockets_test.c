/* Which sockets of libcurl are ready: what waits is not looked at, what woke is not lost, what is gone is
 * forgotten. */
#include "../unit.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "http/sockets.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define LONG_MS 60000

/* ---- Requests over plain HTTP, answered by hand */

struct asked {
    CURL *easy;
    int connection; /* the server's end */
    int looks;      /* how often libcurl came by */
    size_t received;
};

struct bench {
    struct sockets sockets;
    CURLM *multi;
    int listening, port;
    struct asked asked[2];
};

static int count_look(void *context, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
    (void)down_all, (void)down, (void)up_all, (void)up;
    ((struct asked *)context)->looks++;
    return 0;
}

static size_t receive(char *data, size_t one, size_t size, void *context)
{
    (void)data, (void)one;
    ((struct asked *)context)->received += size;
    return size;
}

static void turn(struct bench *bench)
{
    sockets_wait(&bench->sockets, bench->multi, LONG_MS);
    sockets_act(&bench->sockets, bench->multi);
}

/* Until the request has arrived. */
static void ask(struct bench *bench, struct asked *asked)
{
    char url[64], request[4096];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", bench->port);
    asked->easy = curl_easy_init();
    curl_easy_setopt(asked->easy, CURLOPT_URL, url);
    curl_easy_setopt(asked->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(asked->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(asked->easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(asked->easy, CURLOPT_XFERINFOFUNCTION, count_look);
    curl_easy_setopt(asked->easy, CURLOPT_XFERINFODATA, asked);
    curl_easy_setopt(asked->easy, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(asked->easy, CURLOPT_WRITEDATA, asked);
    assert_int_equal(curl_multi_add_handle(bench->multi, asked->easy), CURLM_OK);
    while ((asked->connection = accept(bench->listening, NULL, NULL)) < 0)
        turn(bench);
    while (recv(asked->connection, request, sizeof request, MSG_DONTWAIT) < 0)
        turn(bench);
}

static void say(const struct asked *asked, const char *text)
{
    assert_int_equal(send(asked->connection, text, strlen(text), 0), strlen(text));
}

static int bench_setup(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (!bench || sockets_open(&bench->sockets, NULL) < 0) return -1;
    bench->multi = curl_multi_init();
    sockets_watch(&bench->sockets, bench->multi);
    bench->listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (bind(bench->listening, (struct sockaddr *)&address, size) < 0) return -1;
    if (listen(bench->listening, 4) < 0) return -1;
    if (getsockname(bench->listening, (struct sockaddr *)&address, &size) < 0) return -1;
    bench->port = ntohs(address.sin_port);
    for (size_t i = 0; i < COUNT(bench->asked); i++)
        ask(bench, &bench->asked[i]);
    *state = bench;
    return 0;
}

static int bench_teardown(void **state)
{
    struct bench *bench = *state;
    for (size_t i = 0; i < COUNT(bench->asked); i++) {
        curl_multi_remove_handle(bench->multi, bench->asked[i].easy);
        curl_easy_cleanup(bench->asked[i].easy);
        close(bench->asked[i].connection);
    }
    curl_multi_cleanup(bench->multi);
    sockets_close(&bench->sockets);
    close(bench->listening);
    free(bench);
    return 0;
}

static void what_waits_is_not_looked_at(void **state)
{
    struct bench *bench = *state;
    struct asked *answered = &bench->asked[0], *waiting = &bench->asked[1];
    say(answered, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
    /* libcurl's own timers, which are due soon after a connection is made, may still look at both */
    while (answered->received < 1) {
        say(answered, "x");
        turn(bench);
    }
    int looks = waiting->looks, times = 20;
    for (size_t before; times > 0; times--) {
        before = answered->received;
        say(answered, "x");
        while (answered->received == before)
            turn(bench);
    }
    assert_true(waiting->looks <= looks + 5);
    assert_true(answered->looks >= 20);
}

static void what_is_gone_is_forgotten(void **state)
{
    struct bench *bench = *state;
    struct sockets *sockets = &bench->sockets;
    say(&bench->asked[0], "HTTP/1.1 200 OK\r\n");
    say(&bench->asked[1], "HTTP/1.1 200 OK\r\n");
    do
        sockets_wait(sockets, bench->multi, LONG_MS);
    while (sockets->ready_count < 2);
    curl_multi_remove_handle(bench->multi, bench->asked[1].easy);
    assert_int_equal((sockets->ready[0].data.fd >= 0) + (sockets->ready[1].data.fd >= 0), 1);
    sockets_act(sockets, bench->multi);
    sockets_wait(sockets, bench->multi, 0);
    assert_int_equal(sockets->ready_count, 0); /* nor is it watched */
}

/* ---- Waking and opening */

static void a_wait_is_ended_once(void **state)
{
    struct sockets sockets;
    (void)state;
    assert_int_equal(sockets_open(&sockets, NULL), POSTERN_OK);
    CURLM *multi = curl_multi_init();
    sockets_watch(&sockets, multi);
    sockets_wake(&sockets);
    sockets_wake(&sockets);
    sockets_wait(&sockets, multi, LONG_MS); /* at once, or the test takes too long */
    assert_int_equal(sockets.ready_count, 1);
    sockets_act(&sockets, multi);
    sockets_wait(&sockets, multi, 0);
    assert_int_equal(sockets.ready_count, 0);
    curl_multi_cleanup(multi);
    sockets_close(&sockets);
}

static void too_few_file_descriptors_are_an_error(void **state)
{
    (void)state;
    struct rlimit former, none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &former), 0);
    int next = dup(0);
    close(next);
    for (int left = 0; left < 2; left++) {
        postern_error error = ERROR_INIT;
        struct sockets sockets;
        none = (struct rlimit){.rlim_cur = (rlim_t)(next + left), .rlim_max = former.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        assert_int_equal(sockets_open(&sockets, &error), POSTERN_E_IO);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &former), 0);
        assert_string_equal(error.message, "cannot watch the sockets of the network: Too many open files");
        int after = dup(0);
        close(after);
        assert_int_equal(after, next); /* none is left open */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_waits_is_not_looked_at, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(what_is_gone_is_forgotten, bench_setup, bench_teardown),
        cmocka_unit_test(a_wait_is_ended_once),
        cmocka_unit_test(too_few_file_descriptors_are_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

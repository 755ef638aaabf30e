/* The loop: tasks from other threads, timers, limits on connections, stopping, giving memory back. */
#include "../unit.h"
#include "base/random.h"
#include "base/text.h"
#include "http/admission.h"
#include "http/timer_heap.h"

#include "client.h"
#include "test_server.h"

/* ---- The heap of timers */

static void timers_come_out_in_order(void **state)
{
    (void)state;
    struct random_source random = random_fixed(3);
    struct timer_heap heap = {0};
    struct network_timer timers[300] = {0};
    for (size_t round = 0; round < 5000; round++) {
        struct network_timer *timer = &timers[random_below(&random, COUNT(timers))];
        if (random_below(&random, 4) == 0)
            timer_heap_cancel(&heap, timer);
        else
            assert_true(timer_heap_set(&heap, timer, (int64_t)random_below(&random, 1000)));
    }
    size_t set = 0;
    for (size_t i = 0; i < COUNT(timers); i++)
        set += timers[i].slot != 0;
    assert_int_equal(heap.count, set);
    int64_t last = -1;
    for (struct network_timer *timer; (timer = timer_heap_first(&heap)) != NULL; set--) {
        assert_true(timer->deadline_ms >= last);
        last = timer->deadline_ms;
        timer_heap_cancel(&heap, timer);
        assert_int_equal(timer->slot, 0);
    }
    assert_int_equal(set, 0);
    timer_heap_free(&heap);
}

/* ---- Admission */

static void hosts_take_turns_within_the_limits(void **state)
{
    (void)state;
    struct admission admission = {.limit = 4, .limit_per_host = 2};
    struct admission_ticket a[5], b[2], c[2];
    for (size_t i = 0; i < 5; i++)
        assert_true(admission_enter(&admission, &a[i], "a", 0));
    for (size_t i = 0; i < 2; i++)
        assert_true(admission_enter(&admission, &b[i], "b", 0));
    for (size_t i = 0; i < 2; i++)
        assert_true(admission_enter(&admission, &c[i], "c", 0));
    /* in turns, though all of a's came first */
    assert_ptr_equal(admission_next(&admission, 0), &a[0]);
    assert_ptr_equal(admission_next(&admission, 0), &b[0]);
    assert_ptr_equal(admission_next(&admission, 0), &c[0]);
    assert_ptr_equal(admission_next(&admission, 0), &a[1]);
    assert_null(admission_next(&admission, 0)); /* four are inside */
    admission_leave(&admission, &b[0], ENDED_WELL, 0);
    assert_ptr_equal(admission_next(&admission, 0), &b[1]);
    admission_leave(&admission, &c[0], ENDED_WELL, 0);
    assert_ptr_equal(admission_next(&admission, 0), &c[1]);
    admission_leave(&admission, &b[1], ENDED_WELL, 0);
    admission_leave(&admission, &c[1], ENDED_WELL, 0);
    assert_null(admission_next(&admission, 0)); /* two of a are inside, which is a's limit */
    admission_leave(&admission, &a[1], ENDED_WELL, 0);
    assert_ptr_equal(admission_next(&admission, 0), &a[2]);
    admission_leave(&admission, &a[0], ENDED_WELL, 0);
    admission_leave(&admission, &a[2], ENDED_WELL, 0);
    /* what still waits can be taken out */
    assert_ptr_equal(admission_take(&admission), &a[3]);
    assert_ptr_equal(admission_take(&admission), &a[4]);
    assert_null(admission_take(&admission));
    assert_null(admission.first);
    assert_int_equal(admission.inside, 0);
}

/* ---- Tasks and timers on the network thread */

static _Atomic int64_t shown_ms; /* the injected clock */

static int64_t show(const struct clock *clock)
{
    (void)clock;
    return shown_ms;
}

static const struct clock shown_clock = {show, show, 1.0};

static struct network *start_on(const struct clock *clock)
{
    struct http_settings settings = client_settings(NULL);
    struct network *network = NULL;
    assert_int_equal(network_start(&settings, clock, &network, NULL), POSTERN_OK);
    return network;
}

#define POSTS   500
#define POSTERS 4

struct poster {
    struct network *network;
    struct posted {
        struct network_task task;
        struct poster *poster;
    } posted[POSTS];
    size_t ran; /* of the network thread */
    sem_t *all_ran;
};

static void run_posted(struct network_task *task)
{
    struct posted *posted = (struct posted *)(void *)task;
    struct poster *poster = posted->poster;
    if (posted != &poster->posted[poster->ran]) abort(); /* in order */
    if (++poster->ran == POSTS) sem_post(poster->all_ran);
}

static void *post_all(void *argument)
{
    struct poster *poster = argument;
    for (size_t i = 0; i < POSTS; i++) {
        poster->posted[i] = (struct posted){.task.run = run_posted, .poster = poster};
        network_post(poster->network, &poster->posted[i].task);
    }
    return NULL;
}

static void tasks_run_in_order(void **state)
{
    (void)state;
    static struct poster posters[POSTERS];
    struct network *network = start_on(clock_process());
    pthread_t threads[POSTERS];
    sem_t all_ran;
    sem_init(&all_ran, 0, 0);
    for (size_t i = 0; i < POSTERS; i++) {
        posters[i] = (struct poster){.network = network, .all_ran = &all_ran};
        pthread_create(&threads[i], NULL, post_all, &posters[i]);
    }
    for (size_t i = 0; i < POSTERS; i++)
        sem_wait(&all_ran);
    for (size_t i = 0; i < POSTERS; i++)
        pthread_join(threads[i], NULL);
    network_stop(network);
    sem_destroy(&all_ran);
}

static void tasks_posted_before_the_stop_run(void **state)
{
    (void)state;
    static struct poster poster;
    sem_t all_ran;
    sem_init(&all_ran, 0, 0);
    poster = (struct poster){.network = start_on(clock_process()), .all_ran = &all_ran};
    post_all(&poster);
    network_stop(poster.network);
    assert_int_equal(poster.ran, POSTS);
    sem_destroy(&all_ran);
}

struct alarms {
    struct network *network;
    struct network_task task;
    struct alarm {
        struct network_timer timer;
        struct alarms *alarms;
        int number;
    } alarms[4];
    int fired[16];
    size_t count;
    sem_t fired_one;
};

static void fire(struct network_timer *timer)
{
    struct alarm *alarm = (struct alarm *)(void *)timer;
    struct alarms *alarms = alarm->alarms;
    alarms->fired[alarms->count++] = alarm->number;
    if (alarm->number == 0) { /* moves one, cancels one, sets itself again */
        network_timer_set(alarms->network, &alarms->alarms[1].timer, 7200000);
        network_timer_cancel(alarms->network, &alarms->alarms[2].timer);
        network_timer_set(alarms->network, timer, 10800000);
        alarm->number = 4;
    }
    sem_post(&alarms->fired_one);
}

static void set_alarms(struct network_task *task)
{
    struct alarms *alarms = (struct alarms *)(void *)((char *)task - offsetof(struct alarms, task));
    static const int64_t deadlines[] = {3600000, 3600001, 5400000, 5400001};
    for (size_t i = 4; i-- > 0;)
        network_timer_set(alarms->network, &alarms->alarms[i].timer, deadlines[i]);
    sem_post(&alarms->fired_one);
}

static void timers_fire_by_the_injected_clock(void **state)
{
    (void)state;
    shown_ms = 0;
    struct alarms alarms = {.network = start_on(&shown_clock), .task.run = set_alarms};
    for (int i = 0; i < 4; i++)
        alarms.alarms[i] = (struct alarm){.timer.fire = fire, .alarms = &alarms, .number = i};
    sem_init(&alarms.fired_one, 0, 0);
    network_post(alarms.network, &alarms.task);
    sem_wait(&alarms.fired_one);
    /* The clock jumps by hours: nothing is waited for. */
    static const int64_t jumps[] = {3600000, 5400001, 7200000, 10800000};
    for (size_t i = 0; i < COUNT(jumps); i++) {
        assert_int_equal(alarms.count, i);
        shown_ms = jumps[i];
        sem_wait(&alarms.fired_one);
    }
    network_stop(alarms.network);
    static const int order[] = {0, 3, 1, 4};
    assert_int_equal(alarms.count, COUNT(order));
    assert_memory_equal(alarms.fired, order, sizeof order);
    sem_destroy(&alarms.fired_one);
}

/* One that is due at once again and again must not keep exchanges and tasks from going on. */
static void fire_again(struct network_timer *timer)
{
    struct alarm *alarm = (struct alarm *)(void *)timer;
    network_timer_set(alarm->alarms->network, timer, 0);
}

static void set_restless(struct network_task *task)
{
    struct alarms *alarms = (struct alarms *)(void *)((char *)task - offsetof(struct alarms, task));
    network_timer_set(alarms->network, &alarms->alarms[0].timer, 0);
}

static bool say_ok(struct test_connection *connection, const struct test_request *request)
{
    (void)request;
    return answer_with(connection, "", "ok", 2);
}

static void a_restless_timer_starves_nothing(void **state)
{
    (void)state;
    struct alarms alarms = {.network = start_on(clock_process()), .task.run = set_restless};
    alarms.alarms[0] = (struct alarm){.timer.fire = fire_again, .alarms = &alarms};
    network_post(alarms.network, &alarms.task);
    struct test_server *server = server_new(NULL, say_ok, NULL);
    struct client_call call;
    client_prepare(&call, alarms.network, "http://127.0.0.1:%d/", server->port);
    client_perform(&call);
    assert_int_equal(call.exchange.status, 200);
    client_clear(&call);
    network_stop(alarms.network);
    server_free(server);
}

/* ---- Many exchanges */

struct crowd {
    pthread_mutex_t lock;
    int inside, most;
    struct crowd *all; /* of every server */
};

#define AT_ONCE 10 /* the most that may be under way */

static pthread_cond_t all_inside = PTHREAD_COND_INITIALIZER;

static void step(struct crowd *crowd, int by)
{
    if (!crowd) return;
    pthread_mutex_lock(&crowd->lock);
    crowd->inside += by;
    if (crowd->inside > crowd->most) crowd->most = crowd->inside;
    pthread_mutex_unlock(&crowd->lock);
    step(crowd->all, by);
}

/* The first ones are not answered before as many as may be are inside. */
static void wait_for_the_rest(struct crowd *all)
{
    pthread_mutex_lock(&all->lock);
    pthread_cond_broadcast(&all_inside);
    while (all->most < AT_ONCE)
        pthread_cond_wait(&all_inside, &all->lock);
    pthread_mutex_unlock(&all->lock);
}

static bool count_inside(struct test_connection *connection, const struct test_request *request)
{
    struct crowd *crowd = connection->server->context;
    step(crowd, 1);
    wait_for_the_rest(crowd->all);
    char number[32];
    sscanf(request->head, "GET /%31[0-9]", number);
    usleep(500); /* so that one too many would be seen */
    step(crowd, -1);
    return answer_with(connection, "", number, strlen(number));
}

#define CALLS 400

static void *clear_half(void *argument)
{
    struct client_call *calls = argument;
    for (size_t i = 0; i < CALLS; i += 2)
        client_clear(&calls[i]);
    return NULL;
}

static void many_exchanges_share_few_connections(void **state)
{
    (void)state;
    struct crowd all = {.lock = PTHREAD_MUTEX_INITIALIZER}, crowds[3];
    struct test_server *servers[3];
    for (size_t i = 0; i < 3; i++) {
        crowds[i] = (struct crowd){.lock = PTHREAD_MUTEX_INITIALIZER, .all = &all};
        servers[i] = server_new(NULL, count_inside, &crowds[i]);
    }
    struct http_settings settings = client_settings(NULL);
    settings.max_connections = AT_ONCE;
    settings.max_connections_per_host = 4;
    struct network *network = client_start(&settings);
    static struct client_call calls[CALLS];
    for (size_t i = 0; i < CALLS; i++) {
        char url[64];
        snprintf(url, sizeof url, "http://127.0.0.1:%%d/%zu", i);
        client_prepare(&calls[i], network, url, servers[i % 3]->port);
        client_post(&calls[i]);
    }
    for (size_t i = 0; i < CALLS; i++) {
        char number[32];
        client_wait(&calls[i]);
        snprintf(number, sizeof number, "%zu", i);
        assert_string_equal(calls[i].exchange.error.message, "");
        assert_text(calls[i].exchange.answer_body, number);
        assert_int_equal(calls[i].exchange.tries, 1);
    }
    assert_int_equal(all.most, AT_ONCE);
    for (size_t i = 0; i < 3; i++)
        assert_in_range(crowds[i].most, 2, 4);
    pthread_t thread; /* answers may be given back by any thread */
    pthread_create(&thread, NULL, clear_half, calls);
    for (size_t i = 1; i < CALLS; i += 2)
        client_clear(&calls[i]);
    pthread_join(thread, NULL);
    network_stop(network);
    for (size_t i = 0; i < 3; i++)
        server_free(servers[i]);
}

/* More hosts than connections: idle ones make room. */
static void idle_connections_make_room(void **state)
{
    (void)state;
    struct test_server *servers[5];
    struct http_settings settings = client_settings(NULL);
    settings.max_connections = 2;
    struct network *network = client_start(&settings);
    sem_t closed;
    sem_init(&closed, 0, 0);
    for (size_t i = 0; i < 5; i++) {
        struct client_call call;
        servers[i] = server_new(NULL, say_ok, NULL);
        servers[i]->on_close = &closed;
        client_prepare(&call, network, "http://127.0.0.1:%d/", servers[i]->port);
        client_perform(&call);
        assert_int_equal(call.exchange.status, 200);
        client_clear(&call);
    }
    for (size_t i = 0; i < 3; i++)
        sem_wait(&closed); /* only two are kept */
    assert_int_equal(sem_trywait(&closed), -1);
    network_stop(network);
    for (size_t i = 0; i < 5; i++)
        server_free(servers[i]);
}

/* ---- Ends */

static sem_t asked;

static bool never_answer(struct test_connection *connection, const struct test_request *request)
{
    (void)request;
    sem_post(&asked);
    connection_wait_for_close(connection);
    return false;
}

static void stop_ends_what_is_under_way(void **state)
{
    (void)state;
    struct test_server *server = server_new(NULL, never_answer, NULL);
    struct http_settings settings = client_settings(NULL);
    settings.max_connections_per_host = 2;
    struct network *network = client_start(&settings);
    struct client_call calls[5];
    sem_init(&asked, 0, 0);
    for (size_t i = 0; i < 5; i++) {
        client_prepare(&calls[i], network, "http://127.0.0.1:%d/", server->port);
        client_post(&calls[i]);
    }
    sem_wait(&asked);
    sem_wait(&asked);
    network_stop(network);
    int tries = 0;
    for (size_t i = 0; i < 5; i++) {
        client_wait(&calls[i]);
        assert_int_equal(calls[i].exchange.error.code, POSTERN_E_RETRY);
        assert_string_equal(calls[i].exchange.error.message, "stopped");
        tries += calls[i].exchange.tries;
        client_clear(&calls[i]);
    }
    assert_int_equal(tries, 2); /* two were under way, three waited */
    sem_destroy(&asked);
    server_free(server);
}

static void kept_connections_are_given_back_when_all_is_quiet(void **state)
{
    (void)state;
    struct test_server *server = server_new(NULL, say_ok, NULL);
    struct http_settings settings = client_settings(NULL);
    settings.release_after_ms = 50;
    struct network *network = client_start(&settings);
    for (int i = 1; i <= 3; i++) {
        struct client_call call;
        client_prepare(&call, network, "http://127.0.0.1:%d/", server->port);
        client_perform(&call);
        assert_int_equal(call.exchange.status, 200);
        assert_int_equal(call.exchange.tries, 1);
        client_clear(&call);
        server_wait_closed(server, i); /* by us: this server would keep it open for ever */
    }
    assert_int_equal(server_connections(server), 3);
    network_stop(network);
    server_free(server);
}

/* `done` may start the next exchange, and the same one again. */
struct chain {
    struct client_call call;
    int left;
};

static void go_on(struct http_exchange *exchange)
{
    struct client_call *call = exchange->context;
    struct chain *chain = (struct chain *)(void *)call;
    if (exchange->status != 200 || --chain->left == 0) {
        sem_post(&call->done);
        return;
    }
    http_exchange_clear(exchange);
    http_start(call->network, exchange);
}

static void done_may_start_again(void **state)
{
    (void)state;
    struct test_server *server = server_new(NULL, say_ok, NULL);
    struct http_settings settings = client_settings(NULL);
    struct network *network = client_start(&settings);
    struct chain chain = {.left = 50};
    client_prepare(&chain.call, network, "http://127.0.0.1:%d/", server->port);
    chain.call.exchange.done = go_on;
    client_perform(&chain.call);
    assert_int_equal(chain.left, 0);
    assert_int_equal(server_requests(server), 50);
    assert_int_equal(server_connections(server), 1); /* kept all the while */
    client_clear(&chain.call);
    network_stop(network);
    server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_come_out_in_order),
        cmocka_unit_test(hosts_take_turns_within_the_limits),
        cmocka_unit_test(tasks_run_in_order),
        cmocka_unit_test(tasks_posted_before_the_stop_run),
        cmocka_unit_test(timers_fire_by_the_injected_clock),
        cmocka_unit_test(a_restless_timer_starves_nothing),
        cmocka_unit_test(many_exchanges_share_few_connections),
        cmocka_unit_test(idle_connections_make_room),
        cmocka_unit_test(stop_ends_what_is_under_way),
        cmocka_unit_test(kept_connections_are_given_back_when_all_is_quiet),
        cmocka_unit_test(done_may_start_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

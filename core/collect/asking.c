#include "collect/asking.h"
#include "base/error.h"
#include "base/real_time.h"
#include "collect/stream/access_token.h"
#include "collect/stream/host_clock.h"
#include "collect/stream/request_call.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct awaited {
    struct network_task task;
    struct network *network;
    struct request *request;
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    bool is_answered;
};

static void answered(struct request *request)
{
    struct awaited *waiting = request->owner;
    pthread_mutex_lock(&waiting->mutex);
    waiting->is_answered = true;
    pthread_cond_signal(&waiting->answered);
    pthread_mutex_unlock(&waiting->mutex);
}

static void start(struct network_task *task)
{
    struct awaited *waiting = (struct awaited *)task;
    request_start(waiting->request, waiting->network, answered, waiting);
}

/* One request goes after another, but faster than the user may want. */
static void wait_for_turn(struct account *account)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t never;
    int wait_ms = clock_timeout_ms(account->shared->clock, account_take_turn(account));
    if (wait_ms <= 0) return;
    pthread_cond_init(&never, NULL);
    pthread_mutex_lock(&mutex);
    real_wait(&never, &mutex, wait_ms);
    pthread_mutex_unlock(&mutex);
    pthread_cond_destroy(&never);
}

/* Sends the request from the network thread and waits for its answer. */
static void exchange(struct account *account, struct request *request)
{
    struct network *network = account->shared->network;
    wait_for_turn(account);
    struct awaited waiting = {.task.run = start, .network = network, .request = request};
    pthread_mutex_init(&waiting.mutex, NULL);
    pthread_cond_init(&waiting.answered, NULL);
    network_post(network, &waiting.task);
    pthread_mutex_lock(&waiting.mutex);
    while (!waiting.is_answered)
        pthread_cond_wait(&waiting.answered, &waiting.mutex);
    pthread_mutex_unlock(&waiting.mutex);
    pthread_cond_destroy(&waiting.answered);
    pthread_mutex_destroy(&waiting.mutex);
}

/* Asks for the account's access token if its scheme needs one that is not there. */
static bool has_token(struct account *account, struct question *question, postern_error *error)
{
    if (!account->token || account->access.token) return true;
    struct request *request = access_token_request(account, error);
    if (!request) return false;
    question->requests++;
    exchange(account, request);
    struct trouble trouble;
    if (access_token_take(account, request, &trouble)) return true;
    *error = trouble.error;
    memcpy(question->request_id, trouble.request_id, sizeof question->request_id);
    return false;
}

bool ask(struct account *account, struct question *question, postern_error *error)
{
    const struct server_clock *clock = &account->host->clock;
    for (int try = 1; try <= 2; try++) {
        error_clear(error);
        question->request_id[0] = '\0';
        if (!has_token(account, question, error)) return false;
        struct request *request = question->make(question->context, error);
        if (!request) return true;
        struct clock_reading now = clock_read(account->shared->clock);
        int64_t before = clock->known ? clock->offset_ms : now.wall_ms - now.monotonic_ms;
        question->requests++;
        exchange(account, request);
        host_clock_take(account->host, request, false, account->shared->journal);
        request_id_of(request, &request->access, question->request_id);
        int64_t learned = clock->known ? llabs(clock->offset_ms - before) : 0;
        question->read(question->context, request, error);
        if (error->code != POSTERN_E_CREDENTIALS) return true;
        bool renews = account->access.token != NULL;
        access_set_token(&account->access, NULL);
        if (!renews && learned < HOST_CLOCK_OFF_MS) return true;
    }
    return true;
}

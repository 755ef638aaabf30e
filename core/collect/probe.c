/* `check --live`: asks each stream's endpoint once, in order, and keeps nothing. */
#include "base/error.h"
#include "base/real_time.h"
#include "collect/fleet.h"
#include "collect/stream/access_token.h"
#include "collect/stream/exchange_trouble.h"
#include "collect/stream/host_clock.h"
#include "collect/stream/next_request.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct probe {
    struct network_task task;
    struct network *network;
    struct request *request;
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    bool is_answered;
};

static void answered(struct request *request)
{
    struct probe *probe = request->owner;
    pthread_mutex_lock(&probe->mutex);
    probe->is_answered = true;
    pthread_cond_signal(&probe->answered);
    pthread_mutex_unlock(&probe->mutex);
}

static void start(struct network_task *task)
{
    struct probe *probe = (struct probe *)task;
    request_start(probe->request, probe->network, answered, probe);
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
    struct probe probe = {.task.run = start, .network = network, .request = request};
    pthread_mutex_init(&probe.mutex, NULL);
    pthread_cond_init(&probe.answered, NULL);
    network_post(network, &probe.task);
    pthread_mutex_lock(&probe.mutex);
    while (!probe.is_answered)
        pthread_cond_wait(&probe.answered, &probe.mutex);
    pthread_mutex_unlock(&probe.mutex);
    pthread_cond_destroy(&probe.answered);
    pthread_mutex_destroy(&probe.mutex);
}

static void keep(struct answer *answer)
{
    (void)answer; /* it was read on this thread, which looks at it afterwards */
}

static void read_probe(struct stream *stream, struct request *request, postern_error *error)
{
    struct trouble trouble;
    if (trouble_of_exchange(&request->exchange, request->arrived.wall_ms, 0, &trouble)) {
        request_free(request);
        *error = trouble.error;
        return;
    }
    struct answer *answer = stream_new_answer(stream, request);
    if (!answer) {
        error_no_memory(error, NULL);
        return;
    }
    answer->workers = NULL;
    answer->done = keep;
    answer_read(answer);
    if (answer->status < 0) {
        *error = answer->error;
        error->code = answer->status;
    }
    answer_free(answer);
}

/* Asks for the account's access token if its scheme needs one that is not there. */
static bool has_token(struct account *account, postern_error *error)
{
    if (!account->token || account->access.token) return true;
    struct request *request = access_token_request(account, error);
    if (!request) return false;
    exchange(account, request);
    struct trouble trouble;
    if (access_token_take(account, request, &trouble)) return true;
    *error = trouble.error;
    return false;
}

static void probe_stream(struct stream *stream, postern_error *error)
{
    const struct server_clock *clock = &stream->account->host->clock;
    for (int try = 1; try <= 2; try++) {
        error_clear(error);
        if (!has_token(stream->account, error)) return;
        struct request *request = stream_first_request(stream, error);
        if (!request) return;
        int64_t before = clock->known ? clock->offset_ms : 0;
        exchange(stream->account, request);
        host_clock_take(stream->account->host, request, false);
        int64_t learned = clock->known ? llabs(clock->offset_ms - before) : 0;
        read_probe(stream, request, error);
        if (error->code != POSTERN_E_CREDENTIALS) return;
        bool renews = stream->account->access.token != NULL;
        access_set_token(&stream->account->access, NULL);
        if (!renews && learned < HOST_CLOCK_OFF_MS) return;
        stream->polling = stream->pass_open = false;
    }
}

static void say_nothing_to_read(const struct account *account, postern_error *error)
{
    error_set(error, POSTERN_E_UNSUPPORTED, "no source reads %s yet", account->access.profile->title);
    error_remedy(error, "Use another way to let this account in, or load a module with a source for it.");
}

static void say_secret_is_missing(const struct account *account, postern_error *error)
{
    error_set(error, POSTERN_E_CREDENTIALS, "%s", trouble_error(account->record.trouble));
    error_remedy(error, "%s", trouble_remedy(account->record.trouble));
}

postern_status collector_probe(const struct collector_parts *parts,
                               void (*each)(void *context, const char *account, const char *stream,
                                            const postern_error *error),
                               void *context, postern_error *error)
{
    struct collector_parts alone = *parts;
    alone.journal = NULL;
    struct fleet_progress progress = {0};
    struct fleet *fleet;
    postern_status status = fleet_build(&alone, &progress, NULL, &fleet, error);
    if (status < 0) return status;
    for (size_t i = 0; i < fleet->account_count; i++) {
        struct account *account = fleet->accounts[i];
        postern_error outcome = ERROR_INIT;
        if (!account->stream_count) {
            say_nothing_to_read(account, &outcome);
            each(context, account->name, "", &outcome);
        }
        for (size_t k = 0; k < account->stream_count; k++) {
            if (account->lacks_secret)
                say_secret_is_missing(account, &outcome);
            else
                probe_stream(&account->streams[k], &outcome);
            account_add_remedy(account, &outcome);
            each(context, account->name, account->streams[k].declaration->name, &outcome);
        }
    }
    fleet_free(fleet);
    return POSTERN_OK;
}

#include "http/blocking.h"
#include "base/error.h"
#include "base/real_time.h"
#include "http/transfer.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOK_MS     100
#define KEPT_LIMIT  64
#define KEPT_MS     ((int64_t)60 * 1000)
#define CONNECTIONS 4L /* one at work, and those to other hosts that were asked before */

/* Each exchange at work has a multi handle of its own, with its connections, and leaves it for the next. */
struct kept_handle {
    CURLM *multi;
    int64_t since_ms;
};

struct blocking_client {
    struct transfer_settings settings;
    pthread_mutex_t lock;
    struct kept_handle kept[KEPT_LIMIT]; /* the last used one last */
    size_t kept_count;
};

postern_status blocking_client_new(const struct http_settings *settings, struct blocking_client **client,
                                   postern_error *error)
{
    postern_status status = transfer_settings_check(settings, error);
    if (status < 0) return status;
    struct blocking_client *made = calloc(1, sizeof *made);
    if (!made) return error_no_memory(error, NULL);
    pthread_mutex_init(&made->lock, NULL);
    if (!transfer_settings_init(&made->settings, settings)) {
        blocking_client_free(made);
        return error_no_memory(error, NULL);
    }
    *client = made;
    return POSTERN_OK;
}

void blocking_client_free(struct blocking_client *client)
{
    if (!client) return;
    for (size_t i = 0; i < client->kept_count; i++)
        curl_multi_cleanup(client->kept[i].multi);
    transfer_settings_free(&client->settings);
    pthread_mutex_destroy(&client->lock);
    free(client);
}

/* ---- Kept connections */

static CURLM *take_handle(struct blocking_client *client)
{
    pthread_mutex_lock(&client->lock);
    CURLM *multi = client->kept_count ? client->kept[--client->kept_count].multi : NULL;
    pthread_mutex_unlock(&client->lock);
    if (multi) return multi;
    multi = curl_multi_init();
    if (multi) curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, CONNECTIONS);
    return multi;
}

/* Takes out the handle that was not used for longest, if that is long ago or there are too many. */
static CURLM *take_stale(struct blocking_client *client, int64_t now_ms)
{
    struct kept_handle *oldest = &client->kept[0];
    bool stale =
        client->kept_count && (client->kept_count == KEPT_LIMIT || now_ms - oldest->since_ms > KEPT_MS);
    if (!stale) return NULL;
    CURLM *multi = oldest->multi;
    memmove(oldest, oldest + 1, --client->kept_count * sizeof *oldest);
    return multi;
}

static void give_back(struct blocking_client *client, CURLM *multi)
{
    pthread_mutex_lock(&client->lock);
    int64_t now_ms = real_ms();
    CURLM *stale = take_stale(client, now_ms);
    client->kept[client->kept_count++] = (struct kept_handle){multi, now_ms};
    pthread_mutex_unlock(&client->lock);
    if (stale) curl_multi_cleanup(stale);
}

/* ---- An exchange */

struct wish_to_stop {
    bool (*stopping)(const void *context);
    const void *context;
};

static bool is_wished(const struct wish_to_stop *wish)
{
    return wish->stopping && wish->stopping(wish->context);
}

/* Until libcurl is done with the try; false: told to stop. */
static bool wait_for_end(CURLM *multi, struct http_transfer *transfer, const struct wish_to_stop *wish,
                         CURLcode *code)
{
    for (;;) {
        int running, left;
        bool works = curl_multi_perform(multi, &running) == CURLM_OK;
        CURLMsg *message = curl_multi_info_read(multi, &left);
        *code = message ? message->data.result : works ? CURLE_OPERATION_TIMEDOUT : CURLE_OUT_OF_MEMORY;
        if (message || !works) return true;
        if (is_wished(wish)) return false;
        if (transfer_is_idle(transfer, real_ms())) return true;
        if (curl_multi_poll(multi, NULL, 0, LOOK_MS, NULL) != CURLM_OK)
            usleep(LOOK_MS * 1000); /* out of memory: no reason to spin */
    }
}

/* False if another try must begin at once. */
static bool run_try(CURLM *multi, struct http_transfer *transfer, const struct wish_to_stop *wish)
{
    postern_error *error = &transfer->exchange->error;
    if (transfer_begin(transfer, error) < 0) return true;
    if (curl_multi_add_handle(multi, transfer->easy) != CURLM_OK) {
        error_no_memory(error, NULL);
        return true;
    }
    CURLcode code;
    bool ended = wait_for_end(multi, transfer, wish, &code);
    curl_multi_remove_handle(multi, transfer->easy);
    if (ended) return transfer_end(transfer, code);
    error_set(error, POSTERN_E_STOPPED, "stopped before %s had answered", transfer->target.host);
    return true;
}

void blocking_client_run(struct blocking_client *client, struct http_exchange *exchange,
                         bool (*stopping)(const void *context), const void *context)
{
    const struct wish_to_stop wish = {stopping, context};
    http_exchange_reset(exchange);
    struct http_transfer *transfer = transfer_new(exchange, &client->settings, &exchange->error);
    if (!transfer) return;
    exchange->transfer = transfer;
    exchange->started_ms = real_ms();
    CURLM *multi = exchange->error.code < 0 ? NULL : take_handle(client);
    if (multi) {
        while (!run_try(multi, transfer, &wish))
            continue;
        give_back(client, multi);
    } else if (exchange->error.code == POSTERN_OK) {
        error_no_memory(&exchange->error, NULL);
    }
    transfer_close(transfer);
    exchange->finished_ms = real_ms();
}

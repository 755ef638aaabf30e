/* A network and exchanges that a test runs one by one or many at once. */
#ifndef TESTS_UNIT_HTTP_CLIENT_H
#define TESTS_UNIT_HTTP_CLIENT_H

#include "base/error.h"
#include "base/random.h"
#include "http/network.h"
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* Small numbers, so that limits are met quickly; big enough for a machine under load. */
static inline struct http_settings client_settings(const char *ca_file)
{
    return (struct http_settings){.ca_file = ca_file,
                                  .no_proxy = "",
                                  .connect_timeout_ms = 20000,
                                  .timeout_ms = 60000,
                                  .idle_timeout_ms = 30000,
                                  .max_connections = 16,
                                  .max_connections_per_host = 8,
                                  .response_limit = 8 << 20,
                                  .spill_above = 1 << 20,
                                  .spill_directory = "/tmp"};
}

static inline struct network *client_start(const struct http_settings *settings)
{
    struct network *network = NULL;
    postern_error error = ERROR_INIT;
    if (network_start(settings, clock_process(), &network, &error) < 0) {
        fprintf(stderr, "%s\n", error.message);
        abort();
    }
    return network;
}

struct client_call {
    struct http_exchange exchange;
    struct network_task task;
    struct network *network;
    sem_t done;
    int signs; /* how often `sign` was called */
    char url[256];
};

static inline void client_done(struct http_exchange *exchange)
{
    sem_post(&((struct client_call *)exchange->context)->done);
}

static inline void client_run(struct network_task *task)
{
    struct client_call *call =
        (struct client_call *)(void *)((char *)task - offsetof(struct client_call, task));
    http_start(call->network, &call->exchange);
}

/* A fresh request id for each try, as the signer of API 1.0 does it. */
static inline postern_status client_sign(struct http_exchange *exchange, postern_arena *arena,
                                         postern_pair *headers, size_t capacity, size_t *count,
                                         postern_error *error)
{
    struct client_call *call = exchange->context;
    char id[37];
    (void)capacity;
    random_guid(random_system(), id);
    headers[0].name = (postern_text){"x-mc-req-id", 11};
    headers[0].value = arena_printf(arena, "%s", id);
    if (!headers[0].value.data) return error_set(error, POSTERN_E_MEMORY, "no room");
    *count = 1;
    call->signs++;
    return POSTERN_OK;
}

/* `url` holds one %d for the port. */
static inline void client_prepare(struct client_call *call, struct network *network, const char *url,
                                  int port)
{
    *call = (struct client_call){.network = network, .task.run = client_run};
    sem_init(&call->done, 0, 0);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(call->url, sizeof call->url, url, port);
#pragma GCC diagnostic pop
    call->exchange = (struct http_exchange){
        .method = "GET", .url = call->url, .sign = client_sign, .done = client_done, .context = call};
}

static inline void client_post(struct client_call *call)
{
    network_post(call->network, &call->task);
}

static inline void client_wait(struct client_call *call)
{
    while (sem_wait(&call->done) != 0)
        continue;
}

static inline void client_perform(struct client_call *call)
{
    client_post(call);
    client_wait(call);
}

static inline void client_clear(struct client_call *call)
{
    http_exchange_clear(&call->exchange);
    sem_destroy(&call->done);
}

#endif

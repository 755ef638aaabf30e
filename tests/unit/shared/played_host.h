/* A module's host, with an arena that ends with the test, json/1 as it is and an http/1 that plays answers.
 */
#ifndef TESTS_UNIT_SHARED_PLAYED_HOST_H
#define TESTS_UNIT_SHARED_PLAYED_HOST_H

#include "../unit.h"
#include "base/arena.h"
#include "module/instance.h"
#include "module/registry.h"
#include "module/services/json.h"
#include <postern/kit.h>
#include <stdio.h>

#define MOST_EXCHANGES 32

struct played_answer {
    postern_status status; /* < 0: the exchange fails with it */
    int32_t http;
    const char *body, *date;
    int64_t retry_after_ms;
};

/* Answers are given in their order; the last one serves on. */
static struct played {
    const struct played_answer *answers;
    size_t answer_count, count;
    struct {
        char url[256], body[4096], authorization[512];
    } asked[MOST_EXCHANGES];
    pthread_mutex_t lock;
} played = {.lock = PTHREAD_MUTEX_INITIALIZER};

static inline void keep_string(postern_text text, char *into, size_t capacity)
{
    size_t size = text.size < capacity ? text.size : capacity - 1;
    if (size) memcpy(into, text.data, size);
    into[size] = '\0';
}

static inline postern_status play(const postern_host *host, postern_arena *arena,
                                  const postern_http_request *request, postern_http_response *response,
                                  postern_error *error)
{
    (void)host, (void)error;
    pthread_mutex_lock(&played.lock);
    size_t number = played.count++;
    pthread_mutex_unlock(&played.lock);
    assert_true(number < MOST_EXCHANGES);
    keep_string(request->url, played.asked[number].url, sizeof played.asked[number].url);
    keep_string(request->body, played.asked[number].body, sizeof played.asked[number].body);
    keep_string(kit_header(request->headers, request->header_count, "Authorization"),
                played.asked[number].authorization, sizeof played.asked[number].authorization);
    const struct played_answer *answer =
        &played.answers[number < played.answer_count ? number : played.answer_count - 1];
    if (answer->status < 0) return kit_fail(error, answer->status, NULL, "no connection");
    postern_pair *date = arena_allocate(arena, sizeof *date);
    *date = (postern_pair){KIT_TEXT("date"), kit_text(answer->date)};
    response->status = answer->http;
    response->headers = date;
    response->header_count = 1;
    response->body = arena_copy(arena, kit_text(answer->body));
    response->retry_after_ms = answer->retry_after_ms;
    return POSTERN_OK;
}

/* The registry and instance that json/1 finds its limits by. */
struct played_host {
    struct module_registry *registry;
    struct module_instance *instance;
    postern_arena *arena;
};

static inline struct played_host played_host_new(void)
{
    static const struct module_limits limits = {1 << 20, 10, 1 << 20, 1 << 20};
    static const postern_option *const no_options[] = {NULL};
    static const postern_http http = {.size = sizeof http, .exchange = play};
    struct played_host made = {.registry = registry_new(&limits), .arena = arena_new((size_t)64 << 20)};
    const struct module_plan plan = {.registry = made.registry, .name = "sink", .table = no_options};
    postern_error error = {.size = sizeof error};
    registry_add_service(made.registry, POSTERN_SERVICE_HTTP, &http);
    assert_int_equal(module_instance_new(&plan, &made.instance, &error), POSTERN_OK);
    return made;
}

static inline const postern_host *host_of(const struct played_host *made)
{
    return &made->instance->host;
}

static inline void played_host_free(struct played_host *made)
{
    module_instance_free(made->instance);
    registry_free(made->registry);
    arena_free(made->arena);
}

static inline void play_answers(const struct played_answer *answers, size_t count)
{
    played.answers = answers;
    played.answer_count = count;
    played.count = 0;
}

#endif

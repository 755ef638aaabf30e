#include "calls.h"
#include "random.h"
#include "times.h"
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool insert(struct request_ids *ids, uint64_t hash)
{
    size_t slot = hash & (ids->capacity - 1);
    while (ids->slots[slot] && ids->slots[slot] != hash)
        slot = (slot + 1) & (ids->capacity - 1);
    if (ids->slots[slot]) return false;
    ids->slots[slot] = hash;
    ids->count++;
    return true;
}

bool request_ids_add(struct request_ids *ids, const char *id)
{
    char lower[64] = "";
    for (size_t i = 0; i < sizeof lower - 1 && id[i]; i++)
        lower[i] = (char)(id[i] >= 'A' && id[i] <= 'Z' ? id[i] | 32 : id[i]);
    if (ids->count * 2 >= ids->capacity) {
        struct request_ids larger = {.capacity = ids->capacity ? ids->capacity * 2 : 1024};
        larger.slots = must_allocate(larger.capacity * sizeof *larger.slots);
        for (size_t i = 0; i < ids->capacity; i++)
            if (ids->slots[i]) insert(&larger, ids->slots[i]);
        free(ids->slots);
        *ids = larger;
    }
    return insert(ids, mix_text(1, lower, strlen(lower)) | 1);
}

void request_ids_free(struct request_ids *ids)
{
    free(ids->slots);
    *ids = (struct request_ids){0};
}

bool calls_overlap(const struct calls *calls)
{
    if (!calls->in_flight) return false;
    struct pollfd socket = {.fd = calls->socket, .events = POLLRDHUP};
    return poll(&socket, 1, 0) == 0;
}

bool calls_take(struct calls *calls, enum failure_shape shape, size_t limit, int64_t window_ms,
                int64_t now_ms, bool hide, unsigned spelling, struct http_reply *reply)
{
    if (now_ms - calls->window_start_ms >= window_ms) {
        calls->window_start_ms = now_ms;
        calls->window_calls = 0;
    }
    calls->window_calls++;
    int64_t reset_ms = calls->window_start_ms + window_ms - now_ms;
    if (limit && calls->window_calls > limit) {
        calls_refuse(calls, shape, reset_ms, now_ms, spelling, reply);
        return false;
    }
    if (!hide) {
        size_t shown = limit ? limit : 10000000;
        http_header(reply, "X-RateLimit-Limit", "%zu", shown);
        http_header(reply, "X-RateLimit-Remaining", "%zu",
                    shown > calls->window_calls ? shown - calls->window_calls : 0);
        http_header(reply, "X-RateLimit-Reset", "%lld", (long long)reset_ms);
    }
    return true;
}

void calls_refuse(struct calls *calls, enum failure_shape shape, int64_t wait_ms, int64_t now_ms,
                  unsigned spelling, struct http_reply *reply)
{
    http_fail(reply, shape, 429, "err_rate_limit", "quota exceeded", NULL, true);
    int64_t until_ms = now_ms + wait_ms, whole_second_ms = (until_ms + SECOND - 1) / SECOND * SECOND;
    bool lax = false;
    switch (spelling % 8) {
    case 0:
        http_header(reply, "X-RateLimit-Reset", "%lld", (long long)wait_ms);
        break;
    case 1:
        http_header(reply, "x-ratelimit-reset", "%lld", (long long)wait_ms);
        break;
    case 2:
        until_ms = whole_second_ms;
        http_header(reply, "X-RateLimit-Reset", "%lld", (long long)(until_ms / SECOND));
        lax = true;
        break;
    case 3:
        http_header(reply, "X-RATELIMIT-RESET", "%lld", (long long)until_ms);
        lax = true;
        break;
    case 4: /* whole seconds: announce no less than what is meant */
        until_ms = now_ms + (wait_ms + SECOND - 1) / SECOND * SECOND;
        http_header(reply, "Retry-After", "%lld", (long long)((until_ms - now_ms) / SECOND));
        break;
    case 5:
        http_header(reply, "X-RateLimit-Reset", "soon");
        until_ms = 0;
        break;
    case 6:
        until_ms = 0;
        break; /* no header at all */
    default:
        http_header(reply, "X-RateLimit-Limit", "100");
        http_header(reply, "X-RateLimit-Remaining", "0");
        http_header(reply, "X-RateLimit-Reset", " %lld", (long long)wait_ms);
    }
    calls->wait_until_ms = until_ms;
    calls->wait_is_lax = lax;
}

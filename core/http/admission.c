#include "http/admission.h"
#include "http/allowance.h"
#include <stdlib.h>
#include <string.h>

struct admission_host {
    struct admission_host *next;
    struct admission_ticket *first, *last; /* waiting */
    struct allowance allowance;
    size_t inside;
    enum admission_bound bound; /* what those who wait wait for */
    int64_t left_ms;            /* when the last one left */
    char name[];
};

static bool is_empty(const struct admission_host *host)
{
    return !host->first && !host->inside;
}

static void remove_host(struct admission *admission, struct admission_host **link)
{
    struct admission_host *host = *link;
    *link = host->next;
    if (admission->turn == host) admission->turn = host->next;
    free(host);
}

/* What is known of a host to which more than usual were open is kept for a while. */
static bool is_out_of_use(const struct admission_host *host, int64_t now_ms)
{
    return is_empty(host) && now_ms - host->left_ms >= ALLOWANCE_UNUSED_MS;
}

static void remove_unused(struct admission *admission, int64_t now_ms)
{
    for (struct admission_host **link = &admission->first; *link;)
        if (is_out_of_use(*link, now_ms))
            remove_host(admission, link);
        else
            link = &(*link)->next;
}

static struct admission_host *add_host(struct admission *admission, const char *name, int64_t now_ms)
{
    size_t size = strlen(name) + 1;
    struct admission_host *host = calloc(1, sizeof *host + size);
    if (!host) return NULL;
    remove_unused(admission, now_ms);
    memcpy(host->name, name, size);
    allowance_init(&host->allowance, admission->limit_per_host);
    struct admission_host **link = &admission->first;
    while (*link)
        link = &(*link)->next;
    return *link = host;
}

static struct admission_host *find_or_add(struct admission *admission, const char *name, int64_t now_ms)
{
    struct admission_host *host = admission->first;
    while (host && strcmp(host->name, name) != 0)
        host = host->next;
    if (!host) return add_host(admission, name, now_ms);
    if (is_out_of_use(host, now_ms)) allowance_init(&host->allowance, admission->limit_per_host);
    return host;
}

static void remove_if_empty(struct admission *admission, struct admission_host *host)
{
    if (!is_empty(host) || host->allowance.now > ALLOWANCE_START) return;
    struct admission_host **link = &admission->first;
    while (*link != host)
        link = &(*link)->next;
    remove_host(admission, link);
}

bool admission_enter(struct admission *admission, struct admission_ticket *ticket, const char *name,
                     int64_t now_ms)
{
    struct admission_host *host = find_or_add(admission, name, now_ms);
    if (!host) return false;
    *ticket = (struct admission_ticket){.host = host, .came_ms = now_ms};
    if (host->last)
        host->last->next = ticket;
    else
        host->first = ticket;
    host->last = ticket;
    return true;
}

static struct admission_ticket *pop(struct admission_host *host)
{
    struct admission_ticket *ticket = host->first;
    host->first = ticket->next;
    if (!host->first) host->last = NULL;
    ticket->next = NULL;
    return ticket;
}

static bool has_room(const struct admission *admission, struct admission_host *host, int64_t now_ms)
{
    if (host->inside < host->allowance.now) return true;
    allowance_wanted(&host->allowance, now_ms, now_ms - host->first->came_ms);
    bool rests = now_ms < host->allowance.rests_until_ms;
    host->bound = host->inside >= admission->limit_per_host ? BOUND_HOST : rests ? BOUND_BEARS : BOUND_GROWS;
    return host->inside < host->allowance.now;
}

static struct admission_ticket *let_in(struct admission *admission, struct admission_host *host,
                                       int64_t now_ms)
{
    struct admission_ticket *ticket = pop(host);
    admission->inside++;
    host->inside++;
    ticket->waited_ms = now_ms - ticket->came_ms;
    ticket->bound = host->bound;
    if (!host->first) host->bound = BOUND_NONE;
    allowance_used(&host->allowance, ticket->waited_ms, host->inside);
    return ticket;
}

/* Nobody has room. */
static void bind_all(struct admission *admission)
{
    for (struct admission_host *host = admission->first; host; host = host->next)
        if (host->first) host->bound = BOUND_ALL;
}

struct admission_ticket *admission_next(struct admission *admission, int64_t now_ms)
{
    if (!admission->first) return NULL;
    if (admission->inside >= admission->limit) return bind_all(admission), NULL;
    struct admission_host *start = admission->turn ? admission->turn : admission->first, *host = start;
    do {
        struct admission_host *following = host->next ? host->next : admission->first;
        if (host->first && has_room(admission, host, now_ms)) {
            admission->turn = following;
            return let_in(admission, host, now_ms);
        }
        host = following;
    } while (host != start);
    return NULL;
}

struct admission_ticket *admission_take(struct admission *admission)
{
    for (struct admission_host *host = admission->first; host; host = host->next) {
        if (!host->first) continue;
        struct admission_ticket *ticket = pop(host);
        ticket->host = NULL;
        remove_if_empty(admission, host);
        return ticket;
    }
    return NULL;
}

void admission_leave(struct admission *admission, struct admission_ticket *ticket, enum admission_end end,
                     int64_t now_ms)
{
    struct admission_host *host = ticket->host;
    if (!host) return;
    ticket->host = NULL;
    admission->inside--;
    host->inside--;
    host->left_ms = now_ms;
    int64_t took_ms = now_ms - ticket->came_ms - ticket->waited_ms;
    if (end != ENDED_EARLY) allowance_ended(&host->allowance, now_ms, took_ms, end == ENDED_WELL);
    remove_if_empty(admission, host);
}

void admission_clear(struct admission *admission)
{
    while (admission->first)
        remove_host(admission, &admission->first);
}

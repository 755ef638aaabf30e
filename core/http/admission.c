#include "http/admission.h"
#include <stdlib.h>
#include <string.h>

struct admission_host {
    struct admission_host *next;
    struct admission_ticket *first, *last; /* waiting */
    size_t inside;
    char name[];
};

static struct admission_host *find_or_add(struct admission *admission, const char *name)
{
    struct admission_host **link = &admission->first;
    for (; *link; link = &(*link)->next)
        if (strcmp((*link)->name, name) == 0) return *link;
    size_t size = strlen(name) + 1;
    struct admission_host *host = calloc(1, sizeof *host + size);
    if (!host) return NULL;
    memcpy(host->name, name, size);
    return *link = host;
}

static void remove_if_empty(struct admission *admission, struct admission_host *host)
{
    if (host->first || host->inside) return;
    struct admission_host **link = &admission->first;
    while (*link != host)
        link = &(*link)->next;
    *link = host->next;
    if (admission->turn == host) admission->turn = host->next;
    free(host);
}

bool admission_enter(struct admission *admission, struct admission_ticket *ticket, const char *name)
{
    struct admission_host *host = find_or_add(admission, name);
    if (!host) return false;
    *ticket = (struct admission_ticket){.host = host};
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

struct admission_ticket *admission_next(struct admission *admission)
{
    if (admission->inside >= admission->limit || !admission->first) return NULL;
    struct admission_host *start = admission->turn ? admission->turn : admission->first, *host = start;
    do {
        struct admission_host *following = host->next ? host->next : admission->first;
        if (host->first && host->inside < admission->limit_per_host) {
            admission->turn = following;
            admission->inside++;
            host->inside++;
            return pop(host);
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

void admission_leave(struct admission *admission, struct admission_ticket *ticket)
{
    struct admission_host *host = ticket->host;
    if (!host) return;
    ticket->host = NULL;
    admission->inside--;
    host->inside--;
    remove_if_empty(admission, host);
}

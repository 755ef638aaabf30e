/* One request on its way: everything that the exchange needs, in one block of memory of its own.
 *
 * The network cannot take back what it was given. So a request that is no longer wanted is detached: its
 * owner forgets it, and it frees itself when the network is done with it. Or it is abandoned: likewise, but
 * whoever wants to ask the same again hears when it is over, as no vendor likes two at once. All functions
 * [network]. */
#ifndef POSTERN_COLLECT_STREAM_REQUEST_H
#define POSTERN_COLLECT_STREAM_REQUEST_H

#include "collect/stream/access.h"
#include "http/network.h"
#include "http/server_clock.h"

/* A host that answers with a Date. Shared by the accounts that use it. */
struct host {
    struct host *next;
    struct server_clock clock;
    int64_t said_offset_ms, said_at_ms; /* what was last said of its clock (host_clock.h); 0 = nothing */
    char name[];                        /* "eu-api.example:8443" */
};

struct request {
    struct http_exchange exchange;
    void (*done)(
        struct request *request); /* owns the request from then on: request_free. Not called if detached */
    void *owner;                  /* NULL once detached or abandoned */
    void (*ended)(void *waiter);  /* NULL but for one that was abandoned */
    void *waiter;
    size_t index;                 /* the owner's: which download */
    struct clock_reading arrived; /* when the answer came */
    bool time_was_signed;
    int64_t signed_offset_ms; /* the time in its signature minus our monotonic clock at that moment */
    char id[37];              /* of the last try; sent by schemes that send one */

    const struct host *host; /* whose time is signed; NULL = unsigned */
    const struct clock *clock;
    struct random_source *random;
    struct access access; /* scheme NULL = unsigned */
    char *url, *path, *body, *content_type;
    postern_pair *headers;
};

struct request_plan {
    const char *base_url; /* without a trailing slash; NULL: `what.path` is the whole URL */
    const postern_request *what;
    const struct access *access; /* NULL = unsigned */
    const struct host *host;
    const struct clock *clock;
    struct random_source *random;
    bool credentialless, allow_private, keeps_coding;
};

/* Copies all of the plan. NULL with *error set if out of memory, or if what a source asks below the base URL
 * is nothing that can be asked there: POSTERN_E_INVALID. */
struct request *request_new(const struct request_plan *plan, postern_error *error);
void request_start(struct request *request, struct network *network, void (*done)(struct request *request),
                   void *owner);
void request_detach(struct request *request);
/* `ended` is called once, with the request's last breath; another call of this function or request_detach
 * takes its place. */
void request_abandon(struct request *request, void (*ended)(void *waiter), void *waiter);
/* Any thread, after `done`. */
void request_free(struct request *request);

#endif

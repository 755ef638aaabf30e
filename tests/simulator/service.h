/* The simulated Mimecast: takes requests one at a time, answers them, remembers what was wrong with them. */
#ifndef SIMULATOR_SERVICE_H
#define SIMULATOR_SERVICE_H

#include "base/clock.h"
#include "calls.h"
#include "endpoint.h"
#include "http.h"
#include "settings.h"
#include "world.h"
#include <pthread.h>
#include <stdio.h>

enum { GENERATIONS = 8 }; /* of keys */
enum { STATUSES = 600 };

struct wrong_date;

struct service {
    const struct settings *settings;
    const struct clock *clock;
    pthread_mutex_t lock; /* everything below */
    struct world world;
    struct fault_menu faults;
    struct violations violations;
    struct request_ids request_ids;
    struct calls *calls;            /* [account * SOURCES + source] */
    char (*access_keys)[160];       /* [account * GENERATIONS + generation] */
    struct wrong_date *wrong_dates; /* per account: the last that it was given */
    uint64_t statistics[SOURCES][STATUSES];
    uint64_t nonce;
    unsigned port, decoy_port;
    FILE *truth;
};

/* A Date header that was wrong on purpose. What the client does under its influence is not its fault. */
struct wrong_date {
    int64_t offset_ms, given_ms; /* offset 0 = never */
};

/* The offset that the account may still believe in, or 0. */
int64_t service_date_offset(const struct service *service, const struct account *account, int64_t now_ms);

/* Who asks what, once that is known. */
struct caller {
    struct account *account;
    const struct endpoint *endpoint;
    struct calls *calls;
    unsigned generation;
};

void service_begin(struct service *service, const struct settings *settings, const struct clock *clock,
                   FILE *truth);
void service_end(struct service *service);

/* Answers a request. [any thread] */
void service_handle(struct service *service, const struct http_request *request, struct http_reply *reply);
/* The last byte of the reply was handed over, or its connection is gone. [any thread] */
void service_answered(struct service *service, struct http_reply *reply);
int64_t service_now(const struct service *service);
/* What the Date header shows, without the reply's own offset. */
int64_t service_shown_now(const struct service *service);

/* Parts, each in a file of its own; all with the lock held. */

/* identity.c: host, method, headers, keys, signature. Fills `caller`; false with `violation` filled (its rule
 * is NULL if the client is not to blame). */
bool identify(struct service *service, const struct http_request *request, int64_t now_ms,
              struct caller *caller, struct violation *violation);
/* disturb.c: draws a fault and does what comes instead of an answer; returns the fault, whose damage is still
 * to be done if `replaced` is false. */
struct fault_draw disturb_before(struct service *service, const struct http_request *request,
                                 const struct caller *caller, const struct question *question, int64_t now_ms,
                                 struct http_reply *reply, bool *replaced);
/* disturb.c: does to a good answer what `draw` says. */
void disturb_after(struct service *service, const struct caller *caller, const struct fault_draw *draw,
                   struct http_reply *reply);
/* siem.c: get-siem-logs. */
void siem_answer(struct service *service, const struct caller *caller, const struct question *question,
                 int64_t now_ms, const struct fault_draw *draw, struct http_reply *reply,
                 struct violation *violation, bool *good);
/* control.c: everything below /_control/. */
void control_handle(struct service *service, const struct http_request *request, int64_t now_ms,
                    struct http_reply *reply);

#endif

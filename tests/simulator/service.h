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
    struct calls *calls;            /* service_calls knows the order */
    char (*access_keys)[160];       /* [account * GENERATIONS + generation] */
    struct wrong_date *wrong_dates; /* per account: the last that it was given */
    uint64_t statistics[PLACES][STATUSES];
    uint64_t nonce;
    unsigned port, decoy_port, storage_port;
    struct request_ids dead_links; /* that somebody followed */
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
    unsigned api;             /* API_1 or API_2 */
    enum failure_shape shape; /* how it is told that it failed */
    int place;                /* of the endpoint; PLACE_EVERYWHERE = not known yet */
};

/* The calls of an account to an endpoint over one API, or to a place of API 2.0. */
struct calls *service_calls(const struct service *service, const struct account *account, unsigned api,
                            int place);
/* Announced waits, calls in flight, tokens: a new process knows nothing of them. */
void service_forget_client(struct service *service);
/* The calls of an account for one type of batch files. */
struct calls *service_batch_calls(const struct service *service, const struct account *account,
                                  unsigned type);
/* An announced wait, the product and the permission, one call at a time. */
bool service_admits(const struct service *service, struct caller *caller, int64_t now_ms,
                    struct violation *violation);
/* Unless the client is not to blame (no rule). */
void service_note(struct service *service, const struct caller *caller, struct violation *violation,
                  int64_t now_ms);
/* Answers the failure and notes it, unless the client is not to blame (no rule). */
void service_refuse(struct service *service, const struct caller *caller, struct violation *violation,
                    int64_t now_ms, struct http_reply *reply);

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

/* What decides which faults make sense. */
struct situation {
    uint64_t number; /* of the call: what faults are drawn by */
    bool compress, token;
};

/* Parts, each in a file of its own; all with the lock held. */

/* identity.c: host, path and method, then who asks: keys and signature, or a bearer token. Fills `caller`;
 * false with `violation` filled (its rule is NULL if the client is not to blame). */
bool identify(struct service *service, const struct http_request *request, int64_t now_ms,
              struct caller *caller, struct violation *violation);
/* bearer.c: the same for a request that API 2.0's gateway looks at; the place is already checked. */
bool identify_bearer(struct service *service, const struct http_request *request, int64_t now_ms,
                     struct caller *caller, struct violation *violation);
/* siem_batch.c: a page of links to batch files. False if it is to be refused. */
bool batch_answer(struct service *service, const struct http_request *request, struct caller *caller,
                  int64_t now_ms, struct http_reply *reply, struct violation *violation);
/* storage.c: a batch file. */
void storage_answer(struct service *service, const struct http_request *request, struct caller *caller,
                    int64_t now_ms, struct http_reply *reply);
/* oauth.c: POST /oauth/token. */
void oauth_answer(struct service *service, const struct http_request *request, struct caller *caller,
                  int64_t now_ms, struct http_reply *reply);
/* disturb.c: draws a fault and does what comes instead of an answer; returns the fault, whose damage is still
 * to be done if `replaced` is false. */
struct fault_draw disturb_before(struct service *service, const struct http_request *request,
                                 const struct caller *caller, const struct situation *situation,
                                 int64_t now_ms, struct http_reply *reply, bool *replaced);
/* disturb.c: does to a good answer what `draw` says. */
void disturb_after(struct service *service, const struct caller *caller, const struct fault_draw *draw,
                   struct http_reply *reply);
/* siem.c: get-siem-logs. */
void siem_answer(struct service *service, const struct caller *caller, const struct question *question,
                 int64_t now_ms, const struct fault_draw *draw, struct http_reply *reply,
                 struct violation *violation, bool *good);
/* threat_feed.c: get-feed. */
bool threat_feed_answer(struct service *service, const struct caller *caller, const struct question *question,
                        int64_t now_ms, struct http_reply *reply, struct violation *violation);
/* message_finder.c: search and get-message-info. */
bool message_finder_answer(struct service *service, const struct caller *caller,
                           const struct question *question, int64_t now_ms, struct http_reply *reply,
                           struct violation *violation);
/* rest_lists.c: reported emails and threats. */
bool rest_list_answer(const struct service *service, const struct caller *caller,
                      const struct question *question, int64_t now_ms, struct http_reply *reply,
                      struct violation *violation);
/* control.c: everything below /_control/. */
void control_handle(struct service *service, const struct http_request *request, int64_t now_ms,
                    struct http_reply *reply);

#endif

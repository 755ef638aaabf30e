#include "refusal.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct nats_refusal {
    pthread_mutex_t lock; /* of all */
    unsigned holders;
    char words[NATS_REFUSAL_SIZE]; /* "" = nothing */
};

struct nats_refusal *nats_refusal_new(void)
{
    struct nats_refusal *refusal = calloc(1, sizeof *refusal);
    if (!refusal) return NULL;
    pthread_mutex_init(&refusal->lock, NULL);
    refusal->holders = 1;
    return refusal;
}

void nats_refusal_let_go(struct nats_refusal *refusal)
{
    if (!refusal) return;
    pthread_mutex_lock(&refusal->lock);
    bool last = --refusal->holders == 0;
    pthread_mutex_unlock(&refusal->lock);
    if (!last) return;
    pthread_mutex_destroy(&refusal->lock);
    free(refusal);
}

static void on_error(natsConnection *connection, natsSubscription *subscription, natsStatus status,
                     void *closure)
{
    struct nats_refusal *refusal = closure;
    const char *words = NULL;
    (void)subscription;
    if (status != NATS_NOT_PERMITTED)
        return; /* what else happens shows in the answers, or in their absence */
    natsConnection_GetLastError(connection, &words);
    pthread_mutex_lock(&refusal->lock);
    snprintf(refusal->words, sizeof refusal->words, "%s",
             words && *words ? words : "a permission is missing");
    pthread_mutex_unlock(&refusal->lock);
}

/* The last word about a connection. */
static void on_closed(natsConnection *connection, void *closure)
{
    (void)connection;
    nats_refusal_let_go(closure);
}

natsStatus nats_refusal_watch(struct nats_refusal *refusal, natsOptions *options)
{
    natsStatus status = natsOptions_SetErrorHandler(options, on_error, refusal);
    if (status == NATS_OK) status = natsOptions_SetClosedCB(options, on_closed, refusal);
    pthread_mutex_lock(&refusal->lock);
    refusal->holders++;
    pthread_mutex_unlock(&refusal->lock);
    return status;
}

bool nats_refusal_read(struct nats_refusal *refusal, char words[NATS_REFUSAL_SIZE])
{
    pthread_mutex_lock(&refusal->lock);
    snprintf(words, NATS_REFUSAL_SIZE, "%s", refusal->words);
    pthread_mutex_unlock(&refusal->lock);
    return words[0] != '\0';
}

void nats_refusal_clear(struct nats_refusal *refusal)
{
    pthread_mutex_lock(&refusal->lock);
    refusal->words[0] = '\0';
    pthread_mutex_unlock(&refusal->lock);
}

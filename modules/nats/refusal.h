/* What a server refuses by its own word, which is no answer to a message: a permission is missing. The
 * library tells it on a thread of its own, which may come to that when the sink has let the connection go:
 * so both hold it. */
#ifndef NATS_REFUSAL_H
#define NATS_REFUSAL_H

#include <nats/nats.h>
#include <stdbool.h>

#define NATS_REFUSAL_SIZE 256

struct nats_refusal;

/* Held once; NULL without memory. */
struct nats_refusal *nats_refusal_new(void);
/* NULL is fine. */
void nats_refusal_let_go(struct nats_refusal *refusal);

/* A connection that is made with these options takes it down, and lets it go when it was closed. One that
 * does not come about is never closed: then the caller lets go for it. */
natsStatus nats_refusal_watch(struct nats_refusal *refusal, natsOptions *options);

/* False = nothing was refused. */
bool nats_refusal_read(struct nats_refusal *refusal, char words[NATS_REFUSAL_SIZE]);
void nats_refusal_clear(struct nats_refusal *refusal);

#endif

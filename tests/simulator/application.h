/* API 2.0's side of an account: the application, what it may do, and the bearer tokens that it was given. */
#ifndef SIMULATOR_APPLICATION_H
#define SIMULATOR_APPLICATION_H

#include "text.h"

struct application {
    unsigned oldest_valid;   /* secrets of earlier generations no longer work */
    bool revoked;            /* nothing works */
    int64_t live_from_ms;    /* until then its credentials are unknown */
    uint32_t unlicensed;     /* bit per source: its product was not chosen */
    int64_t token_since_ms;  /* of the window in which calls for a token are counted */
    size_t token_calls;      /* answered with a token, in this window */
    size_t token_excuses;    /* reasons for another one: tokens that were refused */
    uint64_t token_requests; /* of all time: what faults are drawn by */
    uint64_t tokens;         /* given so far */
};

/* What a bearer token says to those who can read it. */
struct bearer {
    unsigned account, generation;
    int64_t issued_ms, dies_ms; /* sooner than told, for some */
};

void bearer_seal(struct text *out, uint64_t seed, uint64_t nonce, const struct bearer *bearer);
bool bearer_open(uint64_t seed, const char *token, struct bearer *bearer);

#endif

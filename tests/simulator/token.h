/* Tokens that only the simulator can read: opaque, URL-safe, case-sensitive, and refused if changed. */
#ifndef SIMULATOR_TOKEN_H
#define SIMULATOR_TOKEN_H

#include "text.h"

/* `nonce` makes two tokens with the same content look different. */
void token_seal(struct text *out, uint64_t seed, uint64_t nonce, const char *content);
/* Appends the content to `out`; false if the token was not made by token_seal with this seed. */
bool token_open(uint64_t seed, const char *token, struct text *out);

#endif

/* The invented customers and their API keys: all from the seed, so that a test knows them without asking. */
#ifndef SIMULATOR_KEYS_H
#define SIMULATOR_KEYS_H

#include "text.h"

struct keys {
    char account[32]; /* "acme" */
    char code[16];    /* Mimecast's account code, in every MTA event */
    char app_id[40], app_key[40];
    char access_key[160];
    char secret_key[96];      /* base64 */
    unsigned char secret[64]; /* decoded */
};

/* An application of API 2.0: a renewed secret belongs to the same client id. */
struct client {
    char id[48], secret[64];
};

/* `generation` counts renewals: another pair of access and secret key of the same application. */
void keys_derive(uint64_t seed, unsigned account, unsigned generation, struct keys *keys);
void client_derive(uint64_t seed, unsigned account, unsigned generation, struct client *client);
void keys_print_json(struct text *out, const struct keys *keys);
/* NAME=VALUE lines, for a shell: ACME_APP_ID=... */
void keys_print_shell(struct text *out, const struct keys *keys);
void client_print_json(struct text *out, const struct keys *keys, const struct client *client);
void client_print_shell(struct text *out, const struct keys *keys, const struct client *client);

#endif

/* Keyed hashes of what is configured: whether it is the same as before, without keeping anything that tells
 * what it is. The names of the things themselves are not part of it. */
#ifndef POSTERN_CONFIG_FINGERPRINT_H
#define POSTERN_CONFIG_FINGERPRINT_H

#include "config/config.h"

#define FINGERPRINT_SIZE 32

/* Of an account's profile, base URL and credentials. False if one of those is
 * missing. All: false if out of memory. */
bool config_account_fingerprint(const struct config_account *account, postern_text key,
                                unsigned char out[FINGERPRINT_SIZE]);
/* Of a sink's type and options: where and what it writes, not how it is fed. */
bool config_sink_fingerprint(const struct config_sink *sink, postern_text key,
                             unsigned char out[FINGERPRINT_SIZE]);
/* Of what a pipeline takes, does and writes to; accounts and sinks by the names that the functions give them
 * (NULL = their own). */
struct config_aliases {
    const char *(*account)(void *context, const char *name);
    const char *(*sink)(void *context, const char *name);
    void *context;
};
bool config_pipeline_fingerprint(const struct config_pipeline *pipeline, const struct config_aliases *aliases,
                                 postern_text key, unsigned char out[FINGERPRINT_SIZE]);

#endif

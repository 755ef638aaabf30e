/* What all transfers of a network share. */
#ifndef POSTERN_HTTP_TRANSFER_SETTINGS_H
#define POSTERN_HTTP_TRANSFER_SETTINGS_H

#include "http/answer.h"
#include "http/settings.h"
#include "http/trust.h"
#include <curl/curl.h>

struct transfer_settings {
    struct http_settings given; /* its texts are copies */
    char *texts[4];             /* the copies */
    struct trust trust;
    struct http_answer_limits limits;
    CURLSH *share; /* TLS sessions: they outlive the connections */
};

/* False if out of memory; transfer_settings_free is due all the same. */
bool transfer_settings_init(struct transfer_settings *settings, const struct http_settings *given);
void transfer_settings_free(struct transfer_settings *settings);

#endif

/* What all transfers of a network, or of a blocking client, share. Several threads may use it at once. */
#ifndef POSTERN_HTTP_TRANSFER_SETTINGS_H
#define POSTERN_HTTP_TRANSFER_SETTINGS_H

#include "http/answer.h"
#include "http/settings.h"
#include "http/trust.h"
#include <curl/curl.h>
#include <pthread.h>

struct transfer_settings {
    struct http_settings given; /* its texts are copies */
    char *texts[6];             /* the copies */
    char **allow_http;          /* likewise; ends with NULL */
    struct trust trust;
    struct http_answer_limits limits;
    CURLSH *share; /* TLS sessions: they outlive the connections */
    pthread_mutex_t share_lock;
};

/* Refuses files of certificates that would keep a transfer waiting: libcurl opens them itself. */
postern_status transfer_settings_check(const struct http_settings *given, postern_error *error);
/* False if out of memory; transfer_settings_free is due all the same. The settings stay where they are. */
bool transfer_settings_init(struct transfer_settings *settings, const struct http_settings *given);
void transfer_settings_free(struct transfer_settings *settings);

#endif

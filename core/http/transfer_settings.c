#include "http/transfer_settings.h"
#include "base/files.h"
#include "base/secret.h"
#include <stdlib.h>
#include <string.h>

/* Keeps a copy of the text in `slot` and points to it. A lost text must not pass for one that is not set:
 * without its ca_file the system's authorities would be trusted. */
static bool keep(struct transfer_settings *settings, size_t slot, const char **text)
{
    if (!*text) return true;
    settings->texts[slot] = strdup(*text);
    *text = settings->texts[slot];
    return *text != NULL;
}

static bool keep_hosts(struct transfer_settings *settings)
{
    const char *const *hosts = settings->given.allow_http;
    size_t count = 0;
    while (hosts && hosts[count])
        count++;
    settings->allow_http = calloc(count + 1, sizeof *settings->allow_http);
    if (!settings->allow_http) return false;
    for (size_t i = 0; i < count; i++)
        if (!(settings->allow_http[i] = strdup(hosts[i]))) return false;
    settings->given.allow_http = (const char *const *)settings->allow_http;
    return true;
}

static void lock_share(CURL *easy, curl_lock_data data, curl_lock_access access, void *settings)
{
    (void)easy, (void)data, (void)access;
    pthread_mutex_lock(&((struct transfer_settings *)settings)->share_lock);
}

static void unlock_share(CURL *easy, curl_lock_data data, void *settings)
{
    (void)easy, (void)data;
    pthread_mutex_unlock(&((struct transfer_settings *)settings)->share_lock);
}

static bool set_share(struct transfer_settings *settings)
{
    CURLSH *share = settings->share;
    return share && curl_share_setopt(share, CURLSHOPT_USERDATA, settings) == CURLSHE_OK &&
           curl_share_setopt(share, CURLSHOPT_LOCKFUNC, lock_share) == CURLSHE_OK &&
           curl_share_setopt(share, CURLSHOPT_UNLOCKFUNC, unlock_share) == CURLSHE_OK &&
           curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) == CURLSHE_OK;
}

postern_status transfer_settings_check(const struct http_settings *given, postern_error *error)
{
    const char *files[] = {trust_choose(given->ca_file).file, given->client_certificate, given->client_key};
    postern_status status = POSTERN_OK;
    for (size_t i = 0; status == POSTERN_OK && i < sizeof files / sizeof *files; i++)
        if (files[i]) status = file_check_kind(files[i], error);
    return status;
}

bool transfer_settings_init(struct transfer_settings *settings, const struct http_settings *given)
{
    *settings = (struct transfer_settings){.given = *given, .share = curl_share_init()};
    pthread_mutex_init(&settings->share_lock, NULL);
    struct http_settings *own = &settings->given;
    if (!own->names.url) own->names.url = "base_url";
    bool kept = keep(settings, 0, &own->ca_file) && keep(settings, 1, &own->proxy) &&
                keep(settings, 2, &own->no_proxy) && keep(settings, 3, &own->spill_directory) &&
                keep(settings, 4, &own->client_certificate) && keep(settings, 5, &own->client_key) &&
                keep_hosts(settings);
    if (!kept || !set_share(settings)) return false;
    settings->trust = trust_choose(own->ca_file);
    settings->limits = (struct http_answer_limits){.body = (size_t)own->response_limit,
                                                   .name = own->names.response_limit,
                                                   .spill_above = (size_t)own->spill_above,
                                                   .spill_directory = own->spill_directory};
    return true;
}

static void free_text(char *text)
{
    if (text) secret_wipe(text, strlen(text)); /* the proxy's may hold a password */
    free(text);
}

void transfer_settings_free(struct transfer_settings *settings)
{
    if (settings->share) curl_share_cleanup(settings->share);
    pthread_mutex_destroy(&settings->share_lock);
    for (size_t i = 0; i < sizeof settings->texts / sizeof *settings->texts; i++)
        free_text(settings->texts[i]);
    for (size_t i = 0; settings->allow_http && settings->allow_http[i]; i++)
        free(settings->allow_http[i]);
    free(settings->allow_http);
    *settings = (struct transfer_settings){0};
}

#include "http/transfer_settings.h"
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

bool transfer_settings_init(struct transfer_settings *settings, const struct http_settings *given)
{
    *settings = (struct transfer_settings){.given = *given, .share = curl_share_init()};
    struct http_settings *own = &settings->given;
    bool kept = keep(settings, 0, &own->ca_file) && keep(settings, 1, &own->proxy) &&
                keep(settings, 2, &own->no_proxy) && keep(settings, 3, &own->spill_directory);
    if (!kept || !settings->share) return false;
    if (curl_share_setopt(settings->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) != CURLSHE_OK)
        return false;
    settings->trust = trust_choose(own->ca_file);
    settings->limits = (struct http_answer_limits){.body = (size_t)own->response_limit,
                                                   .spill_above = (size_t)own->spill_above,
                                                   .spill_directory = own->spill_directory};
    return true;
}

void transfer_settings_free(struct transfer_settings *settings)
{
    if (settings->share) curl_share_cleanup(settings->share);
    for (size_t i = 0; i < sizeof settings->texts / sizeof *settings->texts; i++) {
        char *text = settings->texts[i];
        if (text) secret_wipe(text, strlen(text)); /* the proxy's may hold a password */
        free(text);
    }
    *settings = (struct transfer_settings){0};
}

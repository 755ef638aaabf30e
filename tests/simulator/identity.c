/* Is this request one that Mimecast would look at? Host, method, path, headers, keys, date, signature. */
#include "service.h"
#include "signature.h"
#include "times.h"
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool check_host(const struct service *service, const struct http_request *request,
                       struct violation *violation)
{
    if (request->decoy) {
        bool credentials =
            request->header(request, "Authorization") || request->header(request, "x-mc-app-id");
        return violate(violation, credentials ? "credentials-on-wrong-host" : "redirect-followed", 404,
                       "err_not_found", NULL, "this host was only named in a redirect");
    }
    char expected[2][32];
    snprintf(expected[0], sizeof *expected, "127.0.0.1:%u", service->port);
    snprintf(expected[1], sizeof *expected, "localhost:%u", service->port);
    const char *host = request->header(request, "Host");
    return (host && (strcmp(host, expected[0]) == 0 || strcmp(host, expected[1]) == 0)) ||
           violate(violation, "host", 400, "err_request", NULL, "the Host header names another host");
}

/* A path that only the other API has is unknown here: in the field each has hosts of its own. */
static bool check_path(const struct http_request *request, struct caller *caller, struct violation *violation)
{
    const struct endpoint *endpoint = endpoint_at(request->path, caller->api);
    if (!endpoint)
        return violate(violation, "path", 404, "err_not_found", NULL, "there is no such endpoint: %.80s",
                       request->path);
    caller->endpoint = endpoint;
    caller->place = (int)endpoint->source;
    if (strcmp(request->method, endpoint->method) != 0)
        return violate(violation, "method", 405, "err_method_not_allowed", NULL, "%.16s instead of %s",
                       request->method, endpoint->method);
    if (strcmp(endpoint->method, "GET") == 0)
        return request->body_size == 0 ||
               violate(violation, "body-in-get", 400, "err_request", NULL, "a GET has no body");
    if (request->argument_count)
        return violate(violation, "query-in-url", 400, "err_request", NULL, "the URL never holds data");
    const char *type = request->header(request, "Content-Type");
    if (!type || strncasecmp(type, "application/json", 16) != 0 ||
        (type[16] && type[16] != ';' && type[16] != ' '))
        return violate(violation, "content-type", 400, "err_request", NULL,
                       "Content-Type must be application/json");
    if (request->header(request, "mc-siem-token"))
        return violate(violation, "token-header", 400, "err_request", NULL,
                       "mc-siem-token is no request header");
    return true;
}

/* 8-4-4-4-12 hexadecimal digits */
static bool is_guid(const char *id)
{
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool hex = (id[i] >= '0' && id[i] <= '9') || ((id[i] | 32) >= 'a' && (id[i] | 32) <= 'f');
        if (dash ? id[i] != '-' : !hex) return false;
    }
    return id[36] == '\0';
}

static struct account *find_application(struct service *service, const char *app_id)
{
    for (size_t i = 0; i < service->world.account_count; i++)
        if (strcmp(service->world.accounts[i].keys.app_id, app_id) == 0) return &service->world.accounts[i];
    return NULL;
}

static bool find_binding(const struct service *service, const char *key, size_t size, struct caller *caller)
{
    for (unsigned i = 0; i < GENERATIONS; i++) {
        const char *known = service->access_keys[caller->account->style.account * GENERATIONS + i];
        if (strlen(known) == size && memcmp(known, key, size) == 0) {
            caller->generation = i;
            return true;
        }
    }
    return false;
}

static bool check_date(const struct service *service, const char *date, int64_t now_ms,
                       const struct account *account, struct violation *violation)
{
    int64_t date_ms;
    if (!time_parse_rfc_utc(date, &date_ms))
        return violate(violation, "date-format", 401, "err_xdk_invalid_date", "x-mc-date",
                       "must look like Mon, 05 Jan 2026 03:04:09 UTC");
    int64_t tolerance_ms = service->settings->date_tolerance_ms,
            off_ms = date_ms - now_ms - service->world.clock_off_ms;
    if (llabs(off_ms) <= tolerance_ms) return true;
    violate(violation, "date-stale", 401, "err_xdk_invalid_date", "x-mc-date", "is %lld s off",
            (long long)(off_ms / SECOND));
    int64_t believed_ms = service_date_offset(service, account, now_ms);
    if (believed_ms && llabs(off_ms - believed_ms) <= tolerance_ms) violation->rule = NULL;
    return false;
}

/* Authorization: MC <access key>:<28 characters> */
static bool split_authorization(const char *authorization, const char **key, size_t *key_size,
                                const char **signature)
{
    if (strncmp(authorization, "MC ", 3) != 0) return false;
    *key = authorization + 3;
    const char *colon = strchr(*key, ':');
    if (!colon || colon == *key || strlen(colon + 1) != SIGNATURE_SIZE - 1 || strpbrk(*key, " \t"))
        return false;
    *key_size = (size_t)(colon - *key);
    *signature = colon + 1;
    return true;
}

static bool check_signature(const struct service *service, const struct http_request *request,
                            struct caller *caller, const char *authorization, const char *date,
                            const char *id, struct violation *violation)
{
    const char *key, *signature;
    size_t key_size;
    if (!split_authorization(authorization, &key, &key_size, &signature))
        return violate(violation, "authorization-format", 401, "err_xdk_invalid_signature", "Authorization",
                       "0004 Invalid Signature: must be MC access-key:signature");
    if (!find_binding(service, key, key_size, caller))
        return violate(violation, "access-key", 401, "err_xdk_invalid_signature", "Authorization",
                       "0004 Invalid Signature: unknown access key");
    struct keys keys;
    keys_derive(service->settings->seed, caller->account->style.account, caller->generation, &keys);
    char expected[SIGNATURE_SIZE];
    signature_make(keys.secret, sizeof keys.secret, date, id, request->path, keys.app_key, expected);
    return CRYPTO_memcmp(expected, signature, SIGNATURE_SIZE) == 0 ||
           violate(violation, "signature", 401, "err_xdk_invalid_signature", "Authorization",
                   "0004 Invalid Signature");
}

/* Keys that were good once. Not the client's fault: it cannot know. */
static bool check_validity(const struct service *service, const struct caller *caller, int64_t now_ms,
                           struct violation *violation)
{
    const struct account *account = caller->account;
    if (account->revoked)
        return violate(violation, NULL, 401, "err_xdk_invalid_signature", NULL,
                       "0004 Invalid Signature: keys revoked");
    int64_t life_ms = service->settings->key_expiry_ms, age_ms = now_ms - service->world.start_ms;
    bool expired = life_ms && age_ms >= life_ms * ((int64_t)caller->generation + 1);
    if (expired || caller->generation < account->oldest_valid)
        return violate(violation, NULL, 418, "err_xdk_binding_expired", NULL, "the binding has expired");
    return true;
}

bool identify(struct service *service, const struct http_request *request, int64_t now_ms,
              struct caller *caller, struct violation *violation)
{
    if (!check_host(service, request, violation)) return false;
    const char *authorization = request->header(request, "Authorization");
    if (authorization && strncasecmp(authorization, "Bearer", 6) == 0) {
        caller->api = API_2;
        caller->shape = strncmp(request->path, "/api/", 5) == 0    ? SHAPE_ENVELOPE
                        : strncmp(request->path, "/siem/", 6) == 0 ? SHAPE_REST
                                                                   : SHAPE_ERRORS;
    }
    if (!check_path(request, caller, violation)) return false;
    if (caller->api == API_2) return identify_bearer(service, request, now_ms, caller, violation);
    const char *const names[] = {"Authorization", "x-mc-app-id", "x-mc-date", "x-mc-req-id"};
    const char *values[4];
    for (size_t i = 0; i < 4; i++) {
        values[i] = request->header(request, names[i]);
        if (!values[i] || !*values[i])
            return violate(violation, "missing-header", 400, "err_credentials_missing", names[i],
                           "0001 credentials missing: no %s", names[i]);
    }
    caller->account = find_application(service, values[1]);
    if (!caller->account)
        return violate(violation, "application-id", 401, "err_developer_key", "x-mc-app-id",
                       "unknown application");
    caller->calls = service_calls(service, caller->account, API_1, caller->place);
    if (!is_guid(values[3]))
        return violate(violation, "request-id-format", 400, "err_request", "x-mc-req-id", "is no GUID");
    if (!request_ids_add(&service->request_ids, values[3]))
        return violate(violation, "request-id-reused", 400, "err_request", "x-mc-req-id", "was used before");
    return check_date(service, values[2], now_ms, caller->account, violation) &&
           check_signature(service, request, caller, values[0], values[2], values[3], violation) &&
           check_validity(service, caller, now_ms, violation);
}

/* POST /oauth/token: client credentials for a bearer token. A failure's body repeats what was sent, secrets
 * and all, as the real one does: so that a test can prove that it goes nowhere. */
#include "random.h"
#include "service.h"
#include "times.h"
#include <ctype.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FORM_FIELDS = 3 };

struct form {
    struct text values[FORM_FIELDS];
};

static const char *const field_names[FORM_FIELDS] = {"grant_type", "client_id", "client_secret"};

/* Only what a form may hold as it is, or %XX, or + for a blank. */
static bool decode(const char *encoded, size_t size, struct text *out)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)encoded[i];
        if (byte == '+') {
            text_put(out, ' ');
        } else if (byte == '%' && i + 2 < size && isxdigit((unsigned char)encoded[i + 1]) &&
                   isxdigit((unsigned char)encoded[i + 2])) {
            const char digits[3] = {encoded[i + 1], encoded[i + 2], '\0'};
            text_put(out, (char)strtoul(digits, NULL, 16));
            i += 2;
        } else if (isalnum(byte) || strchr("-._~*", byte)) {
            text_put(out, (char)byte);
        } else {
            return false;
        }
    }
    text_append(out, "", 0);
    return true;
}

static bool read_form(const char *body, struct form *form, struct violation *violation)
{
    for (const char *pair = body; *pair; pair += strcspn(pair, "&"), pair += *pair == '&') {
        size_t size = strcspn(pair, "&"), name = strcspn(pair, "=&");
        int field = 0;
        while (field < FORM_FIELDS &&
               (strlen(field_names[field]) != name || strncmp(pair, field_names[field], name) != 0))
            field++;
        if (field == FORM_FIELDS || name == size || form->values[field].size)
            return violate(violation, "token-form", 400, "invalid_request", NULL,
                           "the form holds grant_type, client_id and client_secret once each, and no more");
        if (!decode(pair + name + 1, size - name - 1, &form->values[field]))
            return violate(violation, "form-encoding", 400, "invalid_request", field_names[field],
                           "is not encoded as a form wants it");
    }
    for (int field = 0; field < FORM_FIELDS; field++)
        if (!form->values[field].size)
            return violate(violation, "token-form", 400, "invalid_request", field_names[field], "is missing");
    return strcmp(form->values[0].data, "client_credentials") == 0 ||
           violate(violation, "grant-type", 400, "unsupported_grant_type", "grant_type",
                   "must be client_credentials");
}

static bool check_request(const struct http_request *request, struct violation *violation)
{
    if (strcmp(request->method, "POST") != 0)
        return violate(violation, "method", 405, "err_method_not_allowed", NULL, "%.16s instead of POST",
                       request->method);
    if (request->argument_count)
        return violate(violation, "query-in-url", 400, "invalid_request", NULL, "the form is the body");
    const char *type = request->header(request, "Content-Type");
    static const char wanted[] = "application/x-www-form-urlencoded";
    if (!type || strncasecmp(type, wanted, sizeof wanted - 1) != 0)
        return violate(violation, "content-type", 400, "invalid_request", NULL, "Content-Type must be %s",
                       wanted);
    if (request->header(request, "Authorization"))
        return violate(violation, "token-authorization", 400, "invalid_request", "Authorization",
                       "has no place here: the credentials are in the form");
    return true;
}

/* Sets caller->account as soon as the id is known. */
static bool check_client(const struct service *service, const struct form *form, int64_t now_ms,
                         struct caller *caller, struct violation *violation)
{
    static const char code[] = "InvalidClientIdentifier", message[] = "Client credentials are invalid";
    unsigned generation = 0;
    bool matches = false;
    struct client client;
    for (unsigned i = 0; i < service->world.account_count && !caller->account; i++) {
        client_derive(service->settings->seed, i, 0, &client);
        if (strcmp(client.id, form->values[1].data) == 0) caller->account = &service->world.accounts[i];
    }
    if (!caller->account) return violate(violation, "client-id", 401, code, NULL, message);
    for (; generation < GENERATIONS && !matches; generation++) {
        client_derive(service->settings->seed, caller->account->style.account, generation, &client);
        matches = strlen(client.secret) == form->values[2].size &&
                  CRYPTO_memcmp(client.secret, form->values[2].data, form->values[2].size) == 0;
    }
    if (!matches) return violate(violation, "client-secret", 401, code, NULL, message);
    caller->generation = generation - 1;
    caller->calls = service_calls(service, caller->account, API_2, PLACE_TOKEN);
    const struct application *application = &caller->account->application;
    return (!application->revoked && caller->generation >= application->oldest_valid &&
            now_ms >= application->live_from_ms) ||
           violate(violation, NULL, 401, code, NULL, message);
}

/* A client that asks for a token before each call soon has asked too often. Refused tokens excuse it. */
static bool count_call(const struct settings *settings, struct application *application, int64_t now_ms,
                       struct violation *violation)
{
    if (now_ms - application->token_since_ms >= settings->token_window_ms) {
        application->token_since_ms = now_ms;
        application->token_calls = application->token_excuses = 0;
    }
    return ++application->token_calls <= settings->token_calls + application->token_excuses ||
           violate(violation, "token-calls", 429, "err_rate_limit", NULL,
                   "%zu calls for a token in one window: a token is for many calls",
                   application->token_calls);
}

static void give_token(struct service *service, const struct caller *caller, int64_t now_ms,
                       struct http_reply *reply)
{
    const struct settings *settings = service->settings;
    struct application *application = &caller->account->application;
    uint64_t number = application->tokens++;
    int64_t told_s = settings->bearer_life_ms / SECOND - (settings->quirks && number % 2);
    bool short_lived = settings->quirks && number % 4 == 3;
    struct bearer bearer = {.account = caller->account->style.account,
                            .generation = caller->generation,
                            .issued_ms = now_ms,
                            .dies_ms = now_ms + told_s * SECOND / (short_lived ? 3 : 1)};
    reply->status = 200;
    http_header(reply, "Content-Type", "application/json");
    text_puts(&reply->body, "{\"access_token\":\"");
    bearer_seal(&reply->body, settings->seed, service->nonce, &bearer);
    text_printf(&reply->body, "\",\"token_type\":\"%s\",\"expires_in\":%lld,\"scope\":\"\"}",
                settings->quirks && number % 3 == 1 ? "bearer" : "Bearer", (long long)told_s);
}

static void repeat_form(const struct form *form, struct text *body)
{
    body->size--; /* the brace around it all */
    text_puts(body, ",\"key\":{");
    for (int field = 0; field < FORM_FIELDS; field++) {
        text_printf(body, "%s\"%s\":", field ? "," : "", field_names[field]);
        text_json(body, form->values[field].data, form->values[field].size);
    }
    text_puts(body, "}}");
}

void oauth_answer(struct service *service, const struct http_request *request, struct caller *caller,
                  int64_t now_ms, struct http_reply *reply)
{
    struct form form = {0};
    struct violation violation = {0};
    caller->api = API_2;
    caller->shape = SHAPE_GATEWAY;
    caller->place = PLACE_TOKEN;
    bool good = check_request(request, &violation) && read_form(request->body, &form, &violation) &&
                check_client(service, &form, now_ms, caller, &violation),
         replaced = false;
    if (good) {
        struct situation situation = {.number = caller->account->application.token_requests++};
        struct fault_draw draw =
            disturb_before(service, request, caller, &situation, now_ms, reply, &replaced);
        if (!replaced)
            good = count_call(service->settings, &caller->account->application, now_ms, &violation);
        if (!replaced && good) {
            give_token(service, caller, now_ms, reply);
            disturb_after(service, caller, &draw, reply);
        }
    }
    if (!good) {
        service_refuse(service, caller, &violation, now_ms, reply);
        repeat_form(&form, &reply->body);
    }
    for (int field = 0; field < FORM_FIELDS; field++)
        text_free(&form.values[field]);
}

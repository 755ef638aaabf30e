#include "http_sink.h"
#include "shared/cloud/digest.h"
#include "shared/cloud/secret.h"
#include "shared/cloud/sigv4.h"
#include "shared/cloud/token.h"
#include "target.h"
#include <stdlib.h>

/* A way to be let in: the option that chooses it, what else it needs, and what it adds to a request. */
struct way_in {
    const char *option, *needs[4];
    postern_status (*prepare)(const struct http_instance *sink, struct cloud_tokens **tokens,
                              postern_error *error);
    postern_status (*add)(const struct sender *sender, struct headers *headers, const struct parcel *parcel);
};

struct authentication {
    const struct way_in *kind;   /* NULL = nobody asks who we are */
    struct cloud_tokens *tokens; /* NULL = of another kind */
};

static postern_text given(const struct sender *sender, const char *name)
{
    return kit_option_text(sender->sink->host, name);
}

/* A header that holds a secret: it does not grow, so no copy is left behind. */
static struct kit_writer secret_writer(const struct sender *sender, size_t room)
{
    return cloud_secret_writer(sender->sink->host, sender->call->arena, room);
}

/* ---- What is given is sent ---- */

static postern_status add_token(const struct sender *sender, struct headers *headers,
                                const struct parcel *parcel)
{
    const struct preset *preset = sender->sink->preset;
    postern_text token = given(sender, "token");
    const char *prefix = preset->token_header ? preset->token_prefix : "Bearer ";
    struct kit_writer value = secret_writer(sender, strlen(prefix) + token.size);
    (void)parcel;
    kit_write_string(&value, prefix);
    kit_write(&value, token);
    headers_set_written(headers, preset->token_header ? preset->token_header : "Authorization", &value);
    return POSTERN_OK;
}

static postern_status add_basic(const struct sender *sender, struct headers *headers,
                                const struct parcel *parcel)
{
    postern_text name = given(sender, "username"), password = given(sender, "password");
    size_t size = name.size + 1 + password.size;
    struct kit_writer both = secret_writer(sender, size),
                      value = secret_writer(sender, 6 + (size + 2) / 3 * 4);
    (void)parcel;
    kit_write(&both, name);
    kit_write_string(&both, ":");
    kit_write(&both, password);
    kit_write_string(&value, "Basic ");
    if (!both.failed) cloud_write_base64(&value, kit_span(both.data, both.size));
    value.failed = value.failed || both.failed;
    headers_set_written(headers, "Authorization", &value);
    cloud_wipe_written(&both);
    return POSTERN_OK;
}

/* The console shows it encoded; "id:key" is encoded here. */
static postern_status add_api_key(const struct sender *sender, struct headers *headers,
                                  const struct parcel *parcel)
{
    postern_text key = given(sender, "api_key");
    struct kit_writer value = secret_writer(sender, 7 + (key.size + 2) / 3 * 4);
    (void)parcel;
    kit_write_string(&value, "ApiKey ");
    if (memchr(key.data, ':', key.size))
        cloud_write_base64(&value, key);
    else
        kit_write(&value, key);
    headers_set_written(headers, "Authorization", &value);
    return POSTERN_OK;
}

/* ---- Signed ---- */

static postern_status add_sigv4(const struct sender *sender, struct headers *headers,
                                const struct parcel *parcel)
{
    const struct http_instance *sink = sender->sink;
    struct target target;
    if (!target_split(sink->host, sender->call->arena, parcel->url, &target))
        return kit_no_memory(sender->error);
    const struct cloud_aws_keys keys = {given(sender, "access_key"), given(sender, "secret_key"),
                                        given(sender, "session_token")};
    const struct cloud_sigv4 request = {.keys = &keys,
                                        .region = given(sender, "region"),
                                        .service = given(sender, "service"),
                                        .method = parcel->method,
                                        .host = target.host,
                                        .path = target.path,
                                        .query = target.query,
                                        .query_count = target.query_count,
                                        .body = parcel->body,
                                        .now_ms = sender->call->now_ms};
    postern_pair added[CLOUD_SIGV4_ADDED];
    size_t count = 0;
    postern_status status =
        cloud_sigv4_sign(sink->host, sender->call->arena, &request, added, &count, sender->error);
    for (size_t i = 0; i < count; i++)
        headers_set(headers, added[i].name, added[i].value);
    return status;
}

/* ---- With a token that is asked for ---- */

static postern_text text_or_option(const struct http_instance *sink, const char *text, const char *name)
{
    return text ? kit_text(text) : kit_option_text(sink->host, name);
}

static postern_status prepare_client(const struct http_instance *sink, struct cloud_tokens **tokens,
                                     postern_error *error)
{
    const struct cloud_client_credentials credentials = {
        .token_url = text_or_option(sink, sink->token_url, "token_url"),
        .client_id = kit_option_text(sink->host, "client_id"),
        .client_secret = kit_option_text(sink->host, "client_secret"),
        .scope = text_or_option(sink, sink->scope, "scope"),
    };
    if (!credentials.token_url.size)
        return kit_fail(error, POSTERN_E_CONFIG, NULL, "client_id needs token_url");
    return cloud_tokens_of_client(&credentials, tokens, error);
}

static postern_status prepare_service_account(const struct http_instance *sink, struct cloud_tokens **tokens,
                                              postern_error *error)
{
    return cloud_tokens_of_service_account(kit_option_text(sink->host, "service_account"),
                                           text_or_option(sink, sink->scope, "scope"),
                                           text_or_option(sink, sink->token_url, "token_url"), tokens, error);
}

static postern_status add_bearer(const struct sender *sender, struct headers *headers,
                                 const struct parcel *parcel)
{
    postern_text authorization;
    (void)parcel;
    postern_status status = cloud_tokens_bearer(sender->sink->authentication->tokens, sender->sink->host,
                                                sender->call, &authorization, sender->error);
    if (status >= 0) headers_set(headers, KIT_TEXT("Authorization"), authorization);
    return status;
}

/* ---- Which of them ---- */

static const struct way_in kinds[] = {
    {"token", {NULL}, NULL, add_token},
    {"username", {"password"}, NULL, add_basic},
    {"api_key", {NULL}, NULL, add_api_key},
    {"access_key", {"secret_key", "region", "service"}, NULL, add_sigv4},
    {"client_id", {"client_secret"}, prepare_client, add_bearer},
    {"service_account", {NULL}, prepare_service_account, add_bearer},
};
#define KIND_COUNT (sizeof kinds / sizeof *kinds)

static postern_status choose(const struct http_instance *sink, const struct way_in **chosen,
                             postern_error *error)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const struct way_in *kind = &kinds[i];
        if (!kit_option_text(sink->host, kind->option).size) continue;
        if (*chosen)
            return kit_fail(error, POSTERN_E_CONFIG, "leave one of them out",
                            "%s and %s are two ways to be let in", (*chosen)->option, kind->option);
        for (size_t n = 0; kind->needs[n]; n++)
            if (!kit_option_text(sink->host, kind->needs[n]).size)
                return kit_fail(error, POSTERN_E_CONFIG, NULL, "%s needs %s", kind->option, kind->needs[n]);
        *chosen = kind;
    }
    return POSTERN_OK;
}

postern_status authentication_new(const struct http_instance *sink, struct authentication **made,
                                  postern_error *error)
{
    const struct way_in *kind = NULL;
    postern_status status = sink->preset->lets_in ? POSTERN_OK : choose(sink, &kind, error);
    if (status < 0) return status;
    struct authentication *authentication = calloc(1, sizeof *authentication);
    if (!authentication) return kit_no_memory(error);
    authentication->kind = kind;
    if (kind && kind->prepare) status = kind->prepare(sink, &authentication->tokens, error);
    if (status < 0)
        authentication_free(authentication);
    else
        *made = authentication;
    return status;
}

void authentication_free(struct authentication *authentication)
{
    if (authentication) cloud_tokens_free(authentication->tokens);
    free(authentication);
}

postern_status authentication_add(const struct sender *sender, struct headers *headers,
                                  const struct parcel *parcel)
{
    const struct way_in *kind = sender->sink->authentication->kind;
    return kind ? kind->add(sender, headers, parcel) : POSTERN_OK;
}

bool authentication_renew(struct authentication *authentication, const struct headers *headers)
{
    if (!authentication->tokens) return false;
    for (size_t i = 0; i < headers->count; i++)
        if (kit_is(headers->list[i].name, "Authorization"))
            cloud_tokens_refused(authentication->tokens, headers->list[i].value);
    return true;
}

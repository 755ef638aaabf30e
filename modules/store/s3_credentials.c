/* Where the keys of S3 come from: options, environment, a file of profiles, the role of the machine or of the
 * container. The last two ask a link-local address over plain http, which the user must allow by name. */
#include "s3.h"
#include "shared/cloud/secret.h"
#include "shared/cloud/time.h"
#include <stdlib.h>

#define RENEW_BEFORE_MS ((int64_t)300000)
#define SHORT_LIFE_MS   ((int64_t)300000) /* of what does not say */

static bool comes_from(const struct s3 *s3, const char *where)
{
    return kit_is(s3->credentials, where) || (s3->credentials.size == 0 && !strcmp(where, "keys"));
}

postern_status s3_keys_check(const struct store *store, postern_error *error)
{
    const struct s3 *s3 = store->own;
    if (comes_from(s3, "keys") && (!kit_option_text(store->host, "access_key").size ||
                                   !kit_option_text(store->host, "secret_key").size))
        return kit_fail(error, POSTERN_E_CONFIG, "or say with credentials where they come from",
                        "access_key and secret_key are needed");
    if (comes_from(s3, "profile") && !kit_option_text(store->host, "profile_file").size)
        return kit_fail(error, POSTERN_E_CONFIG, NULL, "credentials = \"profile\" needs profile_file");
    return POSTERN_OK;
}

static bool keep(char *into, size_t capacity, postern_text text)
{
    if (text.size >= capacity) return false;
    if (text.size) memcpy(into, text.data, text.size);
    into[text.size] = '\0';
    return true;
}

/* ---- The environment ---- */

static postern_status from_environment(struct s3_found_keys *found, postern_error *error)
{
    postern_text access_key = kit_text(getenv("AWS_ACCESS_KEY_ID"));
    postern_text secret_key = kit_text(getenv("AWS_SECRET_ACCESS_KEY"));
    if (!access_key.size || !secret_key.size)
        return kit_fail(error, POSTERN_E_CONFIG, "set them for the service that runs Postern",
                        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not in the environment");
    if (keep(found->access_key, sizeof found->access_key, access_key) &&
        keep(found->secret_key, sizeof found->secret_key, secret_key) &&
        keep(found->session_token, sizeof found->session_token, kit_text(getenv("AWS_SESSION_TOKEN"))))
        return POSTERN_OK;
    return kit_fail(error, POSTERN_E_CONFIG, NULL, "the keys in the environment are too long to be any");
}

/* ---- Roles ---- */

static postern_status ask(struct store *store, const postern_call *call, const char *method, postern_text url,
                          postern_pair header, postern_text *body, postern_error *error)
{
    const postern_http_request request = {.size = sizeof request,
                                          .method = method,
                                          .url = url,
                                          .headers = &header,
                                          .header_count = header.value.size ? 1 : 0};
    postern_http_response response = {.size = sizeof response};
    postern_status status = store->http->exchange(store->host, call->arena, &request, &response, error);
    if (status == POSTERN_E_CONFIG && error)
        snprintf(error->remedy, sizeof error->remedy,
                 "roles are asked for over plain http: name that host in the sink's allow_http");
    if (status < 0) return status;
    if (response.status != 200)
        return kit_fail(error, response.status >= 500 ? POSTERN_E_RETRY : POSTERN_E_CONFIG,
                        "check that this machine or container has a role",
                        "the service that gives a role's keys answers %d", (int)response.status);
    *body = kit_trim(response.body);
    return POSTERN_OK;
}

static bool member(const struct store *store, const postern_call *call, const postern_json_value *value,
                   const char *name, char *into, size_t capacity)
{
    const postern_json *json = store->host->service(store->host, POSTERN_SERVICE_JSON);
    postern_text text;
    return json->text(store->host, call->arena, json->get(store->host, value, kit_text(name)), &text) &&
           keep(into, capacity, text);
}

static postern_status read_role(struct store *store, const postern_call *call, postern_text body,
                                struct s3_found_keys *found, postern_error *error)
{
    const postern_json *json = store->host->service(store->host, POSTERN_SERVICE_JSON);
    const postern_json_value *value = NULL;
    char expiration[64];
    if (!json || json->parse(store->host, call->arena, body, &value, NULL) < 0 ||
        !member(store, call, value, "AccessKeyId", found->access_key, sizeof found->access_key) ||
        !member(store, call, value, "SecretAccessKey", found->secret_key, sizeof found->secret_key))
        return kit_fail(error, POSTERN_E_RETRY, NULL, "the service that gives a role's keys gives none");
    member(store, call, value, "Token", found->session_token, sizeof found->session_token);
    found->expire_ms = call->now_ms + SHORT_LIFE_MS + RENEW_BEFORE_MS;
    if (member(store, call, value, "Expiration", expiration, sizeof expiration))
        cloud_read_iso_time(kit_text(expiration), &found->expire_ms);
    cloud_wipe((void *)(uintptr_t)body.data, body.size);
    return POSTERN_OK;
}

static postern_status join(struct store *store, const postern_call *call, postern_text a, const char *b,
                           postern_text c, postern_text *url, postern_error *error)
{
    struct kit_writer writer = kit_writer_in_arena(store->host, call->arena);
    kit_write(&writer, a);
    kit_write_string(&writer, b);
    kit_write(&writer, c);
    return kit_written(&writer, url, error);
}

/* IMDSv2: a token first, then the role's name, then its keys. */
static postern_status from_instance(struct store *store, const postern_call *call,
                                    struct s3_found_keys *found, postern_error *error)
{
    static const char roles[] = "/latest/meta-data/iam/security-credentials/";
    const char *set = getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    postern_text base = kit_text(set && *set ? set : "http://169.254.169.254"), url = {0}, token = {0},
                 role = {0}, body = {0};
    while (base.size && base.data[base.size - 1] == '/')
        base.size--;
    postern_pair life = {KIT_TEXT("X-aws-ec2-metadata-token-ttl-seconds"), KIT_TEXT("300")};
    postern_status status = join(store, call, base, "/latest/api/token", kit_span(NULL, 0), &url, error);
    if (status >= 0) status = ask(store, call, "PUT", url, life, &token, error);
    if (status < 0) return status;
    postern_pair header = {KIT_TEXT("X-aws-ec2-metadata-token"), token};
    status = join(store, call, base, roles, kit_span(NULL, 0), &url, error);
    if (status >= 0) status = ask(store, call, "GET", url, header, &role, error);
    if (status >= 0) status = join(store, call, base, roles, role, &url, error);
    if (status >= 0) status = ask(store, call, "GET", url, header, &body, error);
    return status >= 0 ? read_role(store, call, body, found, error) : status;
}

static postern_status from_container(struct store *store, const postern_call *call,
                                     struct s3_found_keys *found, postern_error *error)
{
    const char *full = getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    const char *relative = getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    postern_text url = {0}, body = {0};
    if (!full && !relative)
        return kit_fail(error, POSTERN_E_CONFIG, "give the task or pod a role",
                        "no address of a container's credentials is in the environment");
    postern_status status = join(store, call, kit_text(full ? full : "http://169.254.170.2"), "",
                                 kit_text(full ? "" : relative), &url, error);
    postern_pair header = {KIT_TEXT("Authorization"), kit_text(getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN"))};
    if (status >= 0) status = ask(store, call, "GET", url, header, &body, error);
    return status >= 0 ? read_role(store, call, body, found, error) : status;
}

/* ---- All ---- */

static postern_status find(struct store *store, const postern_call *call, struct s3_found_keys *found,
                           postern_error *error)
{
    const struct s3 *s3 = store->own;
    if (comes_from(s3, "environment")) return from_environment(found, error);
    if (comes_from(s3, "instance")) return from_instance(store, call, found, error);
    if (comes_from(s3, "container")) return from_container(store, call, found, error);
    return s3_profile_read(kit_option_text(store->host, "profile_file"),
                           kit_option_text(store->host, "profile"), found, error);
}

static postern_text copy(struct store *store, const postern_call *call, const char *string)
{
    struct kit_writer writer = cloud_secret_writer(store->host, call->arena, strlen(string) + 1);
    kit_write_string(&writer, string);
    return kit_span(writer.data, writer.failed ? 0 : writer.size);
}

static postern_status found_keys(struct store *store, const postern_call *call, struct cloud_aws_keys *keys,
                                 postern_error *error)
{
    struct s3 *s3 = store->own;
    int64_t now_ms = call->now_ms + store->clock_offset_ms;
    if (!s3->has_found || (s3->found.expire_ms && now_ms > s3->found.expire_ms - RENEW_BEFORE_MS)) {
        cloud_wipe(&s3->found, sizeof s3->found);
        postern_status status = find(store, call, &s3->found, error);
        s3->has_found = status >= 0;
        if (status < 0) return status;
    }
    *keys = (struct cloud_aws_keys){copy(store, call, s3->found.access_key),
                                    copy(store, call, s3->found.secret_key),
                                    copy(store, call, s3->found.session_token)};
    return keys->access_key.size && keys->secret_key.size ? POSTERN_OK : kit_no_memory(error);
}

postern_status s3_keys(struct store *store, const postern_call *call, struct cloud_aws_keys *keys,
                       postern_error *error)
{
    struct s3 *s3 = store->own;
    if (comes_from(s3, "keys")) {
        *keys = (struct cloud_aws_keys){kit_option_text(store->host, "access_key"),
                                        kit_option_text(store->host, "secret_key"),
                                        kit_option_text(store->host, "session_token")};
        return POSTERN_OK;
    }
    pthread_mutex_lock(&s3->lock);
    postern_status status = found_keys(store, call, keys, error);
    pthread_mutex_unlock(&s3->lock);
    return status;
}

bool s3_keys_refused(struct store *store)
{
    struct s3 *s3 = store->own;
    if (comes_from(s3, "keys")) return false;
    pthread_mutex_lock(&s3->lock);
    s3->has_found = false;
    pthread_mutex_unlock(&s3->lock);
    return true;
}

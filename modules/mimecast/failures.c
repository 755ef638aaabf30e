#include "failures.h"
#include <stdio.h>

/* ---- What the vendor said ---- */

struct failure {
    postern_text code, message, field; /* as sent */
    bool retryable_known, retryable;
    size_t more; /* further errors that are not shown */
};

static postern_text text_of(const struct reading *reading, const postern_json_value *object, postern_text key)
{
    const struct instance *instance = reading->instance;
    postern_text text = {NULL, 0};
    instance->json->text(instance->host, reading->call->arena,
                         instance->json->get(instance->host, object, key), &text);
    return text;
}

static size_t count(const struct instance *instance, const postern_json_value *list)
{
    size_t items = 0;
    for (const postern_json_value *item = NULL; instance->json->next(instance->host, list, &item, NULL);)
        items++;
    return items;
}

static const postern_json_value *first_of(const struct instance *instance, const postern_json_value *list)
{
    const postern_json_value *item = NULL;
    bool is_list = instance->json->type(instance->host, list) == POSTERN_JSON_ARRAY;
    return is_list && instance->json->next(instance->host, list, &item, NULL) ? item : NULL;
}

/* The first error of `fail`. Its echo of the request ("key") is left alone: it may hold what must not be
 * logged. */
static struct failure read_failure(const struct reading *reading, postern_text text)
{
    const struct instance *instance = reading->instance;
    const postern_host *host = instance->host;
    const postern_json *json = instance->json;
    const postern_json_value *root = NULL;
    postern_error ignored = {.size = sizeof ignored};
    struct failure failure = {.more = 0};
    if (text.size == 0 || json->parse(host, reading->call->arena, text, &root, &ignored) < 0) return failure;
    bool is_object = json->type(host, root) == POSTERN_JSON_OBJECT;
    const postern_json_value *item = is_object ? root : first_of(instance, root);
    const postern_json_value *errors = json->get(host, item, KIT_TEXT("errors"));
    const postern_json_value *first = first_of(instance, errors);
    if (!first) first = item; /* the gateway's form: code and message directly in `fail` */
    failure.code = text_of(reading, first, KIT_TEXT("code"));
    failure.message = text_of(reading, first, KIT_TEXT("message"));
    failure.field = text_of(reading, first, KIT_TEXT("field"));
    const postern_json_value *retryable = json->get(host, first, KIT_TEXT("retryable"));
    failure.retryable_known = json->type(host, retryable) == POSTERN_JSON_BOOLEAN;
    failure.retryable = json->boolean(host, retryable);
    size_t all = count(instance, errors);
    failure.more = all > 1 ? all - 1 : 0;
    return failure;
}

/* ---- What it means ---- */

#define CONSOLE_KEYS                                                                                         \
    "in the administration console, Services | API and Platform Integrations | Your Application "            \
    "Integrations"

struct meaning {
    const char *code;
    postern_status status;
    const char *remedy;
};

static const char renew[] = "make new keys " CONSOLE_KEYS
                            " | Create Keys, give them to Postern, and set Authentication Cache TTL of the "
                            "user's authentication profile to Never Expires";
static const char check_keys[] = "check that this machine's clock is right and that Application ID, "
                                 "Application Key, Access Key and Secret Key belong "
                                 "together and are complete; otherwise make new ones " CONSOLE_KEYS;
static const char check_application[] =
    "check the Application ID " CONSOLE_KEYS "; a new application works 30 minutes after it was made";
static const char check_region[] =
    "set base_url to the host of the account's own region, for example https://eu-api.mimecast.com";
static const char report[] =
    "report this as a mistake in Postern, with these words; a newer Postern may have it mended";

/* Codes whose meaning is known. */
static const struct meaning known_codes[] = {
    {"err_xdk_binding_expired", POSTERN_E_CREDENTIALS, renew},
    {"err_xdk_invalid_signature", POSTERN_E_CREDENTIALS, check_keys},
    {"err_developer_key", POSTERN_E_CREDENTIALS, check_application},
    {"err_audit_siem_invalid_token", POSTERN_E_RETRY, ""}, /* although none was sent */
    {"err_audit_log_incorrect_region", POSTERN_E_CONFIG, check_region},
    {"err_validation_null", POSTERN_E_CONFIG, report},
    {"err_validation_blank", POSTERN_E_CONFIG, report},
    {"err_validation_invalid_email_address", POSTERN_E_CONFIG, report},
    {"app_forbidden", POSTERN_E_PERMISSION, NULL},
    {"app_unauthorized", POSTERN_E_PERMISSION, NULL},
    {"token_expired", POSTERN_E_CREDENTIALS, check_keys},
    {"token_verification_failed", POSTERN_E_CREDENTIALS, check_keys},
    {"InvalidClientIdentifier", POSTERN_E_CREDENTIALS, check_keys},
};

/* Parts of codes that are not documented but say enough. Lower case. */
static const struct meaning telling_parts[] = {
    {"licence", POSTERN_E_LICENSE, NULL},       {"license", POSTERN_E_LICENSE, NULL},
    {"not_enabled", POSTERN_E_LICENSE, NULL},   {"not_subscribed", POSTERN_E_LICENSE, NULL},
    {"permission", POSTERN_E_PERMISSION, NULL}, {"forbidden", POSTERN_E_PERMISSION, NULL},
    {"rate_limit", POSTERN_E_RETRY, ""},        {"binding_expired", POSTERN_E_CREDENTIALS, renew},
};

/* HTTP statuses, on the answer or in meta.status. */
static const struct {
    int64_t http;
    postern_status status;
    const char *words, *remedy;
} http_meanings[] = {
    {400, POSTERN_E_CONFIG, "the request was not accepted", report},
    {401, POSTERN_E_CREDENTIALS, "the credentials were refused", check_keys},
    {403, POSTERN_E_PERMISSION, "this may not be read with these keys", NULL},
    {404, POSTERN_E_CONFIG, "there is no such address", check_region},
    {405, POSTERN_E_CONFIG, "this address does not take this kind of request", check_region},
    {409, POSTERN_E_RETRY, "the request clashes with another one", ""},
    {418, POSTERN_E_CREDENTIALS, "the keys have expired", renew},
    {429, POSTERN_E_RETRY, "too many requests", ""},
};

static struct meaning meaning_of_status(int64_t http, const char **words)
{
    for (size_t i = 0; i < sizeof http_meanings / sizeof *http_meanings; i++) {
        if (http_meanings[i].http != http) continue;
        *words = http_meanings[i].words;
        return (struct meaning){NULL, http_meanings[i].status, http_meanings[i].remedy};
    }
    *words = "the request failed";
    if (http >= 300 && http < 400) {
        *words = "the request was sent elsewhere";
        return (struct meaning){NULL, POSTERN_E_CONFIG, check_region};
    }
    return (struct meaning){NULL, POSTERN_E_RETRY, ""};
}

static bool refuses_position(const struct reading *reading, const struct failure *failure)
{
    bool names_token = text_has_ignoring_case(failure->field, "token") ||
                       text_has_ignoring_case(failure->code, "page_token") ||
                       kit_is(failure->code, "err_audit_siem_invalid_token");
    return names_token && reading->position.size;
}

static const struct meaning start_again = {
    NULL, POSTERN_E_POSITION,
    "nothing to do: the stream is read again from its start, and known events stay silent"};

/* A code that nobody has documented. What the vendor says about trying again counts, unless the status speaks
 * of credentials or permissions. */
static struct meaning meaning_of_unknown(const struct reading *reading, const struct failure *failure,
                                         int64_t http, struct meaning by_status)
{
    const struct meaning retry = {NULL, POSTERN_E_RETRY, ""}, final = {NULL, POSTERN_E_CONFIG, report};
    bool plain = http == 200 || http == 0;
    struct meaning meaning = !plain                                            ? by_status
                             : failure->retryable_known && !failure->retryable ? final
                                                                               : retry;
    if (meaning.status != POSTERN_E_CONFIG) return meaning;
    if (failure->retryable_known && failure->retryable) return retry;
    /* How long a page token lives is not known, nor how one that is too old is refused. */
    bool of_further_page = reading->position.size && reading->stream->kind == POSTERN_STREAM_WINDOW;
    return of_further_page && (plain || http == 400) ? start_again : meaning;
}

static struct meaning find_meaning(const struct reading *reading, const struct failure *failure, int64_t http,
                                   const char **words)
{
    struct meaning by_status = meaning_of_status(http, words);
    if (refuses_position(reading, failure)) return start_again;
    for (size_t i = 0; i < sizeof known_codes / sizeof *known_codes; i++)
        if (kit_is(failure->code, known_codes[i].code)) return known_codes[i];
    for (size_t i = 0; i < sizeof telling_parts / sizeof *telling_parts; i++)
        if (text_has_ignoring_case(failure->code, telling_parts[i].code)) return telling_parts[i];
    if (http == 400 && kit_starts_with(failure->message, "0001")) /* credentials are missing */
        return (struct meaning){NULL, POSTERN_E_CREDENTIALS, check_keys};
    return meaning_of_unknown(reading, failure, http, by_status);
}

/* ---- How it is told ---- */

/* Appends the vendor's text without its control characters, cut at `most` bytes and at a whole character. */
static void tell(char *into, size_t capacity, const char *before, postern_text text, const char *behind)
{
    enum { MOST = 200 };
    size_t at = strlen(into), size = text.size < MOST ? text.size : MOST;
    if (text.size == 0) return;
    while (size < text.size && size > 0 && ((unsigned char)text.data[size] & 0xc0) == 0x80)
        size--;
    at += (size_t)snprintf(into + at, capacity - at, "%s", before);
    for (size_t i = 0; i < size && at + 1 < capacity; i++) {
        unsigned char c = (unsigned char)text.data[i];
        into[at++] = c < 0x20 || c == 0x7f ? ' ' : (char)c;
    }
    into[at < capacity ? at : capacity - 1] = '\0';
    at = strlen(into);
    snprintf(into + at, capacity - at, "%s", text.size > size ? "..." : behind);
}

static void remedy_of(const struct reading *reading, const struct meaning *meaning, char *remedy,
                      size_t capacity)
{
    const postern_stream *stream = reading->stream;
    if (meaning->remedy)
        snprintf(remedy, capacity, "%s", meaning->remedy);
    else if (meaning->status == POSTERN_E_PERMISSION)
        snprintf(remedy, capacity,
                 "give the role of the keys' user the permission %s (console: Account | Roles); also check "
                 "base_url's region "
                 "and the IP ranges of the application",
                 stream->permission);
    else
        snprintf(
            remedy, capacity,
            "the account seems to lack the product behind %s: ask Mimecast, or switch the source off with "
            "source \"%s\" { enabled = false }",
            stream->name, stream->name);
}

static postern_status report_failure(const struct reading *reading, const struct failure *failure,
                                     int64_t http)
{
    const char *words;
    char told[420] = "", remedy[sizeof reading->error->remedy];
    struct meaning meaning = find_meaning(reading, failure, http, &words);
    bool stated = failure->code.size || failure->message.size;
    if (http != 0 && http != 200)
        snprintf(told, sizeof told, "Mimecast answered %lld: %s", (long long)http, words);
    else
        snprintf(told, sizeof told, "Mimecast answered with a failure%s", stated ? "" : " without words");
    tell(told, sizeof told, ": ", failure->code, "");
    tell(told, sizeof told, failure->code.size ? " \"" : ": \"", failure->message, "\"");
    tell(told, sizeof told, " (field ", failure->field, ")");
    if (failure->more)
        snprintf(told + strlen(told), sizeof told - strlen(told), " and %zu more", failure->more);
    remedy_of(reading, &meaning, remedy, sizeof remedy);
    return kit_fail(reading->error, meaning.status, remedy, "%s", told);
}

postern_status failure_of_status(const struct reading *reading)
{
    struct envelope envelope = envelope_read(reading->response->body);
    struct failure failure = read_failure(reading, envelope.failures);
    int64_t status = reading->response->status;
    if (status >= 200 && status < 300)
        return kit_fail(reading->error, POSTERN_E_PROTOCOL, check_region,
                        "Mimecast answered %lld, which is not expected here", (long long)status);
    return report_failure(reading, &failure, status);
}

postern_status failure_of_envelope(const struct reading *reading, const struct envelope *envelope,
                                   const struct envelope_meta *meta)
{
    struct failure failure = read_failure(reading, envelope->failures);
    return report_failure(reading, &failure, meta->status);
}

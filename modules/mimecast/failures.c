#include "failures.h"
#include "link.h"
#include "refusal.h"
#include <stdio.h>

/* ---- What it means ---- */

/* What the user can do, with the keys of either API. */
struct remedy {
    const char *api_1, *api_2;
};

struct meaning {
    const char *code;
    postern_status status;
    const struct remedy *remedy; /* NULL: the permission or the product */
};

#define CONSOLE_KEYS                                                                                         \
    "in the administration console, Services | API and Platform Integrations | Your Application "            \
    "Integrations"
#define CONSOLE_HUB "in the administration console, Integrations | Integrations Hub | Mimecast API 2.0"
#define CHECK_CLIENT                                                                                         \
    "check that Client ID and Client Secret belong together and are complete; otherwise make new "           \
    "ones " CONSOLE_HUB " (the secret is shown once)"
#define REPORT "report this as a mistake in Postern, with these words; a newer Postern may have it mended"

static const struct remedy none = {"", ""};
static const struct remedy renew = {
    "make new keys " CONSOLE_KEYS
    " | Create Keys, give them to Postern, and set Authentication Cache TTL of the "
    "user's authentication profile to Never Expires",
    CHECK_CLIENT,
};
static const struct remedy check_keys = {
    "check that this machine's clock is right and that Application ID, "
    "Application Key, Access Key and Secret Key belong "
    "together and are complete; otherwise make new ones " CONSOLE_KEYS,
    CHECK_CLIENT,
};
static const struct remedy check_application = {
    "check the Application ID " CONSOLE_KEYS "; a new application works 30 minutes after it was made",
    CHECK_CLIENT,
};
/* The gateway of API 2.0 says so, whoever is asked with keys of API 1.0. */
static const struct remedy other_api = {
    "these are the words of API 2.0: set base_url to the region's host of API 1.0, for example "
    "https://eu-api.mimecast.com, or give the account a Client ID and Client Secret",
    CHECK_CLIENT,
};
static const struct remedy check_region = {
    "set base_url to the host of the account's own region, for example https://eu-api.mimecast.com",
    "set base_url to https://api.services.mimecast.com, or to us-api. or uk-api. of it for one region",
};
static const struct remedy report = {REPORT, REPORT};
#define READ_AGAIN "nothing to do: the stream is read again from its start, and known events stay silent"
#define GONE       ". What Mimecast does not keep any more is missing, if the stream stood still for so long"
static const struct remedy read_again = {READ_AGAIN, READ_AGAIN};
static const struct remedy read_all_again = {READ_AGAIN, READ_AGAIN GONE};

/* Codes whose meaning is known. */
static const struct meaning known_codes[] = {
    {"err_xdk_binding_expired", POSTERN_E_CREDENTIALS, &renew},
    {"err_xdk_invalid_signature", POSTERN_E_CREDENTIALS, &check_keys},
    {"err_developer_key", POSTERN_E_CREDENTIALS, &check_application},
    {"err_audit_siem_invalid_token", POSTERN_E_RETRY, &none}, /* although none was sent */
    {"err_audit_log_incorrect_region", POSTERN_E_CONFIG, &check_region},
    {"err_validation_null", POSTERN_E_CONFIG, &report},
    {"err_validation_blank", POSTERN_E_CONFIG, &report},
    {"err_validation_invalid_email_address", POSTERN_E_CONFIG, &report},
    {"app_forbidden", POSTERN_E_PERMISSION, NULL},
    {"app_unauthorized", POSTERN_E_PERMISSION, NULL},
    {"token_expired", POSTERN_E_CREDENTIALS, &other_api},
    {"token_verification_failed", POSTERN_E_CREDENTIALS, &other_api},
    {"Unauthorized Request", POSTERN_E_CREDENTIALS, &other_api},
    {"InvalidClientIdentifier", POSTERN_E_CREDENTIALS, &other_api},
};

/* Parts of codes that are not documented but say enough. Lower case. */
static const struct meaning telling_parts[] = {
    {"licence", POSTERN_E_LICENSE, NULL},       {"license", POSTERN_E_LICENSE, NULL},
    {"not_enabled", POSTERN_E_LICENSE, NULL},   {"not_subscribed", POSTERN_E_LICENSE, NULL},
    {"permission", POSTERN_E_PERMISSION, NULL}, {"forbidden", POSTERN_E_PERMISSION, NULL},
    {"rate_limit", POSTERN_E_RETRY, &none},     {"binding_expired", POSTERN_E_CREDENTIALS, &renew},
};

/* HTTP statuses, on the answer or in meta.status. */
static const struct {
    int64_t http;
    postern_status status;
    const char *words;
    const struct remedy *remedy;
} http_meanings[] = {
    {400, POSTERN_E_CONFIG, "the request was not accepted", &report},
    {401, POSTERN_E_CREDENTIALS, "the credentials were refused", &check_keys},
    {403, POSTERN_E_PERMISSION, "this may not be read with these keys", NULL},
    {404, POSTERN_E_CONFIG, "there is no such address", &check_region},
    {405, POSTERN_E_CONFIG, "this address does not take this kind of request", &check_region},
    {409, POSTERN_E_RETRY, "the request clashes with another one", &none},
    {418, POSTERN_E_CREDENTIALS, "the keys have expired", &renew},
    {429, POSTERN_E_RETRY, "too many requests", &none},
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
        return (struct meaning){NULL, POSTERN_E_CONFIG, &check_region};
    }
    return (struct meaning){NULL, POSTERN_E_RETRY, &none};
}

/* The event endpoints of API 2.0 refuse a place that is too old as they refuse every request that is wrong in
 * itself. */
static bool refuses_position(const struct reading *reading, const struct refusal *refusal, int64_t http)
{
    bool names_token = text_has_ignoring_case(refusal->field, "token") ||
                       text_has_ignoring_case(refusal->field, "nextpage") ||
                       text_has_ignoring_case(refusal->code, "page_token") ||
                       kit_is(refusal->code, "err_audit_siem_invalid_token");
    bool names_nothing = refusal->is_plain && http == 400 && reading->stream->kind == POSTERN_STREAM_TOKEN;
    return (names_token || names_nothing) && reading->position.size;
}

static const struct meaning start_again = {NULL, POSTERN_E_POSITION, &read_again};
static const struct meaning start_at_oldest = {NULL, POSTERN_E_POSITION, &read_all_again};

/* A code that nobody has documented. What the vendor says about trying again counts, unless the status speaks
 * of credentials or permissions. */
static struct meaning meaning_of_unknown(const struct reading *reading, const struct refusal *refusal,
                                         int64_t http, struct meaning by_status)
{
    const struct meaning retry = {NULL, POSTERN_E_RETRY, &none}, final = {NULL, POSTERN_E_CONFIG, &report};
    bool plain = http == 200 || http == 0;
    struct meaning meaning = !plain                                            ? by_status
                             : refusal->retryable_known && !refusal->retryable ? final
                                                                               : retry;
    if (meaning.status != POSTERN_E_CONFIG) return meaning;
    if (refusal->retryable_known && refusal->retryable) return retry;
    /* How long a page token lives is not known, nor how one that is too old is refused. */
    bool of_further_page = reading->position.size && reading->stream->kind == POSTERN_STREAM_WINDOW;
    return of_further_page && (plain || http == 400) ? start_again : meaning;
}

static struct meaning find_meaning(const struct reading *reading, const struct refusal *refusal, int64_t http,
                                   const char **words)
{
    struct meaning by_status = meaning_of_status(http, words);
    bool is_window = reading->stream->kind == POSTERN_STREAM_WINDOW;
    if (refuses_position(reading, refusal, http)) return is_window ? start_again : start_at_oldest;
    for (size_t i = 0; i < sizeof known_codes / sizeof *known_codes; i++)
        if (kit_is(refusal->code, known_codes[i].code)) return known_codes[i];
    for (size_t i = 0; i < sizeof telling_parts / sizeof *telling_parts; i++)
        if (text_has_ignoring_case(refusal->code, telling_parts[i].code)) return telling_parts[i];
    if (http == 400 && kit_starts_with(refusal->message, "0001")) /* credentials are missing */
        return (struct meaning){NULL, POSTERN_E_CREDENTIALS, &check_keys};
    return meaning_of_unknown(reading, refusal, http, by_status);
}

/* Where a product may well be missing, a refusal says that it is. */
static struct meaning meaning_here(const struct reading *reading, int64_t http, struct meaning meaning)
{
    bool no_product = reading->is_optional && (meaning.status == POSTERN_E_PERMISSION || http == 404);
    return no_product ? (struct meaning){NULL, POSTERN_E_LICENSE, NULL} : meaning;
}

/* ---- How it is told ---- */

/* Appends the vendor's text without its control characters and without what its links hold, cut at `MOST`
 * bytes and at a whole character. */
static void tell(char *into, size_t capacity, const char *before, postern_text text, const char *behind)
{
    enum { MOST = 200 };
    char cut[2 * MOST];
    text = kit_span(cut, link_cut(text, cut, sizeof cut));
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

static bool is_api_2(const struct reading *reading)
{
    return kit_is(kit_text(reading->stream->auth), "mimecast/2.0");
}

static const char *words_of(const struct reading *reading, const struct remedy *remedy)
{
    return is_api_2(reading) ? remedy->api_2 : remedy->api_1;
}

static void permission_remedy(const struct reading *reading, const char *product, char *remedy,
                              size_t capacity)
{
    const char *permission = reading->stream->permission;
    if (is_api_2(reading))
        snprintf(
            remedy, capacity,
            "give the application's role the permission %s (Account | Roles), and see that it has %s "
            "(Integrations | Integrations Hub): products cannot be added later, it takes a new application",
            permission, product);
    else
        snprintf(remedy, capacity,
                 "give the role of the keys' user the permission %s (console: Account | Roles); also check "
                 "base_url's region and the IP ranges of the application",
                 permission);
}

static void remedy_of(const struct reading *reading, const struct meaning *meaning, char *remedy,
                      size_t capacity)
{
    const postern_stream *stream = reading->stream;
    postern_text source = reading->instance->host->instance;
    char product[96];
    if (stream->product)
        snprintf(product, sizeof product, "the product \"%s\"", stream->product);
    else
        snprintf(product, sizeof product, "the product behind %s", stream->name);
    if (meaning->remedy)
        snprintf(remedy, capacity, "%s", words_of(reading, meaning->remedy));
    else if (meaning->status == POSTERN_E_PERMISSION)
        permission_remedy(reading, product, remedy, capacity);
    else
        snprintf(remedy, capacity,
                 "the account seems to lack %s: ask Mimecast, or switch the source off with source \"%.*s\" "
                 "{ enabled = false }",
                 product, (int)source.size, source.data);
}

static postern_status report_failure(const struct reading *reading, const struct refusal *refusal,
                                     int64_t http)
{
    const char *words;
    char told[420] = "", remedy[sizeof reading->error->remedy];
    struct meaning meaning = meaning_here(reading, http, find_meaning(reading, refusal, http, &words));
    bool stated = refusal->code.size || refusal->message.size;
    if (http != 0 && http != 200)
        snprintf(told, sizeof told, "Mimecast answered %lld: %s", (long long)http, words);
    else
        snprintf(told, sizeof told, "Mimecast answered with a failure%s", stated ? "" : " without words");
    tell(told, sizeof told, ": ", refusal->code, "");
    tell(told, sizeof told, refusal->code.size ? " \"" : ": \"", refusal->message, "\"");
    tell(told, sizeof told, " (field ", refusal->field, ")");
    if (refusal->more)
        snprintf(told + strlen(told), sizeof told - strlen(told), " and %zu more", refusal->more);
    remedy_of(reading, &meaning, remedy, sizeof remedy);
    return kit_fail(reading->error, meaning.status, remedy, "%s", told);
}

postern_status failure_of_status(const struct reading *reading)
{
    struct envelope envelope = envelope_read(reading->response->body);
    struct refusal refusal = refusal_read(reading, &envelope);
    int64_t status = reading->response->status;
    if (status >= 200 && status < 300)
        return kit_fail(reading->error, POSTERN_E_PROTOCOL, words_of(reading, &check_region),
                        "Mimecast answered %lld, which is not expected here", (long long)status);
    return report_failure(reading, &refusal, status);
}

postern_status failure_of_envelope(const struct reading *reading, const struct envelope *envelope,
                                   const struct envelope_meta *meta)
{
    struct refusal refusal = refusal_read(reading, envelope);
    return report_failure(reading, &refusal, meta->status);
}

postern_status failure_unreadable(const struct reading *reading, const char *reason)
{
    postern_text type =
        kit_header(reading->response->headers, reading->response->header_count, "content-type");
    return kit_fail(
        reading->error, POSTERN_E_PROTOCOL,
        "see whether a proxy answers in Mimecast's place; otherwise show Mimecast's support this message",
        "the answer cannot be read: %s (%zu bytes of type \"%.*s\")", reason, reading->response->body.size,
        type.size < 60 ? (int)type.size : 60, type.size ? type.data : "");
}

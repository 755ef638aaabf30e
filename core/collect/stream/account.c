#include "collect/stream/account.h"
#include "base/smaller.h"

#include "auth/profile.h"
#include "base/address.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"
#include "base/url.h"
#include "collect/stream/access_token.h"
#include "collect/stream/account_options.h"
#include "collect/stream/account_quota.h"
#include "collect/stream/host_clock.h"
#include "collect/stream/roster.h"
#include "collect/stream/state.h"
#include "config/fingerprint.h"
#include "journal/notice.h"

#include <stdio.h>
#include <string.h>

#define MISSING_REMEDY                                                                                       \
    "provide it: a file is looked for again every 30 seconds, and kill -HUP looks at once; a variable of "   \
    "the "                                                                                                   \
    "environment needs a restart"

/* Of a base URL: "eu-api.example:8443". */
static struct host *find_host(struct stream_shared *shared, const struct url *url)
{
    char authority[URL_AUTHORITY_SIZE];
    postern_text name = text_of(url_authority(url, authority));
    for (struct host *host = shared->hosts; host; host = host->next)
        if (text_is(name, host->name)) return host;
    struct host *host = calloc(1, sizeof *host + name.size + 1);
    if (!host) return NULL;
    memcpy(host->name, name.data, name.size);
    host->clock.trust_ms = shared->clock_trust_ms;
    host->next = shared->hosts;
    return shared->hosts = host;
}

/* NULL if out of memory. */
static const char *keep_base_url(struct stream_shared *shared, const char *text)
{
    for (const struct kept_url *kept = shared->base_urls; kept; kept = kept->next)
        if (strcmp(kept->text, text) == 0) return kept->text;
    size_t size = strlen(text) + 1;
    struct kept_url *kept = malloc(sizeof *kept + size);
    if (!kept) return NULL;
    memcpy(kept->text, text, size);
    kept->next = shared->base_urls;
    shared->base_urls = kept;
    return kept->text;
}

static void say(const struct account *account, enum notice_kind kind, const char *message, const char *remedy)
{
    notice_say(
        account->shared->journal,
        &(struct notice){.kind = kind, .account = account->name, .message = message, .remedy = remedy});
}

/* Compares the fingerprint; a record that was just made has none yet. */
static void take_credentials(struct account *account, const struct config_account *config)
{
    static const unsigned char none[32];
    struct account_record *record = &account->record;
    unsigned char fingerprint[32];
    /* The key is the account's own, random and known to the journal only. */
    const postern_text key = {(const char *)record->key, sizeof record->key};
    if (!config_account_fingerprint(config, key, fingerprint)) return;
    if (memcmp(record->fingerprint, fingerprint, sizeof fingerprint) == 0) return;
    bool first = memcmp(record->fingerprint, none, sizeof none) == 0;
    bool had_failed = !first && account->health.failure_count > 0;
    int64_t wall = clock_wall_ms(account->shared->clock), now = clock_monotonic_ms(account->shared->clock);
    memcpy(record->fingerprint, fingerprint, sizeof fingerprint);
    record->credentials_since_ms = wall;
    record->replay_limit_due = !first && (had_failed || record->replay_limit_due);
    if (!first) {
        account_renewed(&account->health, now);
        record->ever_connected = false;
        account_record_clear(record);
        say(account, NOTICE_ACCOUNT_RENEWED, "the account has new credentials: connection pending", NULL);
    }
    account_health_store(&account->health, record, wall, now);
    account->record_changed = true;
}

/* What the profile and the configuration say about how requests are let in. */
static postern_status set_access(struct account *account, const struct config_account *config,
                                 postern_error *error)
{
    const postern_auth *profile = config->profile;
    account->access.profile = profile;
    postern_status status = auth_profile_scheme(profile, &account->access.scheme, error);
    if (status < 0) return status;
    auth_credentials_share(&account->access.credentials, &config->credentials);
    if (!account->access.scheme->has_token) return POSTERN_OK;
    account->token = calloc(1, sizeof *account->token);
    if (!account->token) return error_no_memory(error, NULL);
    account->token->path = profile->token_path;
    account->token->scope = profile->scope;
    return POSTERN_OK;
}

static postern_status set_place(struct account *account, const struct config_account *config,
                                postern_error *error)
{
    struct url url;
    enum url_fault fault = url_read(text_of(config->base_url), &url);
    if (fault != URL_FINE) /* the configuration was checked */
        return error_set(error, POSTERN_E_INVALID, "base_url of account \"%s\" %s", config->name,
                         url_fault_words(fault));
    account->base_url = keep_base_url(account->shared, config->base_url);
    account->host = account->base_url ? find_host(account->shared, &url) : NULL;
    account->allow_private = host_is_private(url.host);
    return account->host ? POSTERN_OK : error_no_memory(error, NULL);
}

/* A secret that is not there fails this account alone, until a configuration brings it. */
static void take_missing_secret(struct account *account, const struct config_account *config)
{
    struct account_record *record = &account->record;
    const struct clock *clock = account->shared->clock;
    int64_t wall = clock_wall_ms(clock), now = clock_monotonic_ms(clock);
    bool was_missing = account->health.status == ACCOUNT_FAILED && !account->health.failure_count;
    account->lacks_secret = config->missing != NULL;
    if (!account->lacks_secret) {
        if (!was_missing) return;
        account_renewed(&account->health, now);
        account_record_clear(record);
    } else {
        account->health = (struct account_health){.status = ACCOUNT_FAILED};
        account_record_clear(record);
        record->trouble = trouble_words_new(config->missing, MISSING_REMEDY, NULL);
    }
    account_health_store(&account->health, record, wall, now);
    account->record_changed = true;
    if (account->lacks_secret && !was_missing)
        say(account, NOTICE_ACCOUNT_FAILED, config->missing, MISSING_REMEDY);
}

postern_status account_new(struct stream_shared *shared, const struct config_account *config,
                           struct account **account, postern_error *error)
{
    size_t name_size = strlen(config->name) + 1;
    struct account *fresh = calloc(1, sizeof *fresh + name_size);
    if (!fresh) return error_no_memory(error, NULL);
    fresh->shared = shared;
    memcpy(fresh->name, config->name, name_size);
    fresh->record.added_ms = clock_wall_ms(shared->clock);
    postern_status status = set_place(fresh, config, error);
    if (status == POSTERN_OK) status = set_access(fresh, config, error);
    if (status == POSTERN_OK && shared->journal &&
        !roster_take_account(shared->roster, fresh->name, &fresh->record))
        status = journal_account(shared->journal, fresh->name, &fresh->record, error);
    if (status < 0) {
        account_free(fresh);
        return status;
    }
    account_health_load(&fresh->health, &fresh->record, clock_wall_ms(shared->clock),
                        clock_monotonic_ms(shared->clock));
    take_credentials(fresh, config);
    take_missing_secret(fresh, config);
    *account = fresh;
    return POSTERN_OK;
}

void account_free(struct account *account)
{
    if (!account) return;
    access_release(&account->access);
    free(account->token);
    account_options_free(account->given_options);
    account_quotas_free(account);
    free(account->streams);
    account_record_clear(&account->record);
    free(account);
}

void account_free_places(struct stream_shared *shared)
{
    while (shared->hosts) {
        struct host *next = shared->hosts->next;
        free(shared->hosts);
        shared->hosts = next;
    }
    while (shared->base_urls) {
        struct kept_url *next = shared->base_urls->next;
        free(shared->base_urls);
        shared->base_urls = next;
    }
}

void account_add_remedy(const struct account *account, postern_error *error)
{
    const char *help = account->access.profile->refused_help;
    if (error->code == POSTERN_E_CREDENTIALS && !error->remedy[0] && help) error_remedy(error, "%s", help);
}

int64_t account_take_turn(struct account *account)
{
    const struct stream_shared *shared = account->shared;
    return request_rate_take(&account->rate, shared->requests_per_second, clock_monotonic_ms(shared->clock));
}

void account_wake(struct account *account)
{
    for (size_t i = 0; i < account->stream_count; i++)
        if (account->streams[i].waits_for_account) stream_wake(&account->streams[i]);
}

static void store(struct account *account)
{
    const struct clock *clock = account->shared->clock;
    account_health_store(&account->health, &account->record, clock_wall_ms(clock), clock_monotonic_ms(clock));
    account->record_changed = true;
}

static int64_t not_later_than(int64_t stored_ms, const struct account *account, struct clock_reading now)
{
    return smaller(stored_ms, server_clock_earliest(&account->host->clock, now));
}

int64_t account_start_ms(const struct account *account)
{
    return not_later_than(account->record.added_ms, account, clock_read(account->shared->clock));
}

int64_t account_credentials_ms(const struct account *account)
{
    return not_later_than(account->record.credentials_since_ms, account, clock_read(account->shared->clock));
}

void account_settle_start(struct account *account, struct clock_reading now)
{
    struct account_record *record = &account->record;
    int64_t added_ms = not_later_than(record->added_ms, account, now);
    int64_t since_ms = not_later_than(record->credentials_since_ms, account, now);
    if (added_ms == record->added_ms && since_ms == record->credentials_since_ms && !record->replay_limit_due)
        return;
    record->added_ms = added_ms;
    record->credentials_since_ms = since_ms;
    for (size_t i = 0; record->replay_limit_due && i < account->stream_count; i++)
        account->streams[i].limit_due = true;
    record->replay_limit_due = false;
    account->record_changed = true;
}

void account_note_clock(struct account *account, int64_t off_ms)
{
    struct account_record *record = &account->record;
    if (llabs(off_ms) <= HOST_CLOCK_OFF_MS) off_ms = 0;
    if (off_ms ? llabs(off_ms - record->clock_off_ms) <= HOST_CLOCK_OFF_MS : !record->clock_off_ms) return;
    record->clock_off_ms = off_ms;
    account->record_changed = true;
}

void account_saw_success(struct account *account)
{
    account->last_success_ms = clock_monotonic_ms(account->shared->clock);
    account_probe_ended(&account->health);
    int64_t failing_ms =
        account->health.failure_count ? account->last_success_ms - account->health.first_failure_ms : 0;
    if (!account_succeeded(&account->health)) return;
    account_record_clear(&account->record);
    store(account);
    char message[96] = "the account is connected", lasted[32];
    if (failing_ms > 0)
        snprintf(message, sizeof message, "the account is connected: it works again after %s",
                 duration_format(failing_ms, lasted));
    say(account, NOTICE_ACCOUNT_CONNECTED, message, NULL);
}

void account_saw_refusal(struct account *account, const struct trouble *refusal)
{
    const postern_error *error = &refusal->error;
    bool changed = account_refused(&account->health, clock_monotonic_ms(account->shared->clock));
    struct account_record *record = &account->record;
    if (strcmp(trouble_error(record->trouble), error->message) != 0) changed = true;
    account_record_clear(record);
    record->trouble = trouble_words_new(error->message, error->remedy, NULL);
    store(account);
    if (!changed && account->health.failure_count != 1) return;
    char message[640];
    postern_error words = *error;
    error_name_request(&words, refusal->request_id);
    switch (account->health.status) {
    case ACCOUNT_FAILED:
        snprintf(message, sizeof message,
                 "the account has failed, its credentials were refused %lld times in a row (%s); from now on "
                 "one try every 15 minutes",
                 (long long)record->failure_count, words.message);
        say(account, NOTICE_ACCOUNT_FAILED, message, error->remedy);
        break;
    case ACCOUNT_FAILING:
        snprintf(message, sizeof message, "the account is failing, its credentials were refused (%s)",
                 words.message);
        say(account, NOTICE_ACCOUNT_FAILING, message, error->remedy);
        break;
    case ACCOUNT_PENDING:
    case ACCOUNT_CONNECTED:
    case ACCOUNT_REMOVED:
        snprintf(
            message, sizeof message,
            "the credentials were refused (%s); trying on for two hours, because new keys can take up to 30 "
            "minutes to work",
            words.message);
        say(account, NOTICE_ACCOUNT_PENDING, message, error->remedy);
        break;
    }
}

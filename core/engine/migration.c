#include "engine/migration.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "config/fingerprint.h"
#include <stdlib.h>
#include <string.h>

/* ---- What the journal knows --------------------------------------------------------------------- */

struct known_accounts {
    struct account_record *records;
    size_t count;
    struct account_switch *switches;
    size_t switch_count;
};

static void forget_accounts(struct known_accounts *known)
{
    for (size_t i = 0; i < known->count; i++)
        account_record_clear(&known->records[i]);
    free(known->records);
    free(known->switches);
}

static postern_status learn_accounts(struct journal *journal, struct known_accounts *known,
                                     postern_error *error)
{
    postern_status status = journal_accounts(journal, &known->records, &known->count, error);
    return status < 0 ? status : journal_switches(journal, &known->switches, &known->switch_count, error);
}

static const struct account_record *record_named(const struct known_accounts *known, const char *name)
{
    for (size_t i = 0; i < known->count; i++)
        if (strcmp(known->records[i].name, name) == 0) return &known->records[i];
    return NULL;
}

/* Since when the account goes on over the trial's API; 0 = it does not. */
static int64_t switched_at(const struct known_accounts *known, const struct account_record *record,
                           const struct config_account *trial)
{
    for (size_t i = 0; i < known->switch_count; i++)
        if (known->switches[i].account_id == record->id &&
            strcmp(known->switches[i].auth, trial->profile->name) == 0)
            return known->switches[i].at_ms;
    return 0;
}

/* ---- Which of them an account is ---------------------------------------------------------------- */

/* The account's own key is in the fingerprint, so that the switch of one is none of another that has the same
 * credentials. False: the trial lacks a secret. */
static bool trial_fingerprint(const struct account_record *record, const struct config_account *trial,
                              unsigned char fingerprint[FINGERPRINT_SIZE])
{
    const postern_text key = {(const char *)record->key, sizeof record->key};
    return config_account_fingerprint(trial, key, fingerprint);
}

static postern_status has_credentials(struct journal *journal, const struct account_record *record,
                                      const struct config_account *trial, bool *same, postern_error *error)
{
    unsigned char fingerprint[FINGERPRINT_SIZE];
    int64_t at_ms = 0;
    *same = false;
    if (!trial_fingerprint(record, trial, fingerprint)) return POSTERN_OK;
    *same = memcmp(fingerprint, record->fingerprint, sizeof fingerprint) == 0;
    if (*same) return POSTERN_OK;
    postern_status status = journal_switched_with(journal, fingerprint, &at_ms, error);
    *same = at_ms != 0;
    return status;
}

/* By its name; of an account that gets another one with this configuration (engine/claims.h), by what it says
 * that it was, else by the credentials with which another one that is not configured any more was switched.
 */
static postern_status find_record(struct journal *journal, const struct known_accounts *known,
                                  const struct config *config, const struct config_account *trial,
                                  const struct account_record **record, postern_error *error)
{
    const struct config_account *account = config_find_account(config, trial->trial_of);
    postern_status status = POSTERN_OK;
    *record = record_named(known, trial->trial_of);
    for (size_t i = 0; account && !*record && i < account->was.names.count; i++)
        *record = record_named(known, account->was.names.items[i]);
    for (size_t i = 0; status == POSTERN_OK && !*record && i < known->count; i++) {
        const struct account_record *candidate = &known->records[i];
        bool same = false;
        if (!switched_at(known, candidate, trial) || config_find_account(config, candidate->name)) continue;
        status = has_credentials(journal, candidate, trial, &same, error);
        if (same) *record = candidate;
    }
    return status;
}

static postern_status when_switched(struct journal *journal, const struct known_accounts *known,
                                    const struct config *config, const struct config_account *trial,
                                    int64_t *at_ms, postern_error *error)
{
    const struct account_record *record = NULL;
    postern_status status = find_record(journal, known, config, trial, &record, error);
    *at_ms = status == POSTERN_OK && record ? switched_at(known, record, trial) : 0;
    return status;
}

postern_status migration_switched(struct journal *journal, const struct config *config,
                                  const struct config_account *trial, int64_t *at_ms, postern_error *error)
{
    _cleanup_(forget_accounts) struct known_accounts known = {0};
    postern_status status = learn_accounts(journal, &known, error);
    return status < 0 ? status : when_switched(journal, &known, config, trial, at_ms, error);
}

/* ---- What holds after it ------------------------------------------------------------------------ */

static bool has_trials(const struct config *config)
{
    for (size_t i = 0; i < config->account_count; i++)
        if (config->accounts[i].trial_of) return true;
    return false;
}

postern_status migration_adopt(struct journal *journal, struct config *config, postern_error *error)
{
    _cleanup_(forget_accounts) struct known_accounts known = {0};
    if (!has_trials(config)) return POSTERN_OK;
    postern_status status = learn_accounts(journal, &known, error);
    for (size_t i = 0; status == POSTERN_OK && i < config->account_count;) {
        struct config_account *account = &config->accounts[i];
        int64_t at_ms = 0;
        if (account->trial_of) status = when_switched(journal, &known, config, account, &at_ms, error);
        if (!at_ms) {
            i++;
            continue;
        }
        char when[TIMESTAMP_SIZE];
        log_write(
            POSTERN_LOG_INFO, account->trial_of,
            "this account was switched to %s on %s: what `migrate` holds can take the place of the other "
            "credentials in the configuration",
            account->profile->title, timestamp_iso(at_ms, when));
        config_adopt_trial(config, account);
    }
    return status;
}

static void take_back(struct journal *journal, const struct account_switch *of,
                      const struct config_account *account)
{
    char when[TIMESTAMP_SIZE];
    postern_error error = ERROR_INIT;
    log_write(
        POSTERN_LOG_WARNING, account->name,
        "this account was switched to %s on %s, and the configuration lets it in over %s alone: it goes "
        "back to that. If that is not meant, put the other credentials in the place of these",
        of->auth, timestamp_iso(of->at_ms, when), account->profile->name);
    if (journal_take_switch_back(journal, of, &error) < 0)
        log_error(POSTERN_LOG_WARNING, "journal", &error); /* the next start or reload does it again */
}

void migration_settle(struct journal *journal, const struct config *config)
{
    _cleanup_(forget_accounts) struct known_accounts known = {0};
    postern_error error = ERROR_INIT;
    if (learn_accounts(journal, &known, &error) < 0) {
        log_error(POSTERN_LOG_WARNING, "journal", &error);
        return;
    }
    for (size_t i = 0; i < known.switch_count; i++)
        for (size_t k = 0; k < known.count; k++) {
            const struct account_switch *one = &known.switches[i];
            if (known.records[k].id != one->account_id) continue;
            const struct config_account *account = config_find_account(config, known.records[k].name);
            if (account && strcmp(account->profile->name, one->auth) != 0 &&
                !config_find_trial(config, account->name))
                take_back(journal, one, account);
        }
}

/* ---- The switch --------------------------------------------------------------------------------- */

postern_status migration_switch(struct journal *journal, const struct config *config, const char *account,
                                postern_error *error)
{
    const struct config_account *trial = config_find_trial(config, account);
    _cleanup_(forget_accounts) struct known_accounts known = {0};
    unsigned char fingerprint[FINGERPRINT_SIZE];
    if (!trial) {
        error_set(error, POSTERN_E_INVALID, "account \"%.63s\" has no other credentials to go on with",
                  account);
        error_remedy(error, "give them in the configuration: account \"NAME\" { ..., migrate = { ... } }");
        return POSTERN_E_INVALID;
    }
    if (trial->missing) return error_set(error, POSTERN_E_INVALID, "%s", trial->missing);
    postern_status status = learn_accounts(journal, &known, error);
    if (status < 0) return status;
    const struct account_record *record = record_named(&known, account);
    if (!record || !trial_fingerprint(record, trial, fingerprint))
        return error_set(error, POSTERN_E_INVALID, "account \"%.63s\" has never been read", account);
    struct account_switch to = {.account_id = record->id};
    text_to_string(text_of(trial->profile->name), to.auth, sizeof to.auth);
    return journal_note_switch(journal, &to, fingerprint, error);
}

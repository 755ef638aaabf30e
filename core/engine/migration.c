#include "engine/migration.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "config/fingerprint.h"
#include <stdlib.h>
#include <string.h>

/* All accounts that the journal knows. */
struct known_accounts {
    struct account_record *records;
    size_t count;
};

static void forget_accounts(struct known_accounts *known)
{
    for (size_t i = 0; i < known->count; i++)
        account_record_clear(&known->records[i]);
    free(known->records);
}

/* The account's own key is in the fingerprint, so that the switch of one is none of another that has the same
 * credentials. False: the journal does not know the account, or the trial lacks a secret. */
static bool trial_fingerprint(const struct known_accounts *known, const struct config_account *trial,
                              unsigned char fingerprint[FINGERPRINT_SIZE])
{
    for (size_t i = 0; i < known->count; i++) {
        const struct account_record *record = &known->records[i];
        if (strcmp(record->name, trial->trial_of) != 0) continue;
        const postern_text key = {(const char *)record->key, sizeof record->key};
        return config_account_fingerprint(trial, key, fingerprint);
    }
    return false;
}

static postern_status when_switched(struct journal *journal, const struct known_accounts *known,
                                    const struct config_account *trial, int64_t *at_ms, postern_error *error)
{
    unsigned char fingerprint[FINGERPRINT_SIZE];
    *at_ms = 0;
    if (!trial_fingerprint(known, trial, fingerprint)) return POSTERN_OK;
    return journal_switched(journal, fingerprint, at_ms, error);
}

postern_status migration_switched(struct journal *journal, const struct config_account *trial, int64_t *at_ms,
                                  postern_error *error)
{
    _cleanup_(forget_accounts) struct known_accounts known = {0};
    postern_status status = journal_accounts(journal, &known.records, &known.count, error);
    return status < 0 ? status : when_switched(journal, &known, trial, at_ms, error);
}

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
    postern_status status = journal_accounts(journal, &known.records, &known.count, error);
    for (size_t i = 0; status == POSTERN_OK && i < config->account_count;) {
        struct config_account *account = &config->accounts[i];
        int64_t at_ms = 0;
        if (account->trial_of) status = when_switched(journal, &known, account, &at_ms, error);
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
    postern_status status = journal_accounts(journal, &known.records, &known.count, error);
    if (status == POSTERN_OK && !trial_fingerprint(&known, trial, fingerprint))
        status = error_set(error, POSTERN_E_INVALID, "account \"%.63s\" has never been read", account);
    return status < 0 ? status : journal_note_switch(journal, fingerprint, error);
}

#include "engine/migration.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "config/fingerprint.h"
#include <stdlib.h>
#include <string.h>

/* The account's own key is in the fingerprint, so that the switch of one is none of another that has the same
 * credentials. False: the journal does not know the account, or the trial lacks a secret. */
static postern_status trial_fingerprint(struct journal *journal, const struct config_account *trial,
                                        unsigned char fingerprint[FINGERPRINT_SIZE], bool *known,
                                        postern_error *error)
{
    _cleanup_(freep) struct account_record *records = NULL;
    size_t count = 0;
    *known = false;
    postern_status status = journal_accounts(journal, &records, &count, error);
    for (size_t i = 0; i < count; i++) {
        const postern_text key = {(const char *)records[i].key, sizeof records[i].key};
        if (!*known && strcmp(records[i].name, trial->trial_of) == 0)
            *known = config_account_fingerprint(trial, key, fingerprint);
        account_record_clear(&records[i]);
    }
    return status;
}

postern_status migration_switched(struct journal *journal, const struct config_account *trial, int64_t *at_ms,
                                  postern_error *error)
{
    unsigned char fingerprint[FINGERPRINT_SIZE];
    bool known;
    *at_ms = 0;
    postern_status status = trial_fingerprint(journal, trial, fingerprint, &known, error);
    return status < 0 || !known ? status : journal_switched(journal, fingerprint, at_ms, error);
}

postern_status migration_adopt(struct journal *journal, struct config *config, postern_error *error)
{
    for (size_t i = 0; i < config->account_count;) {
        struct config_account *account = &config->accounts[i];
        int64_t at_ms = 0;
        postern_status status =
            account->trial_of ? migration_switched(journal, account, &at_ms, error) : POSTERN_OK;
        if (status < 0) return status;
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
    return POSTERN_OK;
}

postern_status migration_switch(struct journal *journal, const struct config *config, const char *account,
                                postern_error *error)
{
    const struct config_account *trial = config_find_trial(config, account);
    unsigned char fingerprint[FINGERPRINT_SIZE];
    bool known = false;
    if (!trial) {
        error_set(error, POSTERN_E_INVALID, "account \"%.63s\" has no other credentials to go on with",
                  account);
        error_remedy(error, "give them in the configuration: account \"NAME\" { ..., migrate = { ... } }");
        return POSTERN_E_INVALID;
    }
    if (trial->missing) return error_set(error, POSTERN_E_INVALID, "%s", trial->missing);
    postern_status status = trial_fingerprint(journal, trial, fingerprint, &known, error);
    if (status == POSTERN_OK && !known)
        status = error_set(error, POSTERN_E_INVALID, "account \"%.63s\" has never been read", account);
    return status < 0 ? status : journal_note_switch(journal, fingerprint, error);
}

/* An account on its way to another API: account "acme" { ..., migrate = { api = 2, ... } }. Beside the
 * account itself another one is read with the new credentials, its trial: what comes is kept in the journal
 * for comparing and delivered nowhere. The switch makes the account go on with the trial's credentials. */
#include "base/text.h"
#include "config/check.h"

#define TRIAL_SUFFIX "+new"

/* ---- Reading ------------------------------------------------------------------------------------ */

static bool name_trial(struct check *check, const struct declaration *declaration,
                       const struct config_field *field, struct config_account *trial)
{
    size_t size = strlen(declaration->name);
    if (size + sizeof TRIAL_SUFFIX > sizeof trial->name) {
        field_problem(check, declaration, field, "needs an account whose name has at most %zu characters",
                      sizeof trial->name - sizeof TRIAL_SUFFIX);
        return false;
    }
    memcpy(trial->name, declaration->name, size);
    memcpy(trial->name + size, TRIAL_SUFFIX, sizeof TRIAL_SUFFIX);
    return true;
}

bool migrate_open(struct check *check, const struct declaration *declaration,
                  const struct config_account *account, struct declaration *inside,
                  struct config_account *trial)
{
    const struct config_field *field = declaration_field(declaration, "migrate");
    if (!field || !field_table(check, declaration, field, "the credentials of the other API", inside))
        return false;
    trial->trial_of = account->name;
    return name_trial(check, declaration, field, trial);
}

void migrate_check(struct check *check, const struct declaration *inside,
                   const struct config_account *account, const struct config_account *trial)
{
    static const char *const outside[] = {"was", "migrate", NULL};
    for (const char *const *key = outside; *key; key++) {
        const struct config_field *field = declaration_field(inside, *key);
        if (field) field_problem(check, inside, field, "belongs to the account itself");
    }
    if (account->profile && account->profile == trial->profile)
        problem_at(check->problems, inside->line,
                   "%s is read with %s already: migrate is for another API; new credentials of the same one "
                   "take the place of the old",
                   inside->title, account->profile->title);
}

/* ---- Afterwards --------------------------------------------------------------------------------- */

bool config_name_is_trial(const char *name)
{
    return strchr(name, TRIAL_SUFFIX[0]) != NULL;
}

struct config_account *config_find_account(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->account_count; i++)
        if (strcmp(config->accounts[i].name, name) == 0) return &config->accounts[i];
    return NULL;
}

struct config_account *config_find_trial(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->account_count; i++)
        if (config->accounts[i].trial_of && strcmp(config->accounts[i].trial_of, name) == 0)
            return &config->accounts[i];
    return NULL;
}

void config_adopt_trial(struct config *config, struct config_account *trial)
{
    struct config_account *account = config_find_account(config, trial->trial_of);
    size_t behind = (size_t)(config->accounts + config->account_count - (trial + 1));
    auth_credentials_release(&account->credentials);
    account->profile = trial->profile;
    account->base_url = trial->base_url;
    account->allow_host = trial->allow_host;
    account->credentials = trial->credentials;
    account->missing = trial->missing;
    account->options = trial->options;
    account->option_count = trial->option_count;
    memmove(trial, trial + 1, behind * sizeof *trial);
    config->account_count--;
}

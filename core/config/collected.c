/* What is read at all: what a pipeline takes, and what is to be collected in any case. */
#include "base/log.h"
#include "base/text.h"
#include "config/check.h"

static bool takes_source(const struct config_pipeline *pipeline, const struct config_source *source)
{
    return config_names_match(&pipeline->from, source->name);
}

/* Adds to each account what the pipeline takes from it. */
static void add_pipeline(const struct config *config, const struct text_index *accounts,
                         const struct config_pipeline *pipeline, bool *from_all)
{
    for (size_t k = 0; k < config->source_count; k++) {
        if (!config->sources[k].enabled || !takes_source(pipeline, &config->sources[k])) continue;
        for (size_t n = 0; n < pipeline->accounts.count; n++) {
            const char *name = pipeline->accounts.items[n];
            size_t at = text_index_find(accounts, name);
            if (strcmp(name, "*") == 0)
                from_all[k] = true;
            else if (at != TEXT_NOWHERE)
                config->accounts[at].collected[k] = true;
        }
    }
}

/* What is to be compared is read both ways. */
static void copy_to_trials(struct config *config)
{
    for (size_t i = 0; i < config->account_count; i++) {
        struct config_account *trial = &config->accounts[i];
        const struct config_account *account =
            trial->trial_of ? config_find_account(config, trial->trial_of) : NULL;
        if (account) memcpy(trial->collected, account->collected, config->source_count * sizeof(bool));
    }
}

static bool decide(struct check *check)
{
    struct config *config = check->config;
    struct text_place *places = check_allocate(check, config->account_count * sizeof *places);
    bool *from_all = check_allocate(check, config->source_count * sizeof *from_all);
    for (size_t i = 0; places && i < config->account_count; i++) {
        places[i] = (struct text_place){config->accounts[i].name, i};
        config->accounts[i].collected = check_allocate(check, config->source_count * sizeof(bool));
    }
    if (check->out_of_memory) return false;
    struct text_index accounts = text_index_new(places, config->account_count);
    for (size_t k = 0; k < config->source_count; k++)
        from_all[k] = config->sources[k].enabled && config->sources[k].collect;
    for (size_t i = 0; i < config->pipeline_count; i++)
        add_pipeline(config, &accounts, &config->pipelines[i], from_all);
    for (size_t i = 0; i < config->account_count; i++)
        for (size_t k = 0; k < config->source_count; k++)
            config->accounts[i].collected[k] |= from_all[k];
    copy_to_trials(config);
    return true;
}

/* ---- What is left out is said ---- */

static void say_account(const struct config_account *account)
{
    log_write(POSTERN_LOG_WARNING, "config",
              "%s:%d: no pipeline takes account \"%s\": it is not collected; name it in the accounts of a "
              "pipeline",
              account->place.file, account->place.line, account->name);
}

/* Accounts of which nothing is read were named already. */
static void say_source(const struct config *config, size_t source)
{
    const struct config_account *first = NULL;
    size_t missing = 0, all = 0;
    for (size_t i = 0; i < config->account_count; i++) {
        const struct config_account *account = &config->accounts[i];
        if (account->trial_of || !config_collects_any(config, account)) continue;
        all++;
        if (account->collected[source]) continue;
        if (!missing++) first = account;
    }
    const char *name = config->sources[source].name;
    if (!missing) return;
    if (missing == all)
        log_write(POSTERN_LOG_WARNING, "config",
                  "no pipeline takes source \"%s\": it is not collected; name it in the from of a pipeline, "
                  "keep it with source \"%s\" { collect = true }, or silence this with enabled = false",
                  name, name);
    else
        log_write(POSTERN_LOG_WARNING, "config",
                  "no pipeline takes source \"%s\" from account \"%s\"%s: it is not collected there", name,
                  first->name, missing > 1 ? " and others" : "");
}

void check_collected(struct check *check)
{
    const struct config *config = check->config;
    if (!config->pipeline_count || !decide(check)) return;
    for (size_t i = 0; i < config->account_count; i++)
        if (!config->accounts[i].trial_of && !config_collects_any(config, &config->accounts[i]))
            say_account(&config->accounts[i]);
    for (size_t k = 0; k < config->source_count; k++)
        if (config->sources[k].enabled) say_source(config, k);
}

bool config_collects(const struct config *config, const struct config_account *account, const char *source)
{
    if (!account->collected) return true;
    for (size_t k = 0; k < config->source_count; k++)
        if (strcmp(config->sources[k].name, source) == 0) return account->collected[k];
    return false;
}

bool config_collects_any(const struct config *config, const struct config_account *account)
{
    for (size_t k = 0; account->collected && k < config->source_count; k++)
        if (account->collected[k]) return true;
    return !account->collected;
}

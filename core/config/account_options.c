/* What an account sets for single sources: account "acme" { ["logins"] = { route = "inbound" } }. */
#include "base/text.h"
#include "config/check.h"

/* The sources that have something to set, as keys of an account; ends with NULL. */
const char *const *account_option_keys(struct check *check)
{
    static const char *const none[] = {NULL};
    const struct config_catalog *catalog = check->catalog;
    const char **names = check_allocate(check, (catalog->source_count + 1) * sizeof(*names));
    size_t count = 0;
    if (!names) return none;
    for (size_t i = 0; i < catalog->source_count; i++)
        if (catalog->sources[i].account_options) names[count++] = catalog->sources[i].name;
    return names;
}

void check_account_options(struct check *check, const struct declaration *declaration,
                           struct config_account *account)
{
    static const char *const no_keys[] = {NULL};
    const struct config_catalog *catalog = check->catalog;
    account->options = check_allocate(check, catalog->source_count * sizeof(*account->options));
    if (!account->options) return;
    for (size_t i = 0; i < catalog->source_count; i++) {
        const struct config_kind *source = &catalog->sources[i];
        const struct config_field *field =
            source->account_options ? declaration_field(declaration, source->name) : NULL;
        struct declaration inside;
        if (!field ||
            !field_table(check, declaration, field, "what the account sets for this source", &inside))
            continue;
        struct config_account_options *options = &account->options[account->option_count++];
        options->source = check_copy(check, text_of(source->name));
        check_known_keys(check, &inside, no_keys, options_names(check, source->account_options));
        options_read(check, &inside, source->account_options, &options->values, &options->value_count);
    }
}

/* What an account sets for single sources: account "acme" { ["logins"] = { route = "inbound" } }. */
#include "base/arena.h"
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

/* What stands inside of the field, as a declaration of its own. */
static bool open_field(struct check *check, const struct declaration *account,
                       const struct config_field *field, struct declaration *inside)
{
    const struct config_node *value = &field->value;
    bool is_empty = value->type == VALUE_LIST && value->count == 0;
    if (value->type != VALUE_TABLE && !is_empty) {
        if (value->type != VALUE_UNKNOWN)
            field_problem(check, account, field, "takes what the account sets for this source: { ... }");
        return false;
    }
    postern_text title = arena_printf(check->config->arena, "%s of %s", field->key, account->title);
    if (!title.data) check->out_of_memory = true;
    *inside = (struct declaration){.kind = account->kind,
                                   .name = account->name,
                                   .title = title.data ? title.data : account->title,
                                   .line = field->line,
                                   .complete = true,
                                   .fields = value->fields,
                                   .count = value->field_count};
    for (size_t i = 0; i < inside->count; i++) /* what a program made has no line of its own */
        if (!inside->fields[i].line) inside->fields[i].line = field->line;
    return true;
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
        if (!field || !open_field(check, declaration, field, &inside)) continue;
        struct config_account_options *options = &account->options[account->option_count++];
        options->source = check_copy(check, text_of(source->name));
        check_known_keys(check, &inside, no_keys, options_names(check, source->account_options));
        options_read(check, &inside, source->account_options, &options->values, &options->value_count);
    }
}

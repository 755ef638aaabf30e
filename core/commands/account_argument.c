#include "commands/account_argument.h"
#include "base/buffer.h"

#define SHOWN 2000 /* bytes of names */

static void say_which(const struct command *command, const struct config *config, const char *name)
{
    struct buffer known = {.limit = SHOWN + sizeof config->accounts->name + 8};
    size_t count = 0;
    for (; count < config->account_count && known.size < SHOWN; count++)
        buffer_printf(&known, "%s%s", count ? ", " : "", config->accounts[count].name);
    const char *more = count < config->account_count ? " ..." : "",
               *are = config->account_count == 1 ? "is" : "are";
    if (name)
        command_usage(command, "there is no account \"%s\"; there %s: %s%s", name, are, buffer_string(&known),
                      more);
    else
        command_usage(command, "of which account? There %s: %s%s", are, buffer_string(&known), more);
    buffer_free(&known);
}

const struct config_account *account_argument(const struct command *command, const struct config *config,
                                              const char *name)
{
    const struct config_account *account = name ? config_find_account(config, name) : NULL;
    if (!account) say_which(command, config, name);
    return account;
}

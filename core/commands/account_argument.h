/* Names of accounts among the words of a command. */
#ifndef POSTERN_COMMANDS_ACCOUNT_ARGUMENT_H
#define POSTERN_COMMANDS_ACCOUNT_ARGUMENT_H

#include "commands/command.h"
#include "config/config.h"

/* The account of that name. NULL after it was said which there are; `name` NULL: none was given. */
const struct config_account *account_argument(const struct command *command, const struct config *config,
                                              const char *name);

#endif

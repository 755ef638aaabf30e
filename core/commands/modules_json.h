/* `postern modules --json`: what is loaded, for programs. */
#ifndef POSTERN_COMMANDS_MODULES_JSON_H
#define POSTERN_COMMANDS_MODULES_JSON_H

#include "module/registry.h"

/* "duration"; "?" for what this host does not know. */
const char *option_type_name(uint32_t type);

/* As the user would write it: "15m", "64KiB", "10". */
const char *option_format_number(uint32_t type, int64_t number, char buffer[32]);

/* The document on standard output; false if out of memory. */
bool modules_print_json(const struct module_registry *registry);

#endif

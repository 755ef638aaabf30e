/* Is a module's descriptor well formed? Everything that the core later relies on is checked here, once. */
#ifndef POSTERN_MODULE_DESCRIPTOR_DESCRIPTOR_H
#define POSTERN_MODULE_DESCRIPTOR_DESCRIPTOR_H

#include <postern/module.h>

/* What must hold before any other field is read: enough bytes, the magic, the ABI's major version.
 * `available` is how many bytes the symbol has in its file, 0 if unknown. Errors have a remedy. */
postern_status descriptor_check_version(const postern_module *module, size_t available, postern_error *error);
/* The names and tables of a module whose version fits. */
postern_status descriptor_check_tables(const postern_module *module, postern_error *error);

#endif

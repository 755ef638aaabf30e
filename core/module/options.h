/* The checked option values of one instance, as modules read them through the host. */
#ifndef POSTERN_MODULE_OPTIONS_H
#define POSTERN_MODULE_OPTIONS_H

#include <postern/module.h>

bool options_text(const postern_options *options, const char *name, postern_text *value);
bool options_integer(const postern_options *options, const char *name, int64_t *value);
bool options_item(const postern_options *options, const char *name, size_t index, postern_text *value);

#endif

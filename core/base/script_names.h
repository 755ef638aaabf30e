/* The scripts in a folder, by the names that a pipeline has for them. */
#ifndef POSTERN_BASE_SCRIPT_NAMES_H
#define POSTERN_BASE_SCRIPT_NAMES_H

#include <postern/module.h>

typedef void script_name_visitor(void *context, postern_text name);
/* Visits each NAME of a NAME.lua that is no test, in no order. No such folder, or "": none. */
void script_names_each(const char *directory, script_name_visitor *visit, void *context);

#endif

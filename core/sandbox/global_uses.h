/* Where a compiled chunk reads and sets globals. */
#ifndef POSTERN_SANDBOX_GLOBAL_USES_H
#define POSTERN_SANDBOX_GLOBAL_USES_H

#include "sandbox/compiled.h"

/* A function and those around it. */
struct global_scope {
    const struct compiled_function *function;
    const struct global_scope *around;
};

struct global_use {
    postern_text name;
    int line;
    size_t at; /* the instruction, in the function of the scope */
    const struct global_scope *scope;
    bool is_set; /* else it is read */
};

typedef void global_visitor(void *context, const struct global_use *use);
/* Calls `visit` for each place that reads or sets a global by its name. Of a chunk that replaces its table of
 * globals
 * (`_ENV = ...`) none is known. */
void global_uses(const struct compiled_function *main, global_visitor *visit, void *context);

#endif

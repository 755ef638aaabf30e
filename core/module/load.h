/* Opening one shared object. */
#ifndef POSTERN_MODULE_LOAD_H
#define POSTERN_MODULE_LOAD_H

#include <postern/module.h>

/* A shared object that is mapped, with its checked descriptor. */
struct shared_module {
    void *handle;
    const postern_module *module;
};

/* Refuses what may not be trusted, cannot be linked or is no module of this ABI; then nothing stays open. The
 * error names neither the path nor the context: that is the caller's. */
postern_status module_open(const char *path, struct shared_module *opened, postern_error *error);
/* Only for a module that was refused after all. */
void module_close(struct shared_module *opened);

#endif

#include "module/services/zip_library.h"
#include "base/error.h"
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct zip_library library;
static bool loaded;

/* ISO C knows no way from an object's address to a function's. */
static bool find(void *handle, const char *name, void *place)
{
    void *address = dlsym(handle, name);
    memcpy(place, &address, sizeof address);
    return address != NULL;
}

/* The lock is taken. */
static bool load(void)
{
    struct zip_library found;
    void *handle = dlopen(POSTERN_LIBARCHIVE, RTLD_NOW | RTLD_LOCAL);
    if (!handle) return false;
#define FUNCTION(name) &&find(handle, #name, &found.name)
    loaded = true ZIP_LIBRARY_FUNCTIONS(FUNCTION);
#undef FUNCTION
    if (loaded)
        library = found;
    else
        dlclose(handle);
    return loaded;
}

const struct zip_library *zip_library(postern_error *error)
{
    pthread_mutex_lock(&lock);
    bool good = loaded || load();
    if (!good) {
        const char *reason = dlerror();
        error_set(error, POSTERN_E_CONFIG, "zip archives cannot be unpacked: %s",
                  reason ? reason : POSTERN_LIBARCHIVE " lacks a function");
        error_remedy(error, "install " POSTERN_LIBARCHIVE ": on Debian it is in the package libarchive13");
    }
    pthread_mutex_unlock(&lock);
    return good ? &library : NULL;
}

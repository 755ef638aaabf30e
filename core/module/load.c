#include "module/load.h"
#include "base/error.h"
#include "base/text.h"
#include "base/trusted_path.h"
#include "module/descriptor/descriptor.h"
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY "postern_module_entry"

/* The words of dlerror are for programmers; the two everyday cases get words and a remedy of our own. */
static postern_status explain_dlopen(const char *path, const char *reason, postern_error *error)
{
    static const char unresolved[] = "undefined symbol: ", missing[] = ": cannot open shared object file";
    const char *symbol = strstr(reason, unresolved), *end = strstr(reason, missing);
    if (symbol) {
        symbol += strlen(unresolved);
        int length = (int)strcspn(symbol, " ,\t\n(");
        error_set(error, POSTERN_E_CONFIG, "it needs the symbol %.*s, which no library that it names has",
                  length, symbol);
        error_remedy(
            error, "link the module with the library that has %.*s; \"ldd -r %s\" lists all that is missing",
            length, symbol, path);
    } else if (end && strncmp(reason, path, (size_t)(end - reason)) != 0) {
        int length = (int)(end - reason);
        error_set(error, POSTERN_E_CONFIG, "it needs the shared library %.*s, which is not installed", length,
                  reason);
        error_remedy(error, "install the package that has %.*s; \"ldd %s\" lists all that is missing", length,
                     reason, path);
    } else {
        error_set(error, POSTERN_E_CONFIG, "it cannot be loaded: %s", reason);
        error_remedy(error, "check with \"file %s\" that it is a shared object for this machine", path);
    }
    return POSTERN_E_CONFIG;
}

/* The size of the entry as its file states it; 0 if unknown, -1 if it is no data. */
static ptrdiff_t entry_size(const void *entry)
{
    Dl_info info;
    const ElfW(Sym) *symbol = NULL;
    if (!dladdr1(entry, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol) return 0;
    if (ELF64_ST_TYPE(symbol->st_info) != STT_OBJECT) return -1;
    return (ptrdiff_t)symbol->st_size;
}

static postern_status find_entry(void *handle, const char *path, const postern_module **module,
                                 postern_error *error)
{
    const postern_module *entry = dlsym(handle, ENTRY);
    ptrdiff_t size = entry ? entry_size(entry) : 0;
    if (!entry || size < 0) {
        error_set(error, POSTERN_E_CONFIG,
                  entry ? "its symbol " ENTRY " is not data" : "it has no symbol " ENTRY);
        error_remedy(error, "it is no module of Postern: take %s out of the module directory", path);
        return POSTERN_E_CONFIG;
    }
    postern_status status = descriptor_check_version(entry, (size_t)size, error);
    if (status == POSTERN_OK) *module = entry;
    return status;
}

postern_status module_open(const char *path, struct shared_module *opened, postern_error *error)
{
    char real[PATH_MAX]; /* whatever a link becomes: what was checked is loaded */
    postern_status status = trusted_file_resolve(path, "module", real, error);
    if (status < 0) return status;
    struct shared_module found = {.handle = dlopen(real, RTLD_NOW | RTLD_LOCAL)};
    if (!found.handle) {
        const char *reason = dlerror();
        return explain_dlopen(real, reason ? reason : "no reason is known", error);
    }
    status = find_entry(found.handle, real, &found.module, error);
    if (status == POSTERN_OK) status = descriptor_check_tables(found.module, error);
    if (status < 0) {
        module_close(&found);
        return status;
    }
    *opened = found;
    return POSTERN_OK;
}

void module_close(struct shared_module *opened)
{
    dlclose(opened->handle);
}

#include "module/descriptor/inspection.h"
#include "base/error.h"
#include <string.h>

const char descriptor_rebuild[] =
    "build the module anew with the header postern/module.h of this Postern, or install the "
    "version of the module that was made for it";

postern_status needs_minor(postern_error *error, uint32_t minor)
{
    error_set(error, POSTERN_E_UNSUPPORTED, "it needs ABI %u.%u, and this Postern has %u.%u",
              POSTERN_ABI_MAJOR, minor, POSTERN_ABI_MAJOR, POSTERN_ABI_MINOR);
    error_remedy(error, "install a Postern that has ABI %u.%u, or an older version of the module",
                 POSTERN_ABI_MAJOR, minor);
    return POSTERN_E_UNSUPPORTED;
}

bool is_name(const char *name, const char *extra)
{
    size_t length = name ? strlen(name) : 0;
    if (length == 0 || length > 63 || strchr(extra, name[0])) return false;
    for (const char *c = name; *c; c++)
        if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9') && !strchr(extra, *c)) return false;
    return true;
}

bool is_member_path(const char *path)
{
    if (!path || !*path || *path == '.' || strstr(path, "..")) return false;
    return path[strlen(path) - 1] != '.';
}

bool is_line(const char *words)
{
    return words && *words && !strchr(words, '\n');
}

postern_status malformed(const struct inspection *at, const char *what, const char *name, const char *why)
{
    error_set(at->error, POSTERN_E_CONFIG, "its %s \"%.63s\" %s", what, name ? name : "(no name)", why);
    error_remedy(at->error, "this is a mistake in the module: report it to whoever made the module");
    return POSTERN_E_CONFIG;
}

postern_status unknown(const struct inspection *at, const char *what, const char *name, const char *why)
{
    if (at->module->abi_minor <= POSTERN_ABI_MINOR) return malformed(at, what, name, why);
    postern_status status = needs_minor(at->error, at->module->abi_minor);
    error_prefix(at->error, "its %s \"%.63s\" %s: ", what, name ? name : "(no name)", why);
    return status;
}

postern_status check_size(const struct inspection *at, const char *what, uint32_t size, size_t least)
{
    if (size >= least) return POSTERN_OK;
    error_set(at->error, POSTERN_E_CONFIG, "it has a %s whose struct is too small (%u bytes)", what, size);
    error_remedy(at->error, "%s", descriptor_rebuild);
    return POSTERN_E_CONFIG;
}

postern_status check_flags(const struct inspection *at, const char *what, const char *name, uint32_t flags,
                           uint32_t known)
{
    return flags & ~known ? unknown(at, what, name, "has an unknown flag") : POSTERN_OK;
}

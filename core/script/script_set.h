/* Inside of a script_set, for the runner. */
#ifndef POSTERN_SCRIPT_SCRIPT_SET_H
#define POSTERN_SCRIPT_SCRIPT_SET_H

#include "script/lookup/files.h"
#include "script/script.h"

struct script {
    char *name, *path, *directory;
    struct buffer text;
};

struct script_set {
    _Atomic unsigned references;
    struct script *scripts;
    size_t count;
    struct sandbox_limits limits;
    struct lookup_files *lookups; /* sealed once the set is loaded */
    char hash[65];
};

#endif

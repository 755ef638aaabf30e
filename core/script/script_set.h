/* The inside of a script_set: texts and files, as they were read. */
#ifndef POSTERN_SCRIPT_SCRIPT_SET_H
#define POSTERN_SCRIPT_SCRIPT_SET_H

#include "script/lookup/files.h"
#include "script/neighbour/files.h"
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
    struct lookup_files *lookups; /* these two are sealed once the set is loaded */
    struct neighbour_files *neighbours;
    char hash[65];
};

/* A set with the texts of the scripts, and of the lookup files that they name; nothing has run yet. */
postern_status script_set_read(const char *const *names, const char *const *paths, size_t count,
                               const char *packaged, const struct sandbox_limits *limits,
                               struct script_set **set, postern_error *error);
/* The scripts have run once, so all that they read is there: closes the lookup files and the neighbours, sets
 * the hash. */
postern_status script_set_seal(struct script_set *set, postern_error *error);

#endif

/* The neighbouring files that scripts take pieces from (postern.script): read while the scripts are loaded,
 * unchanging and shared between threads from then on.
 *
 * "ecs/common" is ecs/common.lua in the folder of the script that is loaded, else in that of the packaged
 * scripts. A piece that takes pieces of its own looks from the same folder, so that a script's own copy of
 * one is what all its pieces see. */
#ifndef POSTERN_SCRIPT_NEIGHBOUR_FILES_H
#define POSTERN_SCRIPT_NEIGHBOUR_FILES_H

#include "base/digest.h"
#include "script/lookup/files.h"

#define NEIGHBOUR_SIZE_LIMIT  ((size_t)1 << 20) /* bytes of one file */
#define NEIGHBOUR_COUNT_LIMIT 64u               /* of a script set */

struct neighbour {
    char *directory; /* of the script that takes it */
    char *name, *path;
    struct buffer text;
};

struct neighbour_files;

/* `packaged`: the folder of the packaged scripts, NULL or "" = there is none. `lookups`: what the pieces look
 * things up in, from the folder of the script as well; NULL: not read. NULL if out of memory. */
struct neighbour_files *neighbour_files_new(const char *packaged, struct lookup_files *lookups);
void neighbour_files_free(struct neighbour_files *files); /* NULL is fine */

/* The file of that name for a script of `directory`: as read before, or read now. *error and its remedy say
 * why there is none. One thread at a time until neighbour_files_seal, any number behind it. */
postern_status neighbour_files_open(struct neighbour_files *files, const char *directory, postern_text name,
                                    const struct neighbour **file, postern_error *error);
/* Those that were read, from number 0 on; NULL behind the last. */
const struct neighbour *neighbour_files_at(const struct neighbour_files *files, size_t number);
/* From now on nothing is read any more. */
void neighbour_files_seal(struct neighbour_files *files);
/* Adds names and texts, in the order of reading, to a digest: which version ran. */
void neighbour_files_digest(const struct neighbour_files *files, struct digest *digest);

#endif

/* What the checks of all parts of a descriptor share. */
#ifndef POSTERN_MODULE_DESCRIPTOR_INSPECTION_H
#define POSTERN_MODULE_DESCRIPTOR_INSPECTION_H

#include <postern/module.h>

/* The size that a struct had in ABI 1.0: up to and including its last field of then. */
#define SIZE_THROUGH(type, field) (offsetof(type, field) + sizeof(((type *)0)->field))

/* A descriptor while it is checked. */
struct inspection {
    const postern_module *module;
    postern_error *error;
};

/* What to do about a module that was built for another version. */
extern const char descriptor_rebuild[];
/* "it needs ABI 1.N" */
postern_status needs_minor(postern_error *error, uint32_t minor);
/* A mistake of the module: "its WHAT "NAME" WHY". */
postern_status malformed(const struct inspection *at, const char *what, const char *name, const char *why);
/* Something that this header does not know, `why` says what: a later minor of the ABI has it if the module
 * was built for one, else it is a mistake. */
postern_status unknown(const struct inspection *at, const char *what, const char *name, const char *why);
/* At least `least` bytes: before any other field is read. */
postern_status check_size(const struct inspection *at, const char *what, uint32_t size, size_t least);
/* No flags but `known`. */
postern_status check_flags(const struct inspection *at, const char *what, const char *name, uint32_t flags,
                           uint32_t known);

/* [a-z0-9] and `extra`, at most 63 characters, an alphanumeric one first. */
bool is_name(const char *name, const char *extra);
/* Members with dots between, none of them empty. */
bool is_member_path(const char *path);
/* Not NULL, not empty, one line. */
bool is_line(const char *words);

#endif

/* Limits of the services that modules use ("unpack/1", "json/1"). */
#ifndef POSTERN_MODULE_LIMITS_H
#define POSTERN_MODULE_LIMITS_H

#include <stdint.h>

struct module_limits {
    int64_t member_size;    /* bytes of one member of an archive; beyond, it is cut and marked as damaged */
    int64_t member_count;   /* members of one archive */
    int64_t expansion_size; /* bytes of all members of one archive together */
    int64_t record_size;    /* bytes of one JSON text */
};

/* Those in force: a reload changes them while modules are at work. */
struct limits_in_force {
    _Atomic int64_t member_size, member_count, expansion_size, record_size;
    const char *spill_directory; /* for large members; NULL = none. Set before any instance is made */
};

static inline struct module_limits limits_now(const struct limits_in_force *limits)
{
    return (struct module_limits){limits->member_size, limits->member_count, limits->expansion_size,
                                  limits->record_size};
}

#endif

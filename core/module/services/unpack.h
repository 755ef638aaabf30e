/* Service "unpack/1": members of gzip and zip archives within limits, salvaging what is whole. Nothing is
 * ever written under a name, and of one member at a time a few MiB are in memory. See postern/module.h for
 * the contract. */
#ifndef POSTERN_MODULE_SERVICES_UNPACK_H
#define POSTERN_MODULE_SERVICES_UNPACK_H

#include "module/limits.h"
#include "module/services/member_data.h"

struct zip_library;

extern const postern_unpack unpack_service;

/* ---- Between the files of this service: unpack_walk.c, unpack_gzip.c, unpack_zip.c ---- */

typedef postern_status (*unpack_member)(void *context, const postern_member *member);

/* One walk over one archive. */
struct unpack_walk {
    postern_arena *arena;
    postern_text bytes;
    unpack_member member;
    void *context;
    struct module_limits limits;
    struct member_data data; /* what the member at hand unpacked to */
    uint32_t delivered;      /* members handed over */
    int64_t count;           /* members met, directories included */
    int64_t expanded;        /* their bytes */
    const struct zip_library *zips;
    postern_error *error;
};

/* Hands one member over: `data` is what walk->data holds. */
postern_status unpack_deliver(struct unpack_walk *walk, postern_text name, const char *damage,
                              postern_text archive);
/* Before the next member, and after one that was cut: POSTERN_E_LIMIT if there may be no more, after handing
 * `rest`, the part of the archive that was not looked at, over as one damaged member (if there is any). */
postern_status unpack_check_limits(struct unpack_walk *walk, postern_text rest);
/* How large the next member may become. */
size_t unpack_room(const struct unpack_walk *walk);

postern_status unpack_gzip(struct unpack_walk *walk);
postern_status unpack_zip(struct unpack_walk *walk);

#endif

#include "module/services/unpack.h"
#include "base/error.h"
#include <stdatomic.h>

static _Atomic int64_t limit_member = (int64_t)512 << 20, limit_count = 10000,
                       limit_expansion = (int64_t)1 << 30;

void unpack_set_limits(const struct unpack_limits *limits)
{
    limit_member = limits->member_size;
    limit_count = limits->member_count;
    limit_expansion = limits->expansion_size;
}

static postern_status each(postern_arena *arena, int32_t format, postern_text bytes, unpack_member member,
                           void *context, postern_error *error)
{
    struct unpack_walk walk = {
        .arena = arena,
        .bytes = bytes,
        .member = member,
        .context = context,
        .limits = {.member_size = limit_member,
                   .member_count = limit_count,
                   .expansion_size = limit_expansion},
        .error = error,
    };
    if (bytes.size == 0) return error_set(error, POSTERN_E_PROTOCOL, "the archive is empty (0 bytes)");
    postern_status status = POSTERN_E_UNSUPPORTED;
    if (format == POSTERN_UNPACK_GZIP)
        status = unpack_gzip(&walk);
    else if (format == POSTERN_UNPACK_ZIP)
        status = unpack_zip(&walk);
    else
        error_set(error, status, "unpack/1 knows no archive format %d", format);
    buffer_free(&walk.data);
    return status;
}

const postern_unpack unpack_service = {.size = sizeof unpack_service, .each = each};

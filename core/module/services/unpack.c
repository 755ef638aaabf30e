#include "module/services/unpack.h"
#include "base/error.h"
#include "module/instance.h"

static postern_status each(const postern_host *host, postern_arena *arena, int32_t format, postern_text bytes,
                           unpack_member member, void *context, postern_error *error)
{
    struct unpack_walk walk = {
        .arena = arena,
        .bytes = bytes,
        .member = member,
        .context = context,
        .limits = limits_now(module_instance_of(host)->limits),
        .data = MEMBER_DATA_INIT,
        .error = error,
    };
    if (bytes.size == 0) return error_set(error, POSTERN_E_PROTOCOL, "the archive is empty (0 bytes)");
    walk.data.directory = module_instance_of(host)->limits->spill_directory;
    postern_status status = POSTERN_E_UNSUPPORTED;
    if (format == POSTERN_UNPACK_GZIP)
        status = unpack_gzip(&walk);
    else if (format == POSTERN_UNPACK_ZIP)
        status = unpack_zip(&walk);
    else
        error_set(error, status, "unpack/1 knows no archive format %d", format);
    member_data_free(&walk.data);
    return status;
}

const postern_unpack unpack_service = {.size = sizeof unpack_service, .each = each};

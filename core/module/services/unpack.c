#include "module/services/unpack.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/units.h"
#include <stdatomic.h>

static _Atomic int64_t limit_member = (int64_t)512 << 20, limit_count = 10000,
                       limit_expansion = (int64_t)1 << 30;

void unpack_set_limits(const struct unpack_limits *limits)
{
    limit_member = limits->member_size;
    limit_count = limits->member_count;
    limit_expansion = limits->expansion_size;
}

size_t unpack_room(const struct unpack_walk *walk)
{
    int64_t left = walk->limits.expansion_size - walk->expanded;
    int64_t room = walk->limits.member_size < left ? walk->limits.member_size : left;
    return room > 0 ? (size_t)room : 0;
}

postern_status unpack_deliver(struct unpack_walk *walk, postern_text name, const char *damage,
                              postern_text archive)
{
    postern_member member = {
        .size = sizeof member,
        .index = walk->delivered++,
        .name = name,
        .data = buffer_text(&walk->data),
        .damage = damage,
        .archive = archive,
    };
    walk->expanded += (int64_t)member.data.size;
    postern_status status = walk->member(walk->context, &member);
    return status < 0 ? status : POSTERN_OK;
}

postern_status unpack_check_limits(struct unpack_walk *walk, postern_text rest)
{
    const char *what = NULL;
    char size[32], words[96];
    if (walk->count >= walk->limits.member_count) {
        what = words;
        snprintf(words, sizeof words, "the archive has more than %lld members",
                 (long long)walk->limits.member_count);
    } else if (walk->expanded >= walk->limits.expansion_size) {
        what = words;
        snprintf(words, sizeof words, "the archive unpacks to more than %s",
                 size_format(walk->limits.expansion_size, size));
    }
    if (!what) return POSTERN_OK;
    postern_text damage = arena_printf(walk->arena, "%s: this part of it was not read", what);
    buffer_clear(&walk->data);
    postern_status status = POSTERN_OK;
    if (rest.size)
        status = unpack_deliver(walk, (postern_text){NULL, 0}, damage.data ? damage.data : "too large", rest);
    if (status < 0) return status;
    error_set(walk->error, POSTERN_E_LIMIT, "%s", what);
    error_remedy(walk->error,
                 "raise the limit in the configuration (limits.member_count, limits.expansion_size)");
    return POSTERN_E_LIMIT;
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

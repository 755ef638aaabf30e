/* What the readers of both formats need of the walk that they are in: room, limits, handing a member over. */
#include "base/arena.h"
#include "base/error.h"
#include "base/smaller.h"
#include "base/units.h"
#include "module/services/unpack.h"
#include <stdio.h>

size_t unpack_room(const struct unpack_walk *walk)
{
    int64_t left = walk->limits.expansion_size - walk->expanded;
    int64_t room = smaller(walk->limits.member_size, left);
    return room > 0 ? (size_t)room : 0;
}

postern_status unpack_deliver(struct unpack_walk *walk, postern_text name, const char *damage,
                              postern_text archive)
{
    postern_text data;
    postern_status status = member_data_text(&walk->data, &data, walk->error);
    if (status < 0) return status;
    postern_member member = {
        .size = sizeof member,
        .index = walk->delivered++,
        .name = name,
        .data = data,
        .damage = damage,
        .archive = archive,
    };
    walk->expanded += (int64_t)member.data.size;
    status = walk->member(walk->context, &member);
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
    member_data_begin(&walk->data, 0);
    postern_status status = POSTERN_OK;
    if (rest.size)
        status = unpack_deliver(walk, (postern_text){NULL, 0}, damage.data ? damage.data : "too large", rest);
    if (status < 0) return status;
    error_set(walk->error, POSTERN_E_LIMIT, "%s", what);
    error_remedy(walk->error,
                 "raise the limit in the configuration (limits.member_count, limits.expansion_size)");
    return POSTERN_E_LIMIT;
}

#include "archive.h"

static postern_status on_member(void *context, const postern_member *member)
{
    struct archive_walk *walk = context;
    walk->any = true;
    walk->status = walk->member(walk->context, member);
    return walk->status;
}

postern_status archive_read(struct archive_walk *walk, int32_t format, postern_text bytes)
{
    const struct reading *reading = walk->reading;
    const struct instance *instance = reading->instance;
    postern_error error = {.size = sizeof error};
    postern_status status =
        instance->unpack->each(instance->host, reading->call->arena, format, bytes, on_member, walk, &error);
    walk->unreadable = status == POSTERN_E_PROTOCOL && !walk->any;
    walk->empty = status >= 0 && !walk->any;
    if (walk->status < 0) return walk->status;                            /* its words are in the reading */
    if (status == POSTERN_E_LIMIT || walk->unreadable) return POSTERN_OK; /* the rest came as a damaged one */
    if (status < 0) return kit_fail(reading->error, status, error.remedy, "%s", error.message);
    return POSTERN_OK;
}

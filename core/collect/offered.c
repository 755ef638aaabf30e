#include "collect/offered.h"

#include <string.h>

postern_status fleet_each_offered(const struct fleet *fleet, const struct wanted *wanted,
                                  offered_visit *visit, void *context, postern_error *error)
{
    for (size_t i = 0; i < fleet->source_count; i++) {
        const struct source_instance *source = &fleet->sources[i];
        if (!config_collects(wanted->config, wanted->account, source->source->name)) continue;
        for (const postern_stream *const *stream = source->source->streams; *stream; stream++) {
            if (strcmp(wanted->account->profile->name, (*stream)->auth) != 0) continue;
            postern_status status = visit(context, source, *stream, error);
            if (status < 0) return status;
        }
    }
    return POSTERN_OK;
}

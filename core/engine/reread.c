#include "engine/reread.h"
#include "base/error.h"

static postern_status run(void *context, const struct dead_letter *letter, postern_error *error)
{
    struct engine *engine = context;
    if (!engine->reread)
        engine->reread = reread_new(&(struct reread_parts){.config = engine->config,
                                                           .registry = engine->registry,
                                                           .journal = engine->journal,
                                                           .clock = engine->clock,
                                                           .random = engine->random});
    return engine->reread ? reread_letter(engine->reread, letter, error) : error_no_memory(error, NULL);
}

struct bytes_retry engine_bytes_retry(struct engine *engine)
{
    return (struct bytes_retry){run, engine};
}

void engine_forget_reread(struct engine *engine)
{
    reread_free(engine->reread);
    engine->reread = NULL;
}

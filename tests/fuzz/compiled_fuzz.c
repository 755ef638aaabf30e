/* links: postern_sandbox */
/* A compiled chunk from anywhere: it is read or refused, and what is found in it lies in it. */
#include "base/arena.h"
#include "base/error.h"
#include "sandbox/global_uses.h"
#include <stdint.h>
#include <stdlib.h>

static void check_use(void *context, const struct global_use *use)
{
    const postern_text *dumped = context;
    bool lies_inside =
        use->name.data >= dumped->data && use->name.data + use->name.size <= dumped->data + dumped->size;
    if (!lies_inside || use->at >= use->scope->function->code_count) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    postern_text dumped = {(const char *)data, size};
    postern_arena *arena = arena_new((size_t)64 << 20);
    struct compiled_function main;
    postern_error error = ERROR_INIT;
    if (!arena) return 0;
    if (compiled_read(dumped, arena, &main, &error) >= 0) global_uses(&main, check_use, &dumped);
    arena_free(arena);
    return 0;
}

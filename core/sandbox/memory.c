/* Memory beside Lua that the scripts are the reason for: counted with Lua's, under the same limit. */
#include "base/error.h"
#include "base/units.h"
#include "sandbox/state.h"

bool sandbox_reserve(struct sandbox *sandbox, size_t bytes)
{
    if (heap_reserve(&sandbox->heap, bytes)) return true;
    if (bytes > sandbox->heap.limit) return false;
    lua_gc(sandbox->lua, LUA_GCCOLLECT); /* as Lua does before it gives up */
    return heap_reserve(&sandbox->heap, bytes);
}

void sandbox_release(struct sandbox *sandbox, size_t bytes)
{
    heap_release(&sandbox->heap, bytes);
}

static void *resize(void *owner, void *block, size_t old_size, size_t new_size)
{
    struct sandbox *sandbox = owner;
    size_t more = new_size > old_size ? new_size - old_size : 0;
    if (more && !sandbox_reserve(sandbox, more)) return NULL;
    void *resized = NULL;
    if (new_size)
        resized = realloc(block, new_size);
    else
        free(block);
    if (!resized && more) {
        sandbox_release(sandbox, more);
        sandbox->heap.starved = true;
        return NULL;
    }
    if (!more) sandbox_release(sandbox, old_size - new_size);
    return resized || !new_size ? resized : block; /* shrinking must not fail */
}

void memory_open(struct sandbox *sandbox)
{
    sandbox->allocator = (struct allocator){resize, sandbox};
}

const struct allocator *sandbox_allocator(struct sandbox *sandbox)
{
    return &sandbox->allocator;
}

postern_status sandbox_describe_memory(const struct sandbox *sandbox, const char *who, postern_error *error)
{
    char limit[32];
    if (!sandbox->heap.refused || sandbox->heap.starved) return error_no_memory(error, NULL);
    return error_set(error, POSTERN_E_LIMIT, "%s%s more than %s of memory", sandbox->memory_place, who,
                     size_format(sandbox->limits.memory_bytes, limit));
}

/* A text instead of Lua's own status, so that the traceback is written; describe_failure knows it. */
void sandbox_out_of_memory(lua_State *L)
{
    struct heap *heap = &sandbox_of_state(L)->heap;
    if (!heap->starved) {
        heap->refused = true;
        limits_note_refusal(heap->owner);
    }
    lua_pushliteral(L, MEMORY_MESSAGE); /* which Lua keeps ready: it needs no memory */
    lua_error(L);
    abort();
}

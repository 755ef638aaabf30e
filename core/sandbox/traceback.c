/* Where a script was when it failed: the stack in words, and its first place. */
#include "base/buffer.h"
#include "sandbox/state.h"
#include <stdio.h>
#include <string.h>

#define FIRST_LEVELS 12 /* shown of a deep stack */
#define LAST_LEVELS  8

static int count_levels(lua_State *L)
{
    lua_Debug activation;
    int low = 1, high = 1;
    while (lua_getstack(L, high, &activation)) {
        low = high;
        high *= 2;
    }
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (lua_getstack(L, middle, &activation))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The chunk's name: paths whole, not cut to 59 bytes as in `short_src`. */
static const char *chunk_name(const lua_Debug *activation)
{
    return activation->source[0] == '@' ? activation->source + 1 : activation->short_src;
}

static void write_level(lua_State *L, lua_Debug *activation, struct buffer *out)
{
    lua_getinfo(L, "Sln", activation);
    if (activation->currentline > 0)
        buffer_printf(out, "\n  %.200s:%d: in ", chunk_name(activation), activation->currentline);
    else
        buffer_append_string(out, "\n  [library]: in ");
    if (activation->name)
        buffer_printf(out, "%s '%.60s'", activation->namewhat, activation->name);
    else if (strcmp(activation->what, "main") == 0)
        buffer_append_string(out, "the main chunk");
    else if (activation->linedefined > 0)
        buffer_printf(out, "the function of line %d", activation->linedefined);
    else
        buffer_append_string(out, "a function");
}

void traceback_write(lua_State *L, int level, struct buffer *out)
{
    lua_Debug activation;
    int levels = count_levels(L);
    buffer_append_string(out, "stack traceback:");
    for (; level < levels && lua_getstack(L, level, &activation); level++) {
        if (level == FIRST_LEVELS && levels > FIRST_LEVELS + LAST_LEVELS) {
            buffer_printf(out, "\n  ... (%d levels left out)", levels - FIRST_LEVELS - LAST_LEVELS);
            level = levels - LAST_LEVELS - 1;
            continue;
        }
        write_level(L, &activation, out);
    }
}

void traceback_place(lua_State *L, char *place, size_t capacity)
{
    lua_Debug activation;
    place[0] = 0;
    for (int level = 0; lua_getstack(L, level, &activation); level++) {
        lua_getinfo(L, "Sl", &activation);
        if (activation.currentline <= 0) continue;
        snprintf(place, capacity, "%.120s:%d: ", chunk_name(&activation), activation.currentline);
        return;
    }
}

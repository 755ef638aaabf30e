#include "script/map/compiler.h"

#include "sandbox/sandbox.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK_SIZE ((size_t)4096)
#define NAME_LIMIT 60000 /* slots are 16 bits wide */
#define RUN_LIMIT  256   /* places side by side in a table of names: no names but made-up ones come near */

void compile_error(struct compiler *compiler, const char *format, ...)
{
    char message[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    luaL_error(compiler->L, "map: %s%s", compiler->place, message);
    abort();
}

/* ---- Memory: userdata of the Lua state, so that the script's limit holds for maps as well ---- */

void *compile_allocate(struct compiler *compiler, size_t bytes)
{
    bytes = (bytes + 15) & ~(size_t)15;
    if (bytes > compiler->chunk_left) {
        size_t size = bytes > CHUNK_SIZE ? bytes : CHUNK_SIZE;
        compiler->chunk = lua_newuserdatauv(compiler->L, size, 0);
        memset(compiler->chunk, 0, size);
        compiler->chunk_left = size;
        lua_rawseti(compiler->L, compiler->held, ++compiler->held_count);
    }
    void *place = compiler->chunk;
    compiler->chunk += bytes;
    compiler->chunk_left -= bytes;
    return place;
}

void *compile_array(struct compiler *compiler, size_t count, size_t element)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, element, &bytes) || bytes > PTRDIFF_MAX)
        bridge_out_of_memory(compiler->L);
    return compile_allocate(compiler, bytes);
}

postern_text compile_copy(struct compiler *compiler, postern_text text)
{
    char *copy = compile_allocate(compiler, text.size + 1);
    if (text.size) memcpy(copy, text.data, text.size);
    return (postern_text){copy, text.size};
}

postern_text compile_text(struct compiler *compiler, int index)
{
    postern_text text;
    text.data = lua_tolstring(compiler->L, index, &text.size);
    return compile_copy(compiler, text);
}

int compile_hold(struct compiler *compiler, int index)
{
    lua_pushvalue(compiler->L, index);
    lua_rawseti(compiler->L, compiler->held, ++compiler->held_count);
    return compiler->held_count;
}

void compile_site(struct compiler *compiler, const struct step *step)
{
    if (compiler->site_count == compiler->site_capacity) {
        size_t capacity = compiler->site_capacity ? compiler->site_capacity * 2 : 32;
        struct map_site *sites = compile_array(compiler, capacity, sizeof *sites);
        if (compiler->site_count) memcpy(sites, compiler->sites, compiler->site_count * sizeof *sites);
        compiler->sites = sites;
        compiler->site_capacity = capacity;
    }
    compiler->sites[compiler->site_count++] = (struct map_site){step, compiler->target};
}

/* ---- Names ---- */

uint32_t compile_name(struct compiler *compiler, struct name_list *list, postern_text name)
{
    bool ignore_case = list == &compiler->fields && compiler->ignore_case;
    sandbox_charge(compiler->L, (int64_t)(1 + list->count / 4));
    for (size_t i = 0; i < list->count; i++)
        if (map_name_is(list->names[i], name, ignore_case)) return (uint32_t)i;
    if (list->count == NAME_LIMIT) compile_error(compiler, "too many names");
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 32;
        postern_text *names = compile_allocate(compiler, capacity * sizeof *names);
        uint64_t *bits = compile_allocate(compiler, capacity * sizeof *bits);
        if (list->count) memcpy(names, list->names, list->count * sizeof *names);
        if (list->count) memcpy(bits, list->bits, list->count * sizeof *bits);
        list->names = names;
        list->bits = bits;
        list->capacity = capacity;
    }
    list->names[list->count] = compile_copy(compiler, name);
    list->bits[list->count] = 0;
    return (uint32_t)list->count++;
}

uint64_t compile_bit(struct compiler *compiler, uint32_t slot, uint64_t shared)
{
    struct name_list *list = &compiler->fields;
    if (!list->bits[slot]) list->bits[slot] = shared ? shared : UINT64_C(1) << (list->bits_given++ % 64);
    return list->bits[slot];
}

/* Every name of an event is looked up: a name that is not there must find a free place soon. */
static void check_runs(struct compiler *compiler, const uint16_t *table, uint32_t size)
{
    for (uint32_t at = 0, run = 0; at < 2 * size; at++) { /* round the end as well */
        run = table[at & (size - 1)] ? run + 1 : 0;
        if (run > RUN_LIMIT) compile_error(compiler, "the names of the fields are too much alike");
    }
}

const struct map_names *compile_names(struct compiler *compiler, const struct name_list *list,
                                      bool ignore_case)
{
    uint32_t size = 4;
    while (size < list->count * 3)
        size *= 2;
    struct map_names *made = compile_allocate(compiler, sizeof *made);
    struct map_name *names = compile_allocate(compiler, (list->count + 1) * sizeof *names);
    uint16_t *table = compile_allocate(compiler, size * sizeof *table);
    for (uint32_t slot = 0; slot < list->count; slot++) {
        struct map_name *name = &names[slot];
        name->text = list->names[slot];
        name->ends = map_name_ends_of(name->text);
        name->hash = map_name_hash(name->text, name->ends);
        uint32_t at = names[slot].hash & (size - 1);
        for (; table[at]; at = (at + 1) & (size - 1))
            sandbox_charge(compiler->L, 1);
        table[at] = (uint16_t)(slot + 1);
    }
    check_runs(compiler, table, size);
    *made = (struct map_names){names, table, list->bits, (uint32_t)list->count, size - 1, ignore_case};
    return made;
}

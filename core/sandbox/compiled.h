/* A compiled chunk, as lua_dump writes it: its functions, their constants, names and lines. Pure reading of
 * Lua 5.4's format; anything else is refused. */
#ifndef POSTERN_SANDBOX_COMPILED_H
#define POSTERN_SANDBOX_COMPILED_H

#include <postern/module.h>

struct compiled_upvalue {
    postern_text name;
    uint8_t index;
    bool is_local; /* of the function around: register `index`, else that function's upvalue `index` */
};

struct compiled_local {
    postern_text name;
    uint32_t from, until; /* instructions */
};

struct compiled_function {
    const uint32_t *code;
    const int32_t *lines; /* of each instruction */
    size_t code_count;
    const postern_text *constants; /* data NULL: no text */
    size_t constant_count;
    const struct compiled_upvalue *upvalues;
    size_t upvalue_count;
    const struct compiled_local *locals;
    size_t local_count;
    const struct compiled_function *functions; /* inside this one */
    size_t function_count;
};

/* All of it lies in the arena and in `dumped`. */
postern_status compiled_read(postern_text dumped, postern_arena *arena, struct compiled_function *main,
                             postern_error *error);

#endif

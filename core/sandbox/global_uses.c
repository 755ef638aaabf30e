#include "sandbox/global_uses.h"

/* Of lopcodes.h of Lua 5.4. */
enum opcode {
    LOADK = 3,
    LOADKX = 4,
    GETUPVAL = 9,
    SETUPVAL = 10,
    GETTABUP = 11,
    GETTABLE = 12,
    SETTABUP = 15,
    EXTRAARG = 82
};

struct instruction {
    enum opcode opcode;
    unsigned a, b, c;
    uint32_t constant; /* of LOADK */
    uint32_t extra;    /* of EXTRAARG */
};

struct global_search {
    global_visitor *visit;
    void *context;
};

/* Which of a function's upvalues are the table of globals; upvalues are numbered by a byte. */
struct globals_at {
    bool is[256];
};

static struct instruction instruction_at(const struct compiled_function *function, size_t at)
{
    uint32_t code = at < function->code_count ? function->code[at] : 0;
    return (struct instruction){.opcode = (enum opcode)(code & 0x7f),
                                .a = code >> 7 & 0xff,
                                .b = code >> 16 & 0xff,
                                .c = code >> 24,
                                .constant = code >> 15,
                                .extra = code >> 7};
}

static postern_text constant(const struct compiled_function *function, size_t number)
{
    return number < function->constant_count ? function->constants[number] : (postern_text){0};
}

/* In a function with more constants than an instruction can name, the table of globals and the name go
 * through registers: GETUPVAL r; LOADK r+1 (or LOADKX r+1, EXTRAARG); GETTABLE ... r r+1. Where no GETTABLE
 * follows, what is to be set is worked out first. */
static postern_text name_in_registers(const struct compiled_function *function, size_t at, bool *is_set)
{
    struct instruction table = instruction_at(function, at), key = instruction_at(function, at + 1);
    size_t number = key.constant, behind = at + 2;
    if (key.opcode == LOADKX) {
        number = instruction_at(function, behind).extra;
        if (instruction_at(function, behind++).opcode != EXTRAARG) return (postern_text){0};
    } else if (key.opcode != LOADK) {
        return (postern_text){0};
    }
    struct instruction get = instruction_at(function, behind);
    *is_set = get.opcode != GETTABLE || get.b != table.a || get.c != key.a;
    return key.a != table.a ? constant(function, number) : (postern_text){0};
}

static void search_function(const struct global_search *search, const struct global_scope *scope,
                            const struct globals_at *globals)
{
    const struct compiled_function *function = scope->function;
    for (size_t at = 0; at < function->code_count; at++) {
        struct instruction instruction = instruction_at(function, at);
        postern_text name = {0};
        bool is_set = instruction.opcode == SETTABUP;
        if (is_set && globals->is[instruction.a])
            name = constant(function, instruction.b);
        else if (instruction.opcode == GETTABUP && globals->is[instruction.b])
            name = constant(function, instruction.c);
        else if (instruction.opcode == GETUPVAL && globals->is[instruction.b])
            name = name_in_registers(function, at, &is_set);
        struct global_use use = {name, function->lines ? function->lines[at] : 0, at, scope, is_set};
        if (name.data) search->visit(search->context, &use);
    }
}

static bool replaces_globals(const struct compiled_function *function, const struct globals_at *globals)
{
    for (size_t at = 0; at < function->code_count; at++) {
        struct instruction instruction = instruction_at(function, at);
        if (instruction.opcode == SETUPVAL && globals->is[instruction.b]) return true;
    }
    return false;
}

static void globals_of(const struct compiled_function *function, const struct globals_at *around,
                       struct globals_at *globals)
{
    *globals = (struct globals_at){{false}};
    for (size_t i = 0; i < function->upvalue_count && i < 256; i++) {
        const struct compiled_upvalue *upvalue = &function->upvalues[i];
        globals->is[i] = !upvalue->is_local && around->is[upvalue->index];
    }
}

/* In the function and in all that are inside it; `search` NULL: asks only whether one replaces the globals.
 */
static bool walk(const struct global_search *search, const struct global_scope *scope,
                 const struct globals_at *globals)
{
    if (!search && replaces_globals(scope->function, globals)) return true;
    if (search) search_function(search, scope, globals);
    for (size_t i = 0; i < scope->function->function_count; i++) {
        struct global_scope inner = {&scope->function->functions[i], scope};
        struct globals_at own;
        globals_of(inner.function, globals, &own);
        if (walk(search, &inner, &own)) return true;
    }
    return false;
}

void global_uses(const struct compiled_function *main, global_visitor *visit, void *context)
{
    struct global_scope scope = {main, NULL};
    struct globals_at globals = {{true}}; /* a chunk's only upvalue */
    struct global_search search = {visit, context};
    if (!walk(NULL, &scope, &globals)) walk(&search, &scope, &globals);
}

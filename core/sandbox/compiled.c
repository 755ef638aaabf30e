#include "sandbox/compiled.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include <lua.h>

/* lundump.h and lopcodes.h of Lua 5.4, which it does not install. */
#define HEAD          LUA_SIGNATURE "\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08" /* version, format, data, sizes */
#define TEST_INTEGER  0x5678
#define TEST_NUMBER   370.5
#define LINE_IS_WHOLE (-0x80) /* in place of a difference: the line is in the list of whole ones */
#define NESTING_LIMIT 250     /* of functions in functions; Lua's own is 200 */

enum constant_type {
    NIL = 0x00,
    FALSE_ = 0x01,
    TRUE_ = 0x11,
    INTEGER = 0x03,
    NUMBER = 0x13,
    SHORT = 0x04,
    LONG = 0x14
};

struct dump_reader {
    const unsigned char *at, *end;
    postern_arena *arena;
    bool failed, starved;
};

/* ---- Pieces ---- */

static const unsigned char *take(struct dump_reader *reader, size_t size)
{
    if (reader->failed || (size_t)(reader->end - reader->at) < size) {
        reader->failed = true;
        return NULL;
    }
    const unsigned char *taken = reader->at;
    reader->at += size;
    return taken;
}

static unsigned char byte(struct dump_reader *reader)
{
    const unsigned char *taken = take(reader, 1);
    return taken ? *taken : 0;
}

/* Seven bits a byte, the highest first; the last byte has the eighth bit. */
static size_t size_of(struct dump_reader *reader, size_t limit)
{
    size_t size = 0;
    unsigned char part;
    do {
        part = byte(reader);
        if (size > limit >> 7) reader->failed = true;
        size = size << 7 | (part & 0x7f);
    } while (!reader->failed && !(part & 0x80));
    if (size > limit) reader->failed = true;
    return reader->failed ? 0 : size;
}

static int32_t integer(struct dump_reader *reader)
{
    return (int32_t)size_of(reader, INT32_MAX);
}

/* The size counts one more than the text; 0 = none. */
static postern_text text(struct dump_reader *reader)
{
    size_t size = size_of(reader, SIZE_MAX >> 8);
    const unsigned char *taken = size ? take(reader, size - 1) : NULL;
    return taken ? (postern_text){(const char *)taken, size - 1} : (postern_text){0};
}

/* Room for a list whose elements take at least `least` bytes each in the dump; its count. */
static void *list(struct dump_reader *reader, size_t least, size_t element, size_t *count)
{
    *count = size_of(reader, INT32_MAX);
    if (*count > (size_t)(reader->end - reader->at) / least) reader->failed = true;
    void *room = reader->failed ? NULL : arena_allocate(reader->arena, (*count + 1) * element);
    if (!reader->failed && !room) reader->failed = reader->starved = true;
    if (!room) *count = 0;
    return room;
}

/* ---- A function ---- */

static void read_code(struct dump_reader *reader, struct compiled_function *function)
{
    uint32_t *code = list(reader, sizeof *code, sizeof *code, &function->code_count);
    const unsigned char *taken = take(reader, function->code_count * sizeof *code);
    if (taken) memcpy(code, taken, function->code_count * sizeof *code);
    function->code = code;
}

static void read_constants(struct dump_reader *reader, struct compiled_function *function)
{
    postern_text *constants = list(reader, 1, sizeof *constants, &function->constant_count);
    for (size_t i = 0; i < function->constant_count && !reader->failed; i++) {
        switch (byte(reader)) {
        case NIL:
        case FALSE_:
        case TRUE_:
            break;
        case INTEGER:
            take(reader, sizeof(lua_Integer));
            break;
        case NUMBER:
            take(reader, sizeof(lua_Number));
            break;
        case SHORT:
        case LONG:
            constants[i] = text(reader);
            if (!constants[i].data) reader->failed = true;
            break;
        default:
            reader->failed = true;
        }
    }
    function->constants = constants;
}

static struct compiled_upvalue *read_upvalues(struct dump_reader *reader, struct compiled_function *function)
{
    struct compiled_upvalue *upvalues = list(reader, 3, sizeof *upvalues, &function->upvalue_count);
    for (size_t i = 0; i < function->upvalue_count; i++) {
        upvalues[i].is_local = byte(reader) != 0;
        upvalues[i].index = byte(reader);
        byte(reader); /* its kind */
    }
    function->upvalues = upvalues;
    return upvalues;
}

static void read_lines(struct dump_reader *reader, struct compiled_function *function, int32_t line)
{
    size_t count, whole_count;
    int8_t *differences = list(reader, 1, 1, &count);
    const unsigned char *taken = take(reader, count);
    int32_t *lines =
        function->code_count ? arena_allocate(reader->arena, function->code_count * sizeof *lines) : NULL;
    if (function->code_count && !lines) reader->failed = reader->starved = true;
    if (count != function->code_count) reader->failed = true;
    int32_t *whole = list(reader, 2, sizeof *whole, &whole_count);
    for (size_t i = 0; i < whole_count; i++) {
        integer(reader); /* its instruction */
        whole[i] = integer(reader);
    }
    if (reader->failed || !taken || !lines) return;
    memcpy(differences, taken, count);
    for (size_t i = 0, next = 0; i < count; i++) {
        if (differences[i] == LINE_IS_WHOLE && next == whole_count) reader->failed = true;
        if (reader->failed) return;
        if (differences[i] == LINE_IS_WHOLE)
            line = whole[next++];
        else if (__builtin_add_overflow(line, differences[i], &line))
            reader->failed = true;
        lines[i] = line;
    }
    function->lines = lines;
}

static void read_names(struct dump_reader *reader, struct compiled_function *function,
                       struct compiled_upvalue *upvalues)
{
    size_t count;
    struct compiled_local *locals = list(reader, 3, sizeof *locals, &function->local_count);
    for (size_t i = 0; i < function->local_count; i++) {
        locals[i].name = text(reader);
        locals[i].from = (uint32_t)integer(reader);
        locals[i].until = (uint32_t)integer(reader);
    }
    function->locals = locals;
    count = size_of(reader, INT32_MAX);
    if (count != function->upvalue_count) reader->failed = true;
    for (size_t i = 0; i < count && !reader->failed; i++)
        upvalues[i].name = text(reader);
}

static void read_function(struct dump_reader *reader, struct compiled_function *function, int depth)
{
    if (depth == NESTING_LIMIT) reader->failed = true;
    text(reader); /* the source */
    int32_t line = integer(reader);
    integer(reader); /* its last line */
    take(reader, 3); /* parameters, whether there are more, stack */
    read_code(reader, function);
    read_constants(reader, function);
    struct compiled_upvalue *upvalues = read_upvalues(reader, function);
    struct compiled_function *functions = list(reader, 12, sizeof *functions, &function->function_count);
    for (size_t i = 0; i < function->function_count && !reader->failed; i++)
        read_function(reader, &functions[i], depth + 1);
    function->functions = functions;
    read_lines(reader, function, line);
    read_names(reader, function, upvalues);
}

static void read_head(struct dump_reader *reader)
{
    static const char signature[] = HEAD;
    _Static_assert(sizeof(lua_Integer) == 8 && sizeof(lua_Number) == 8, "as the head says");
    lua_Integer test_integer = 0;
    lua_Number test_number = 0;
    const unsigned char *head = take(reader, sizeof signature - 1);
    if (head && memcmp(head, signature, sizeof signature - 1) != 0) reader->failed = true;
    const unsigned char *integers = take(reader, sizeof test_integer),
                        *numbers = take(reader, sizeof test_number);
    if (!integers || !numbers) return;
    memcpy(&test_integer, integers, sizeof test_integer);
    memcpy(&test_number, numbers, sizeof test_number);
    if (test_integer != TEST_INTEGER || test_number != TEST_NUMBER) reader->failed = true;
    byte(reader); /* upvalues, which are counted again */
}

postern_status compiled_read(postern_text dumped, postern_arena *arena, struct compiled_function *main,
                             postern_error *error)
{
    struct dump_reader reader = {(const unsigned char *)dumped.data,
                                 (const unsigned char *)dumped.data + dumped.size, arena, false, false};
    struct compiled_function made = {0};
    read_head(&reader);
    read_function(&reader, &made, 0);
    if (reader.starved) return error_no_memory(error, NULL);
    if (reader.failed || reader.at != reader.end)
        return error_set(error, POSTERN_E_PROTOCOL, "this is no compiled chunk of Lua 5.4");
    *main = made;
    return POSTERN_OK;
}

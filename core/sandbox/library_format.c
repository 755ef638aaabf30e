/* string.format: Lua's conversions without %p (an address) and %q (nothing here reads Lua back). Widths and
 * precisions have two digits at the most, so that no conversion makes more than a few hundred bytes out of a
 * number. */
#include "sandbox/state.h"
#include <stdio.h>
#include <string.h>

#define SPECIFICATION_SIZE 32
#define NUMBER_SIZE        512 /* "%99.99f" of the largest double has 409 characters */

/* One conversion: "%-10.3f". */
struct specification {
    char text[SPECIFICATION_SIZE]; /* as for snprintf, without the letter */
    size_t size;
    char letter;
    bool has_precision, has_width;
};

static size_t copy_digits(struct specification *out, const char **format, const char *end)
{
    size_t count = 0;
    while (*format < end && **format >= '0' && **format <= '9' && count < 2) {
        out->text[out->size++] = *(*format)++;
        count++;
    }
    return count;
}

/* Reads what stands behind a '%'. */
static void read_specification(lua_State *L, const char **format, const char *end, struct specification *out)
{
    const char *start = *format;
    *out = (struct specification){.text = "%", .size = 1};
    size_t flags = 0;
    while (*format < end && **format && strchr("-+ #0", **format) && flags++ < 5)
        out->text[out->size++] = *(*format)++;
    out->has_width = copy_digits(out, format, end) > 0;
    if (*format < end && **format == '.') {
        out->text[out->size++] = *(*format)++;
        copy_digits(out, format, end);
        out->has_precision = true;
    }
    out->letter = *format < end ? *(*format)++ : 0;
    if (!out->letter || !strchr("cdiuoxXeEfFgGaAs", out->letter)) {
        size_t size = (size_t)(*format - start);
        lua_pushlstring(L, start, size < 20 ? size : 20);
        luaL_error(L, "invalid conversion '%%%s' to 'format'", lua_tostring(L, -1));
    }
}

static void finish(struct specification *specification, const char *length, char letter)
{
    size_t room = sizeof(specification->text) - specification->size;
    snprintf(specification->text + specification->size, room, "%s%c", length, letter);
}

/* The format string is made above from checked parts. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void add_integer(lua_State *L, luaL_Buffer *out, struct specification *specification, int argument)
{
    finish(specification, "ll", specification->letter);
    long long value = (long long)luaL_checkinteger(L, argument);
    char *room = luaL_prepbuffsize(out, NUMBER_SIZE);
    int size = snprintf(room, NUMBER_SIZE, specification->text, value);
    luaL_addsize(out, (size_t)size);
}

static void add_number(lua_State *L, luaL_Buffer *out, struct specification *specification, int argument)
{
    finish(specification, "", specification->letter);
    double value = luaL_checknumber(L, argument);
    char *room = luaL_prepbuffsize(out, NUMBER_SIZE);
    int size = snprintf(room, NUMBER_SIZE, specification->text, value);
    luaL_addsize(out, (size_t)size);
}

static void add_character(lua_State *L, luaL_Buffer *out, struct specification *specification, int argument)
{
    finish(specification, "", 'c');
    int value = (int)(unsigned char)luaL_checkinteger(L, argument);
    char *room = luaL_prepbuffsize(out, NUMBER_SIZE);
    int size = snprintf(room, NUMBER_SIZE, specification->text, value);
    luaL_addsize(out, (size_t)size);
}

static void add_string(lua_State *L, luaL_Buffer *out, struct specification *specification, int argument)
{
    size_t size;
    const char *text = sandbox_tolstring(L, argument, &size);
    sandbox_charge(L, sandbox_bytes_cost(size));
    if (!specification->has_width && !specification->has_precision) {
        luaL_addvalue(out);
        return;
    }
    luaL_argcheck(L, strlen(text) == size, argument, "string contains zeros");
    if (size >= 100 && !specification->has_precision) { /* longer than any width */
        luaL_addvalue(out);
        return;
    }
    finish(specification, "", 's');
    char room[NUMBER_SIZE];
    int written = snprintf(room, sizeof(room), specification->text, text);
    lua_pop(L, 1);
    luaL_addlstring(out, room, (size_t)written);
}

#pragma GCC diagnostic pop

static void add_conversion(lua_State *L, luaL_Buffer *out, struct specification *specification, int argument)
{
    switch (specification->letter) {
    case 'c':
        add_character(L, out, specification, argument);
        break;
    case 's':
        add_string(L, out, specification, argument);
        break;
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X':
        add_integer(L, out, specification, argument);
        break;
    default:
        add_number(L, out, specification, argument);
        break;
    }
}

int library_format(lua_State *L)
{
    size_t size;
    const char *format = luaL_checklstring(L, 1, &size), *end = format + size;
    int argument = 1, argument_count = lua_gettop(L);
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    sandbox_charge(L, sandbox_bytes_cost(size));
    while (format < end) {
        const char *percent = memchr(format, '%', (size_t)(end - format));
        if (!percent) percent = end;
        luaL_addlstring(&out, format, (size_t)(percent - format));
        if (percent == end) break;
        format = percent + 1;
        sandbox_charge(L, 2);
        if (format < end && *format == '%') {
            luaL_addchar(&out, '%');
            format++;
            continue;
        }
        struct specification specification;
        read_specification(L, &format, end, &specification);
        if (++argument > argument_count) luaL_argerror(L, argument, "no value");
        add_conversion(L, &out, &specification, argument);
    }
    luaL_pushresult(&out);
    return 1;
}

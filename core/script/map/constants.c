/* Constants of a map: texts and JSON that are made once. */
#include "script/map/compile.h"

#include "base/text.h"
#include "script/event/encode.h"
#include <postern/kit.h>

static bool needs_no_escape(postern_text text)
{
    return kit_find_special(text.data, text.data + text.size, false) == text.data + text.size &&
           text_is_utf8(text);
}

struct map_value compile_constant(struct compiler *compiler, int index)
{
    lua_State *L = compiler->L;
    if (lua_type(L, index) == LUA_TSTRING) {
        postern_text text = compile_text(compiler, index);
        return map_text_value(text, needs_no_escape(text) ? TEXT_CLEAN : TEXT_PLAIN, ORIGIN_NONE);
    }
    struct buffer *line = &compiler->bridge->line;
    size_t before = line->size;
    bool was_unproven = compiler->bridge->is_unproven;
    compiler->bridge->is_unproven = false;
    encode_lua_value(L, compiler->bridge, index, "constant", line);
    if (compiler->bridge->is_unproven) compile_error(compiler, "a name in a constant is no UTF-8");
    compiler->bridge->is_unproven = was_unproven;
    postern_text json = compile_copy(compiler, (postern_text){line->data + before, line->size - before});
    bridge_end_line(compiler->bridge, before);
    int type = json.data[0] == '{'                          ? POSTERN_JSON_OBJECT
               : json.data[0] == '['                        ? POSTERN_JSON_ARRAY
               : json.data[0] == 'n'                        ? POSTERN_JSON_NULL
               : json.data[0] == 't' || json.data[0] == 'f' ? POSTERN_JSON_BOOLEAN
                                                            : POSTERN_JSON_NUMBER;
    if (type == POSTERN_JSON_NULL) compile_error(compiler, "null cannot be a constant: leave the entry out");
    return map_json_value(json, type, ORIGIN_NONE);
}

const struct map_value *compile_constants(struct compiler *compiler, int index, size_t *count, bool *is_list)
{
    lua_State *L = compiler->L;
    index = lua_absindex(L, index);
    *is_list = lua_type(L, index) == LUA_TTABLE && lua_rawlen(L, index) > 0;
    *count = *is_list ? lua_rawlen(L, index) : 1;
    struct map_value *values = compile_array(compiler, *count, sizeof *values);
    for (size_t i = 0; i < *count; i++) {
        if (*is_list)
            lua_rawgeti(L, index, (lua_Integer)i + 1);
        else
            lua_pushvalue(L, index);
        values[i] = compile_constant(compiler, lua_gettop(L));
        lua_pop(L, 1);
    }
    return values;
}

/* The arguments of an expression while it is compiled. */
#include "script/map/compile.h"

void call_push_argument(const struct map_call *call, int number)
{
    lua_rawgeti(call->compiler->L, call->arguments, number);
}

postern_text call_text_argument(const struct map_call *call, int number)
{
    call_push_argument(call, number);
    postern_text text = compile_text(call->compiler, -1);
    lua_pop(call->compiler->L, 1);
    return text;
}

/* postern.script: while a script is loaded, what a neighbouring file returned. */
#ifndef POSTERN_SCRIPT_NEIGHBOUR_TAKE_H
#define POSTERN_SCRIPT_NEIGHBOUR_TAKE_H

#include "script/neighbour/files.h"
#include <lua.h>

struct neighbour_call;

/* What belongs to one Lua state; it must outlive it. */
struct neighbour_context {
    struct neighbour_files *files; /* shared by the states of a set */
    const char *path, *directory;  /* of the script that is being loaded; NULL: none is */
    const struct neighbour_call *innermost;
};

/* Adds the function to the table on the top of the stack. */
void neighbour_take_open(lua_State *L, struct neighbour_context *context);

#endif

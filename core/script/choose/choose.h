/* postern.choose { ... }: which of several maps, functions and so on an event goes to, decided in C.
 * core/script/README.md describes what scripts can say. */
#ifndef POSTERN_SCRIPT_CHOOSE_CHOOSE_H
#define POSTERN_SCRIPT_CHOOSE_CHOOSE_H

#include "script/choose/kind.h"

/* Adds `choose` to the table on the top of the stack. */
void choose_open(lua_State *L, struct bridge *bridge);

/* Puts what the choice on the top of the stack has for the event on the tape in its place, and says what that
 * is: no choice, since choices among the cases are followed. */
enum choose_kind choose_pick(lua_State *L, struct bridge *bridge, const struct json_tape *tape,
                             const struct json_node *root);

#endif

/* Lua's own operators between expressions of a map: `field "a" or field "b"` always is the first, `and` the
 * second, `not` and `==` a boolean, whatever the event. Lua cannot be asked about the first two while the
 * script runs. So each call that makes an expression is noted while scripts are loaded, with its line and its
 * name, and then the script's text is read: an operator whose operand is such a call, or a local that is
 * such a call and nothing else, is an error. What is chosen by options (`wanted and field "a" or field "b"`)
 * has no expression where Lua decides, and is none. */
#ifndef POSTERN_SCRIPT_MAP_OPERATORS_H
#define POSTERN_SCRIPT_MAP_OPERATORS_H

#include <lauxlib.h>
#include <postern/module.h>

/* From now on calls are noted; what was noted before is forgotten. */
void map_operators_begin(lua_State *L);
void map_operators_end(lua_State *L);
/* The function that runs made an expression. */
void map_operators_note(lua_State *L);
/* Raises an error that names the place if a file that has run holds such an operator. */
void map_operators_check(lua_State *L, const char *path, postern_text text);

#endif

/* Values between JSON and Lua.
 *
 * null is postern.null; an object is a table; a list is a table whose metatable says so, so that an empty one
 * stays a list; an integer within 64 bits is an integer, every other number a float; a string is its bytes.
 */
#ifndef POSTERN_SCRIPT_EVENT_VALUE_H
#define POSTERN_SCRIPT_EVENT_VALUE_H

#include "base/json.h"
#include "script/event/document.h"
#include <lua.h>

/* The name in the registry of the metatable that marks lists. */
#define VALUE_LIST "postern.list"

/* Pushes a node and all that is in it. NULL is null. Of equal keys the first counts. Raises an error if
 * memory is out; pays sandbox_charge for each value. */
void value_push(lua_State *L, const struct json_tape *tape, const struct json_node *node);
/* Pushes what stands between the quotes of a string or key. */
void value_push_text(lua_State *L, postern_text raw, bool escaped);
/* Makes the table on the top of the stack a list. */
void value_mark_list(lua_State *L);

struct view;
/* Pushes what a script reads out of the view's document; JSON's null as postern.null. */
void value_push_kept(lua_State *L, struct view *view, struct event_value value);
/* A Lua value to be put into the view's document; raises an error for what JSON cannot say (value_take.c). */
struct event_value value_from_lua(lua_State *L, int index, struct view *view);

#endif

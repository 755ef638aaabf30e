/* From events and Lua values to JSON text. */
#ifndef POSTERN_SCRIPT_EVENT_ENCODE_H
#define POSTERN_SCRIPT_EVENT_ENCODE_H

#include "script/event/bridge.h"
#include "script/event/document.h"

/* Appends a document as it is now, without line breaks. Raises an error that names the place if something in
 * it cannot be written. */
void encode_document(lua_State *L, struct bridge *bridge, const struct event_document *document,
                     const struct json_node *node, struct buffer *out);
/* The same for the Lua value at `index`: tables, events, lines, scalars. `what` begins the place: "event". */
void encode_lua_value(lua_State *L, struct bridge *bridge, int index, const char *what, struct buffer *out);

#endif

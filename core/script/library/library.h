/* The helper library: what scripts find in `postern` beside the event and the map. library.md
 * lists it.
 *
 * Two rules for all of it. nil and postern.null in give nil out. What reads or asks (parse, email, url, ip,
 * lookup ...) answers nil or false to what it cannot read; what changes a text (lower, replace, hash ...)
 * raises an error if it is given something else than a text. Everything is bounded, pays sandbox_charge for
 * loops, and keeps no state. */
#ifndef POSTERN_SCRIPT_LIBRARY_LIBRARY_H
#define POSTERN_SCRIPT_LIBRARY_LIBRARY_H

#include "script/lookup/files.h"
#include <lua.h>
#include <postern/module.h>

struct bridge;

/* What the library needs from whoever runs the scripts. It must outlive the state. */
struct script_library_context {
    /* The files that lookups read: one collection per script set, shared by its runners. */
    struct lookup_files *files;
    /* The directory of the script that runs at the moment: set it before each script is run, at load and per
     * event. Lookups read below it only. */
    const char *directory;
    /* The state's bridge, which writes JSON for postern.json.encode; NULL: that function is not available. */
    struct bridge *bridge;
};

/* Adds the library's functions to the table on the top of the stack and leaves it there. */
void script_library_open(lua_State *L, const struct script_library_context *context);

#endif

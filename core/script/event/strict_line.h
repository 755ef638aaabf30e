/* The lines that leave are strict JSON (parse/strict_json.h), though what comes in need not be.
 *
 * What scripts and maps write themselves is strict as they write it, and so is what is copied from an event
 * that is. So whatever comes from outside is looked at once: if it is not strict, the bridge remembers, and
 * the lines of this event are mended before they leave. */
#ifndef POSTERN_SCRIPT_EVENT_STRICT_LINE_H
#define POSTERN_SCRIPT_EVENT_STRICT_LINE_H

#include "parse/strict_json.h"
#include "script/event/bridge.h"

/* A text from outside lies on the tape, parts of which may be copied. Its names are looked at when they are.
 */
static inline void strict_note_text(struct bridge *bridge, const struct json_tape *tape)
{
    if (!json_is_unicode(tape)) bridge->is_unproven = true;
}

/* The container will be copied as it is. */
void strict_note_names(struct bridge *bridge, const struct json_tape *tape,
                       const struct json_node *container);
/* The event or a part of it will be copied as it is. */
void strict_note_event(struct bridge *bridge);

/* Makes *line one that may leave: it stays as it is, or is written to the end of bridge->line. */
postern_status strict_line_make(struct bridge *bridge, struct json_tape *tape, postern_text *line,
                                postern_error *error);
/* The same, kept among the outputs; raises an error if it cannot be made. */
postern_text strict_line_keep(lua_State *L, struct bridge *bridge, postern_text line);

#endif

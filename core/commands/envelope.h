/* How `tap` writes an event with what Postern knows of it, and how `map` reads it back:
 *     {"postern":{"account":"acme","source":"mail","stream":"mail","type":"receipt","id":"...","received":1767225600000,
 *      "time":1767225599000},"event":{...exact text...}} */
#ifndef POSTERN_COMMANDS_ENVELOPE_H
#define POSTERN_COMMANDS_ENVELOPE_H

#include "base/json.h"
#include "script/script.h"

/* Appends the line (with '\n'). */
bool envelope_write(struct buffer *out, const struct script_event *event);
/* If the line is an envelope, with blanks in it and its members in any order: fills what it says (texts in
 * `scratch`, valid until it is changed) and returns true. *event stays as it was if it is none. */
bool envelope_read(struct json_tape *tape, postern_text line, struct buffer *scratch,
                   struct script_event *event);

#endif

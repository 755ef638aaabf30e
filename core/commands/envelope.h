/* How `tap` writes an event with what Postern knows of it, and how `map` reads it back:
 *     {"postern":{"account":"acme","source":"mail","stream":"mail","type":"receipt","id":"...","received":1767225600000,
 *      "time":1767225599000},"event":{...exact text...}} */
#ifndef POSTERN_COMMANDS_ENVELOPE_H
#define POSTERN_COMMANDS_ENVELOPE_H

#include "base/buffer.h"
#include "script/script.h"

/* Appends the line (with '\n'). */
bool envelope_write(struct buffer *out, const struct script_event *event);
/* What script_event.open is for: if the text on the tape is an envelope, with blanks in it and its members in
 * any order, fills what it says and returns the event's node. *event stays as it was if it is none.
 * `scratch`: a struct buffer for its texts, which are valid until it is changed. */
const struct json_node *envelope_open(void *scratch, const struct json_tape *tape,
                                      struct script_event *event);

#endif

/* The key_value format of get-siem-logs: lines of key=value|key=value. There is no escaping, so this reads it
 * the way it is written: a "|" ends a value only where a key and "=" follow, and free text between
 * backslashes ends at a backslash before such a "|" or the end of the line. */
#ifndef MIMECAST_KEY_VALUE_H
#define MIMECAST_KEY_VALUE_H

#include "text.h"

/* Steps to the next line that is not empty: \r\n, \r and \n end lines. `*ended` tells whether one did. False
 * at the end of the text. */
bool key_value_line(postern_text *rest, postern_text *line, bool *ended);

/* The pairs of one line, from the front on: start with {.rest = line}. */
struct pairs {
    postern_text rest;
    bool none_wrapped; /* no value that is still to come is closed by a backslash */
};

/* Steps to the next pair; false at the end or if what follows is no pair (then pairs->rest is not empty). */
bool key_value_pair(struct pairs *pairs, postern_text *key, postern_text *value);

/* True if a last line without a line end looks as if it were cut: in a key, or inside backslashes. */
bool key_value_is_cut(postern_text line);

#endif

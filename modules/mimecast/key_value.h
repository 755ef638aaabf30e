/* The key_value format of get-siem-logs: lines of key=value|key=value.
 *
 * There is no escaping, and most values are chosen by whoever sends mail. So that no text speaks for another
 * field, a line is read by what its writer, Mimecast's server, does:
 *
 *   - It writes no key twice, whatever the case. So of two places with the same key at most one is meant; the
 *     other lies in a text in front of it.
 *   - It wraps free text in backslashes. Such a text ends at a backslash in front of a pair or of the line's
 *     end; closings that no other value explains belong to it too.
 *   - It writes JSON that is whole: what is in it is no pair.
 *   - What it says itself never holds a "|"; an address of the envelope holds one only in front of its "@";
 *     what outsiders choose (siem_keys.c) may hold anything. In a plain text of theirs only a key that we
 * know begins a pair: url=https://x.example/?a=1|b=2|route=inbound.
 *
 * Of two places of a key the first is text if a text in front of it must reach over it (a backslash behind it
 * ends a text, and no other can have begun in between), or if one may and none can hold the second. If a text
 * can hold either, neither is a field: all from the first text on to behind the second place is that text. So
 * where outsiders write, a field may be missing, and is never theirs. Every byte of the line but its
 * separators lands in a key or a value, and no key comes twice.
 *
 * What stays in doubt: a text that ends itself and writes a key that we know, and that its record does not
 * have, looks like the server's own words; and a field that is new to us, behind a plain text of an outsider,
 * is taken for a part of that text. The format json has neither. */
#ifndef MIMECAST_KEY_VALUE_H
#define MIMECAST_KEY_VALUE_H

#include "siem_keys.h"

/* Steps to the next line that is not empty: \r\n, \r and \n end lines. `*ended` tells whether one did. False
 * at the end of the text. */
bool key_value_line(postern_text *rest, postern_text *line, bool *ended);

/* True if the line begins with a pair. */
bool key_value_begins(postern_text line);

/* What else a line holds is text of the last one. Records have 40 at most. */
enum { KEY_VALUE_PAIRS_MAX = 128 };

struct key_value {
    size_t count;
    struct key_value_pair {
        postern_text key, value;
    } pairs[KEY_VALUE_PAIRS_MAX];
};

/* The pairs of one line; false if it does not begin with one. Linear in the line's length. */
bool key_value_read(postern_text line, struct key_value *record);

/* True if a last line without a line end looks as if it were cut: in a key, inside backslashes or in JSON. */
bool key_value_is_cut(postern_text line);

#endif

/* The files of get-siem-logs, however they come: a zip of files, one JSON file, one key_value file. */
#ifndef MIMECAST_SIEM_FILE_H
#define MIMECAST_SIEM_FILE_H

#include "envelope.h"

/* True if the bytes are a zip. Decided by what they are, not by what was asked. */
bool siem_is_zip(postern_text body);

/* Emits the events of all members of a zip; what cannot be read is kept as damaged. `*unreadable` if not one
 * member could be recognised (then nothing was emitted), `*empty` if there is none. */
postern_status siem_read_zip(const struct reading *reading, bool *unreadable, bool *empty);

/* Emits the events of one file. `name` is what is known of its name. `damage` (NULL = none) says why its text
 * is not whole: then its complete records are emitted and `packed` is set aside. */
postern_status siem_read_file(const struct reading *reading, postern_text name, postern_text text,
                              const char *damage, postern_text packed);
/* The same for a file that is JSON for certain, with its envelope read. */
postern_status siem_read_json(const struct reading *reading, postern_text name, postern_text text,
                              struct envelope *envelope, const char *damage, postern_text packed);

/* Emits the events of what was set aside, by the functions above or by the core; the rest is set aside. */
postern_status siem_read_set_aside(const struct reading *reading, const postern_set_aside *what);

/* True if the text begins with a line of key=value. */
bool siem_is_key_value(postern_text text);
/* True if it does, or holds a line that can be nothing else. For what is a file for certain. */
bool siem_holds_key_value(postern_text text);

#endif

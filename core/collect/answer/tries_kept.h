/* What the tries at an answer have left, as bytes in the journal: committed with the events of the try that
 * adds to it, so that a restart or a reload between two tries changes nothing.
 *
 * Byte 1 (version) | the first 16 bytes of SHA-256 over all behind | the numbers of: places, damaged places,
 * held events | each place: 8 bytes | each damaged place: place, byte: closed, number of letters, each
 * letter: 16 bytes id, received_ms, stands_for, byte: has a name, texts: type, name, reason, bytes | rest:
 * count, size, place, texts: first, last | each held event: part, 16 bytes id, time_ms, texts: type, JSON. A
 * place is a name and 8 aliases. Numbers are 8 bytes, little-endian; a text is its size and its bytes. */
#ifndef POSTERN_COLLECT_ANSWER_TRIES_KEPT_H
#define POSTERN_COLLECT_ANSWER_TRIES_KEPT_H

#include "collect/answer/tries.h"

/* Takes them apart meanwhile, so that all is not held twice; they are empty then. False: no memory. */
bool tries_write(struct tries *tries, struct buffer *bytes);
/* Lays what is in the bytes over `tries`. Whatever they are: POSTERN_E_PROTOCOL, or it is as something that
 * tries of such an answer may have left. */
postern_status tries_read(postern_text bytes, const struct answer *answer, struct tries_room room,
                          struct tries *tries, postern_error *error);

/* Lays over `tries` what those before this one have left: at the download, or at the answer itself. If there
 * is any, `answer->was_tried` is set, and what the answer at hand leaves is taken first. Damage is logged and
 * passed over. */
postern_status tries_load(struct answer *answer, struct tries_room room, struct tries *tries);
/* The answer is whole, and its own tries are settled: of downloads that it does not name any more the tries
 * are over too. Each for itself, because a place in one says nothing about the same place in another. */
postern_status tries_settle_gone(struct answer *answer);

#endif

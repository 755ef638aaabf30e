/* From JSON as vendors send it to JSON that every reader takes: UTF-8, no half of a surrogate pair, no key
 * twice in one object. json_parse takes what lacks that and keeps it as it is, so each text that came from
 * outside is looked at before a part of it may leave. */
#ifndef POSTERN_PARSE_STRICT_JSON_H
#define POSTERN_PARSE_STRICT_JSON_H

#include "base/buffer.h"
#include "base/json_tape.h"
#include "base/keyed_hash.h"

/* All strings and keys of the text on the tape are whole Unicode. */
bool json_is_unicode(const struct json_tape *tape);

#define KEY_SET_BITS   10
#define KEY_SET_PLACES (1u << KEY_SET_BITS)
#define KEY_SET_MOST   400u

/* The keys of some members of a tape, for the many small objects there are. */
struct json_key_set {
    const struct json_tape *tape;
    size_t room;
    uint16_t places[KEY_SET_PLACES]; /* numbers of nodes; 0 = free */
};
void json_key_set_init(struct json_key_set *set, const struct json_tape *tape);
/* Adds the members among the nodes from `from` to in front of `behind`. False if one has the key of another
 * member of the same object, or if that cannot be said this way: too many, or keys with escapes. */
bool json_key_set_add(struct json_key_set *set, const struct json_node *from, const struct json_node *behind);
/* Whether all members in the container, at any depth, have keys of their own; false also where that cannot be
 * said this way. Of a whole text it is asked once for each outline. */
bool json_has_own_keys(const struct json_tape *tape, const struct json_node *container);
/* The node behind all that is in this one. */
const struct json_node *json_node_behind(const struct json_tape *tape, const struct json_node *node);

/* What json_write_strict changed. */
struct json_repairs {
    uint64_t replaced; /* wrong bytes and halves of surrogate pairs: U+FFFD */
    uint64_t renamed;  /* members with a key that their object had already: "x", then "x_2", "x_3" */
};

/* Appends the text, which is one JSON document, as it is, or with what is needed to make it strict. `key`: of
 * the table of names. The time is linear in the text. */
postern_status json_write_strict(struct json_tape *tape, postern_text text, const struct hash_key *key,
                                 struct buffer *out, struct json_repairs *repairs, postern_error *error);

#endif

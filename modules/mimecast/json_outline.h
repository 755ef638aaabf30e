/* The outline of JSON text that breaks the rules: where a bad value ends and what stands behind it begins. */
#ifndef MIMECAST_JSON_OUTLINE_H
#define MIMECAST_JSON_OUTLINE_H

#include "json_walk.h"

/* Steps over a value of which only quotes and brackets are looked at; a closing bracket also ends what was
 * left open inside it. False if it has no end. */
bool json_outline_value(struct json_walk *walk);

/* Steps over what is no record: to the comma or the bracket behind it in its list, or to the next record if
 * that shows itself by what cannot be otherwise: a whole object inside quotes, or in an object without a key.
 * `*sound`: the brackets fit together. False if nothing behind it can be told apart. */
bool json_outline_record(struct json_walk *walk, bool *sound);

#endif

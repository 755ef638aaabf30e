#include "base/json_outline.h"

#include "base/short_copy.h"
#include <stdatomic.h>
#include <stdlib.h>

/* Bounds that no sender passes by chance: behind them texts are read as if nothing were remembered. */
#define MOST_OUTLINES 2048u
#define MOST_BEHIND   16u /* one outline */
#define MOST_DEPTH    256u
/* When all are used up they are forgotten, but only after so many texts more. */
#define TEXTS_UNTIL_FORGOTTEN 4096u

#define PLACES   64u
#define MOST_KEY 32u

/* Where a key was found in texts of an outline. */
struct key_place {
    const struct json_outline *outline;
    uint32_t node; /* 0 = nowhere */
    uint8_t size;
    char key[MOST_KEY];
};

struct json_outlines {
    struct key_place places[PLACES];
    unsigned count, texts_when_full;
    struct json_outline all[MOST_OUTLINES]; /* the first: of nothing */
};

struct json_outline json_outline_unknown = {.parent = UINT32_MAX, .next = &json_outline_unknown};

static struct json_outline *add(struct json_outlines *outlines)
{
    static atomic_uint_least64_t added_ever;
    struct json_outline *added = &outlines->all[outlines->count++];
    *added =
        (struct json_outline){.number = atomic_fetch_add_explicit(&added_ever, 1, memory_order_relaxed) + 1,
                              .next = &json_outline_unknown};
    return added;
}

static void forget(struct json_outlines *outlines)
{
    memset(outlines->places, 0, sizeof outlines->places);
    outlines->count = outlines->texts_when_full = 0;
    add(outlines);
}

void json_tape_remember(struct json_tape *tape)
{
    if (!tape) return;
    tape->outlines = malloc(sizeof *tape->outlines); /* not zeroed: it is large, and each answer has one */
    if (tape->outlines) forget(tape->outlines);
}

void json_outlines_free(struct json_outlines *outlines)
{
    free(outlines);
}

struct json_outline *json_outline_begin(struct json_outlines *outlines)
{
    if (!outlines) return &json_outline_unknown;
    if (outlines->count == MOST_OUTLINES && ++outlines->texts_when_full == TEXTS_UNTIL_FORGOTTEN)
        forget(outlines);
    return outlines->all;
}

static bool has_key(const struct json_outline *outline, postern_text key)
{
    if (outline->parent & JSON_OUTLINE_ELEMENT) return true;
    return outline->size == key.size + JSON_OUTLINE_MARKS &&
           memcmp(outline->key + 1, key.data, key.size) == 0;
}

static void set_key(struct json_outline *outline, postern_text key)
{
    outline->size = (uint8_t)(key.size + JSON_OUTLINE_MARKS);
    outline->key[0] = outline->key[key.size + 1] = '"';
    outline->key[key.size + 2] = ':';
    if (key.size) memcpy(outline->key + 1, key.data, key.size);
#if defined(KIT_VECTOR)
    outline->first_bits = byte_block_first(outline->size < 16 ? outline->size : 16);
#endif
}

struct json_outline *json_outline_learn(struct json_tape *tape, struct json_outline *from, uint32_t parent,
                                        postern_text key)
{
    struct json_outlines *outlines = tape->outlines;
    unsigned count = 0;
    for (struct json_outline *known = from->behind; known; known = known->other, count++)
        if (known->parent == parent && has_key(known, key)) return from->next = known;
    if (count == MOST_BEHIND || from->depth == MOST_DEPTH || outlines->count == MOST_OUTLINES ||
        key.size > JSON_OUTLINE_KEY - JSON_OUTLINE_MARKS)
        return &json_outline_unknown;
    struct json_outline *added = add(outlines);
    added->parent = parent;
    added->depth = (uint16_t)(from->depth + 1);
    if (!(parent & JSON_OUTLINE_ELEMENT)) set_key(added, key);
    added->other = from->behind;
    return from->behind = from->next = added;
}

/* ---- Places ---- */

static struct key_place *place_of(const struct json_tape *tape, postern_text key)
{
    const unsigned number = (unsigned)(tape->outline - tape->outlines->all);
    const unsigned first = (unsigned char)key.data[0], last = (unsigned char)key.data[key.size - 1];
    const unsigned hash = number * 7 + (unsigned)key.size * 5 + first * 3 + last;
    return &tape->outlines->places[hash % PLACES];
}

const struct json_node *json_outline_get(const struct json_tape *tape, postern_text key)
{
    if (!tape->outline || key.size == 0 || key.size > MOST_KEY) return json_get_text(tape, tape->nodes, key);
    struct key_place *place = place_of(tape, key);
    if (place->outline != tape->outline || place->size != key.size ||
        !equal_short(place->key, key.data, key.size)) {
        const struct json_node *found = json_get_text(tape, tape->nodes, key);
        *place = (struct key_place){.outline = tape->outline,
                                    .node = found ? (uint32_t)(found - tape->nodes) : 0,
                                    .size = (uint8_t)key.size};
        memcpy(place->key, key.data, key.size);
    }
    return place->node ? tape->nodes + place->node : NULL;
}

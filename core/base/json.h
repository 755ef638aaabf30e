/* JSON as a tape: one pass over the text, no copies, every value keeps its exact source text. The program's
 * hot path.
 *
 * The text must outlive the tape's content. A tape is reused from text to text; one thread at a time. Accepts
 * RFC 8259 exactly (one document, nothing behind it), nesting up to JSON_DEPTH_LIMIT; invalid UTF-8 inside
 * strings is accepted and kept as it is, because vendors send it. Duplicate keys: lookups find the first,
 * walks see all. What may leave is made strict by parse/strict_json.h. */
#ifndef POSTERN_BASE_JSON_H
#define POSTERN_BASE_JSON_H

#include "base/buffer.h"

#define JSON_DEPTH_LIMIT 128

struct json_node; /* one value on the tape (its layout is in base/json_tape.h) */
struct json_tape;

struct json_tape *json_tape_new(void); /* NULL if out of memory */
/* The same, with the memory of its nodes from `allocator`, which must live longer. */
struct json_tape *json_tape_new_counted(const struct allocator *allocator);
/* Of a tape that is not in use: gives back the memory of its nodes if it is more than `bytes`. */
void json_tape_trim(struct json_tape *tape, size_t bytes);
void json_tape_free(struct json_tape *tape);
void json_tape_freep(struct json_tape **tape);

/* Parses; on failure *error names the byte and the tape is empty. The root is valid until the next parse.
 * Texts of up to 4 GiB - 1. */
postern_status json_parse(struct json_tape *tape, postern_text text, const struct json_node **root,
                          postern_error *error);

/* All of these accept node == NULL, which reads as null. Types are POSTERN_JSON_... */
int json_type(const struct json_node *node);
postern_text json_raw(const struct json_tape *tape, const struct json_node *node);
/* The key of an object's member as written between the quotes, escapes kept. */
postern_text json_raw_key(const struct json_tape *tape, const struct json_node *node);
/* Members or elements in order: json_first, then json_after until NULL. */
const struct json_node *json_first(const struct json_tape *tape, const struct json_node *container);
const struct json_node *json_after(const struct json_tape *tape, const struct json_node *node);
size_t json_count(const struct json_tape *tape, const struct json_node *container);
/* The first member with that (unescaped) key, or NULL. */
const struct json_node *json_get(const struct json_tape *tape, const struct json_node *object,
                                 const char *key);
const struct json_node *json_get_text(const struct json_tape *tape, const struct json_node *object,
                                      postern_text key);
/* True if a string holds no backslash: its text is the raw text without the quotes. */
bool json_is_plain_string(const struct json_tape *tape, const struct json_node *node);
/* Appends the unescaped text of a string (lone surrogates become U+FFFD); false if it is no string or does
 * not fit. */
bool json_unescape(const struct json_tape *tape, const struct json_node *node, struct buffer *out);
/* Unescapes what stands between the quotes of a string or key. */
bool json_unescape_raw(postern_text raw, struct buffer *out);
bool json_integer(const struct json_tape *tape, const struct json_node *node, int64_t *integer);
bool json_real(const struct json_tape *tape, const struct json_node *node, double *real);

/* Writing. Invalid UTF-8 becomes U+FFFD; returns how many bytes were replaced. */
size_t json_write_string(struct buffer *out, postern_text text); /* with quotes */
void json_write_integer(struct buffer *out, int64_t integer);
/* Shortest form that reads back the same; keeps ".0". False (nothing written) for NaN and infinities. */
bool json_write_real(struct buffer *out, double real);

/* In which order the members of objects are written, by the outline of their text (base/json_outline.h):
 * vendors write the same keys in the same order, so the next object needs no sorting. One thread. */
struct json_orders;
struct json_orders *json_orders_new(void); /* NULL if out of memory */
void json_orders_free(struct json_orders *orders);

struct json_form {
    /* Members, at any depth, for which it returns true are left out; NULL = none. */
    bool (*leave_out)(void *context, const struct json_node *member);
    void *context;
    struct json_orders
        *orders; /* NULL = nothing is remembered, as of a tape without outlines; the form is the same */
};

/* The canonical form that identities are made of: keys sorted bytewise by their unescaped bytes, no white
 * space, strings unescaped and written again in one way, numbers as written, duplicate keys in their order.
 * `form` may be NULL. False if out of memory, or if `out` has no room for as much as the text, three times
 * that if it holds escapes. */
bool json_canonical(const struct json_tape *tape, const struct json_node *node, const struct json_form *form,
                    struct buffer *out);

#endif

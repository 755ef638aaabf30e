/* Packing what goes out, with gzip or zstd, piece by piece into memory that is kept for the next text. The
 * same text packed with the same library gives the same bytes: nothing of the time or the machine is in them.
 */
#ifndef SHARED_PACK_PACK_H
#define SHARED_PACK_PACK_H

#include <postern/module.h>

enum pack_kind { PACK_NONE, PACK_GZIP, PACK_ZSTD };

/* As the choices of an option: "none", "gzip", "zstd"; ends with NULL. */
extern const char *const pack_names[];

/* The kind of that name. False, with *kind untouched, if there is none. */
bool pack_named(postern_text name, enum pack_kind *kind);
/* The value of Content-Encoding; NULL for PACK_NONE. */
const char *pack_coding(enum pack_kind kind);

#define PACK_DEFAULT_LEVEL 0 /* gzip 6, zstd 3 */

/* Packs piece by piece. One thread at a time. */
struct pack_stream;

/* `limit`: the most bytes that one packed text may have. */
postern_status pack_stream_new(enum pack_kind kind, int level, size_t limit, struct pack_stream **stream,
                               postern_error *error);
/* NULL is fine. */
void pack_stream_free(struct pack_stream *stream);
/* Begins a new text; the last one is forgotten and its memory used again. */
void pack_stream_begin(struct pack_stream *stream);
/* Adds to the text. POSTERN_E_LIMIT if it becomes longer than the limit, POSTERN_E_MEMORY; then begin again.
 */
postern_status pack_stream_add(struct pack_stream *stream, postern_text plain, postern_error *error);
/* Ends the text and gives all of it, packed: it lives until the next begin or free. Fails as add does. */
postern_status pack_stream_end(struct pack_stream *stream, postern_text *packed, postern_error *error);

#endif

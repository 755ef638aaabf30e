/* Inflating into a walk's buffer, up to the first fault: what came before it is there. */
#ifndef POSTERN_MODULE_SERVICES_INFLATE_H
#define POSTERN_MODULE_SERVICES_INFLATE_H

#include "module/services/unpack.h"
#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>

#define INFLATE_FULL (-100) /* the buffer's limit was reached */

/* Runs the stream (avail_in 0, next_in set) to its end or to `end` and appends what comes out to walk->data.
 * Returns Z_STREAM_END, INFLATE_FULL, Z_BUF_ERROR if the input ends early, or another code of zlib. */
int inflate_into(struct unpack_walk *walk, z_stream *stream, const char *end);
/* Raw deflate data, as in a zip member; however far it goes. */
void inflate_salvage(struct unpack_walk *walk, postern_text packed);

#endif

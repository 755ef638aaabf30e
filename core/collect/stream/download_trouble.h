/* Whether a file that was fetched is to be read, or its page to be asked for again. [network] */
#ifndef POSTERN_COLLECT_STREAM_DOWNLOAD_TROUBLE_H
#define POSTERN_COLLECT_STREAM_DOWNLOAD_TROUBLE_H

#include "collect/plan/trouble.h"
#include "collect/stream/stream.h"

/* After so many pages with fresh links whose links were dead, the source is shown the answer and decides. */
#define DOWNLOAD_DEAD_LINKS 3

bool download_link_is_dead(const struct http_exchange *exchange);
/* `file` as file_tries.h calls it. False: it is to be read; if it is given up, the error of its exchange says
 * why, and nothing of it is there, as with a file that is too large. */
bool download_trouble(struct stream *stream, uint64_t file, struct request *request, struct trouble *trouble);

#endif

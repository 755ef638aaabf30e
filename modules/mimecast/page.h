/* One page of records in an answer: emits its events, and says where to go on. */
#ifndef MIMECAST_PAGE_H
#define MIMECAST_PAGE_H

#include "envelope.h"
#include "page_records.h"

/* Says where to go on behind a page with so many records: sets the answer's position and outcome. */
typedef postern_status page_turn(const struct reading *reading, const struct envelope *envelope,
                                 const struct envelope_meta *meta, size_t records);

postern_status page_read(const struct reading *reading, const struct page_shape *shape, page_turn *turn);
/* Emits the events of what was set aside of a page, by page_read or by the core; the rest is set aside. */
postern_status page_read_set_aside(const struct reading *reading, const struct page_shape *shape,
                                   const postern_set_aside *what);

/* The way of the endpoints below /api: meta.pagination.next. */
page_turn page_turn_by_token;
/* The same for any text that names the next page; empty = there is none. An empty page is the last, whatever
 * it names. */
postern_status page_turn_to(const struct reading *reading, postern_text next, size_t records);

#endif

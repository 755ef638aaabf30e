/* One page of an endpoint that is read by time range. */
#ifndef MIMECAST_PAGE_H
#define MIMECAST_PAGE_H

#include "endpoints.h"
#include "reading.h"

/* Emits the page's events and says where to go on. */
postern_status page_read(const struct reading *reading);
/* Emits the events of what was set aside of a page, by page_read or by the core; the rest is set aside. */
postern_status page_read_set_aside(const struct reading *reading, const postern_set_aside *what);

#endif

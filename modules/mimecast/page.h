/* One page of an endpoint that is read by time range. */
#ifndef MIMECAST_PAGE_H
#define MIMECAST_PAGE_H

#include "endpoints.h"
#include "reading.h"

/* Emits the page's events and says where to go on. */
postern_status page_read(const struct reading *reading);

#endif

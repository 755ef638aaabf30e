/* One file of a batch: lines of JSON, packed with gzip. */
#ifndef MIMECAST_BATCH_FILE_H
#define MIMECAST_BATCH_FILE_H

#include "reading.h"

/* Emits the events of the download that the reading's response is; what cannot be read is set aside. */
postern_status batch_read_file(const struct reading *reading);

/* The same of what was set aside, by that function or by the core. */
postern_status batch_read_set_aside(const struct reading *reading, const postern_set_aside *what);

#endif

/* One batch file of API 2.0: events of one type, one on a line, in gzip; and what damage leaves of it. */
#ifndef SIMULATOR_BATCH_FILE_H
#define SIMULATOR_BATCH_FILE_H

#include "batch.h"

/* The mail types of `siem`, then those of Cloud Integrated. */
enum { BATCH_TYPES = SIEM_TYPES + CI_TYPES };

struct batch_file {
    int64_t publish_ms;
    uint64_t number; /* in the list of its type */
    struct event *events;
    size_t event_count;
    struct damage damage;   /* for good */
    bool *salvageable;      /* per event; NULL = all */
    unsigned damaged_times; /* in transit, in a row */
    size_t packed_size;     /* 0 = not known yet */
};

/* As the storage serves it, damaged as `damage` says. */
void batch_file_pack(struct text *out, const struct event_style *style, const struct batch_file *file,
                     struct damage damage);
/* Works out file->salvageable from file->damage: what lies whole before the first damaged byte, and what
 * other lines than the broken one hold. */
void batch_file_assess(struct batch_file *file, const struct event_style *style);

#endif

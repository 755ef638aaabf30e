/* One batch of MTA log files: its members' texts, its zip, and what damage leaves of it. */
#ifndef SIMULATOR_BATCH_H
#define SIMULATOR_BATCH_H

#include "event.h"
#include "faults.h"
#include "zip.h"

struct member {
    uint8_t type, server;
    size_t first, count; /* of the batch's events */
    char name[96];       /* without the ending .json or .siem */
};

struct damage {
    enum fault fault; /* FAULT_NONE, FAULT_LARGE, or one that fault_is_damage */
    uint64_t seed;    /* decides where it strikes */
};

struct batch {
    int64_t publish_ms;
    uint64_t number, first_member;
    struct event *events; /* grouped by member */
    size_t event_count;
    struct member *members; /* at least one; it may be without events */
    size_t member_count;
    char name[64]; /* of the zip */
    enum zip_layout layout;
    bool empty_zip;       /* without events: a zip without members */
    struct damage damage; /* for good */
    bool *salvageable;    /* per event; NULL = all */
};

/* The text of a member. `offsets` (may be NULL) gets where each event ends. */
void member_write(struct text *out, const struct event_style *style, const struct batch *batch,
                  const struct member *member, bool key_value, size_t *ends);
/* The batch as one zip, damaged as `damage` says. */
void batch_zip(struct text *out, const struct event_style *style, const struct batch *batch, bool key_value,
               struct damage damage);
/* One member as it is, damaged as far as such damage makes sense without a zip. */
void batch_plain(struct text *out, const struct event_style *style, const struct batch *batch, size_t index,
                 bool key_value, struct damage damage);
/* Works out batch->salvageable from batch->damage: what lies whole before the first damaged byte of its
 * member. */
void batch_assess(struct batch *batch, const struct event_style *style);

#endif

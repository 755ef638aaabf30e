/* Where the next batches of a delivery end: committed before a batch is written, so that it is the same after
 * a crash. Pure. */
#ifndef POSTERN_DELIVER_SINK_PLAN_H
#define POSTERN_DELIVER_SINK_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_ENDS 64 /* as many batches can be under way at once */

struct batch_plan {
    int64_t ends[PLAN_ENDS]; /* sequence numbers of pages, rising */
    size_t count;
};

/* Reads "12 17 23"; what makes no sense ends it. */
void plan_read(struct batch_plan *plan, const char *text);
/* Writes it; `size` must hold 21 bytes for each end. */
void plan_write(const struct batch_plan *plan, char *text, size_t size);
/* The first end behind `sequence`; 0 = none is planned. */
int64_t plan_next(const struct batch_plan *plan, int64_t sequence);
/* Forgets what is not behind `sequence`. */
void plan_pass(struct batch_plan *plan, int64_t sequence);
bool plan_has(const struct batch_plan *plan, int64_t end);
/* Adds an end; false if there is no room for one more. */
bool plan_add(struct batch_plan *plan, int64_t end);

#endif

/* Memory for secrets: slots of a few sizes in chunks of some pages between guard pages. The pages are locked
 * and left out of core dumps; a slot is wiped when it is given back, and a chunk without slots in use goes
 * back to the system. A mapping for each secret would cost several system calls, and of the 65,530 that a
 * process may have, thousands of accounts would take too many.
 *
 * What a chunk needs to know of its slots lies elsewhere, so that no overrun of a secret reaches it. A child
 * of fork keeps what its parent held: `module test` runs its cases in such children.
 *
 * Every thread may call these. */
#ifndef POSTERN_BASE_LOCKED_SLOTS_H
#define POSTERN_BASE_LOCKED_SLOTS_H

#include <stddef.h>

struct locked_chunk;

/* At least `size` bytes, all zero, aligned to 16. *chunk is where they lie: locked_slot_give asks for it.
 * What is larger than the largest slot gets a chunk of its own and ends where its last page does. NULL if out
 * of memory. */
void *locked_slot_take(size_t size, struct locked_chunk **chunk);
void locked_slot_give(struct locked_chunk *chunk, void *slot);

#endif

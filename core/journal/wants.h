/* Which events a delivery takes, in the form that the journal keeps with it: so what waits for it can be
 * counted by whoever looks, without its configuration. Pure. */
#ifndef POSTERN_JOURNAL_WANTS_H
#define POSTERN_JOURNAL_WANTS_H

#include "base/buffer.h"

/* Appends "accounts|sources", names with blanks between; "*" = all. */
void wants_write(const char *const *accounts, size_t account_count, const char *const *sources,
                 size_t source_count, struct buffer *out);
/* True if it takes them; of an empty text everything. "*" means no notices among sources; those that
 * are about no account are taken whatever the accounts are. Of trials, whose names no user can give, nothing
 * but notices is ever taken. */
bool wants_take(postern_text wants, postern_text account, postern_text source);

#endif

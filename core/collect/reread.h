/* What a source could not read at first is read again, from its dead letter: after an upgrade of the module,
 * or when a limit was raised. What is whole becomes events of its stream, in one transaction with what
 * becomes of the letter; where the stream stands does not change. One thread. */
#ifndef POSTERN_COLLECT_REREAD_H
#define POSTERN_COLLECT_REREAD_H

#include "base/random.h"
#include "config/config.h"
#include "journal/journal.h"
#include "module/registry.h"

struct reread_parts {
    const struct config *config; /* borrowed */
    struct module_registry *registry;
    struct journal *journal;
    const struct clock *clock;
    struct random_source *random;
};

struct reread;

/* NULL: no memory. */
struct reread *reread_new(const struct reread_parts *parts);
/* A whole letter, as journal_dead_find gives it. On failure it stays: as it was, or with what is left of it
 * and why. */
postern_status reread_letter(struct reread *reread, const struct dead_letter *letter, postern_error *error);
void reread_free(struct reread *reread); /* NULL is fine */

#endif

/* What of the configuration is known to the journal under another name. */
#ifndef POSTERN_ENGINE_NAMES_H
#define POSTERN_ENGINE_NAMES_H

#include "config/config.h"
#include "journal/journal.h"
#include "journal/names.h"

struct names_plan {
    postern_arena *arena;
    struct journal_renames renames;
    bool changes; /* the journal is to know something else than it does */
};

/* Compares the configuration with the journal; says what was recognised. Where two things cannot be told
 * apart it fails (POSTERN_E_CONFIG): the user must say which is which. */
postern_status names_plan(struct journal *journal, const struct config *config, struct names_plan *plan,
                          postern_error *error);
void names_plan_free(struct names_plan *plan);

#endif

/* Dead letters by kind: many with one reason are one line for people. */
#ifndef POSTERN_COMMANDS_DEAD_KINDS_H
#define POSTERN_COMMANDS_DEAD_KINDS_H

#include "journal/journal.h"

/* Letters of one stage, delivery (or stream, of what never became an event), script and reason, whatever
 * numbers the reason holds. */
struct dead_kind {
    enum dead_stage stage;
    char *account; /* "" = of all accounts together */
    char *where;   /* delivery or stream */
    char *script;  /* "" = none */
    char *reason;  /* with N for each number */
    int64_t count, bytes, first_ms, last_ms;
    int64_t example; /* the number of the last of them */
};

struct dead_kinds {
    bool by_account, failed;
    struct dead_kind *all; /* sorted by what makes them different, until dead_kinds_rank */
    size_t count, capacity;
};

/* False: no memory. */
bool dead_kinds_add(struct dead_kinds *kinds, const struct dead_letter *letter);
/* The commonest first; nothing can be added any more. */
void dead_kinds_rank(struct dead_kinds *kinds);
void dead_kinds_free(struct dead_kinds *kinds);

/* Calls `each` for every letter that the filter takes, a part of them at a time; `whole`: with its bytes. */
postern_status dead_for_each(struct journal *journal, const struct dead_filter *filter, bool whole,
                             bool (*each)(void *context, const struct dead_letter *letter), void *context,
                             postern_error *error);
/* All that the filter takes, by kind. */
postern_status dead_kinds_find(struct journal *journal, const struct dead_filter *filter,
                               struct dead_kinds *kinds, postern_error *error);

#endif

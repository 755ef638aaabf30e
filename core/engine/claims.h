/* Which of the things that the journal knows by name each configured thing is. Pure decisions.
 *
 * A thing is what it says it was (`was`), else what has its name, else what alone has its settings and is not
 * configured any more. Two may swap names, and a chain of renames is taken as a whole; never does a thing
 * that goes on lose what is its own. */
#ifndef POSTERN_ENGINE_CLAIMS_H
#define POSTERN_ENGINE_CLAIMS_H

#include "base/text_index.h"
#include "config/config.h"

#define CLAIM_NONE ((size_t)-1)

/* What the configuration has. */
struct claim_declared {
    const char *name;
    const struct config_was *was;
    size_t claim;            /* what it is, CLAIM_NONE = a new thing */
    size_t own;              /* what the journal knows by its name */
    bool by_settings;        /* how it was recognised under another name: else by `was` */
    const char *was_ignored; /* what it says it was, and did not get */
    size_t unclear;          /* what it might be, as might others: CLAIM_NONE = all is clear */
};

/* What the journal knows. */
struct claim_known {
    const char *name;
    const char *was; /* the former names that were dealt with, "b a" */
    bool removed;    /* it was not configured before either */
    size_t claimed;  /* by whom */
    size_t namesake; /* what is configured under its name */
    size_t matches;  /* scratch */
};

struct claims {
    struct claim_declared *declared;
    size_t declared_count;
    struct claim_known *known;
    size_t known_count;
    /* True if the settings of both are the same. */
    bool (*is_same)(void *context, size_t declared, size_t known);
    void *context;
};

/* False if out of memory. */
bool claims_resolve(struct claims *claims);
/* True if `name` is among the names of the text. */
bool claims_was_has(const char *was, const char *name);

#endif

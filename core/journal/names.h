/* What the configuration names: what is kept under a name, and how it is passed on to another one. */
#ifndef POSTERN_JOURNAL_NAMES_H
#define POSTERN_JOURNAL_NAMES_H

#include "base/arena.h"
#include <stdint.h>

struct journal;

enum named_kind { NAMED_ACCOUNT, NAMED_SINK, NAMED_PIPELINE, NAMED_KINDS };

#define NAMED_FINGERPRINT_SIZE 32

struct named_record {
    enum named_kind kind;
    const char *name;
    unsigned char fingerprint[NAMED_FINGERPRINT_SIZE]; /* of its settings; zeroes: not known */
    const char *was;    /* the former names that were dealt with, "b a"; "" = none */
    int64_t removed_ms; /* 0 = configured */
};

struct rename {
    enum named_kind kind;
    const char *from, *to;
};

/* All renames at once: two may swap their names. */
struct journal_renames {
    const struct rename *renames;
    size_t rename_count;
    const struct named_record *named, *named_before; /* all of them, afterwards and before */
    size_t named_count, named_before_count;
};

/* All that were named, in the arena, and the journal's own key for fingerprints of settings. */
postern_status journal_named(struct journal *journal, postern_arena *arena,
                             const struct named_record **records, size_t *count,
                             unsigned char key[NAMED_FINGERPRINT_SIZE], postern_error *error);
/* Passes on accounts (with their keys, streams and ids), sinks (with their state) and deliveries (with their
 * cursors), and the dead letters of all. What is no longer configured and stands in the way of a new name
 * gives way to it. No delivery may be under way. Synchronous. */
postern_status journal_rename(struct journal *journal, const struct journal_renames *renames,
                              postern_error *error);
/* Takes that back. */
postern_status journal_rename_back(struct journal *journal, const struct journal_renames *renames,
                                   postern_error *error);

#endif

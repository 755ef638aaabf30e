/* What the journal knows of all accounts and streams, read at once while a fleet is built: to look for each
 * of tens of thousands by itself costs a transaction each. One thread. */
#ifndef POSTERN_COLLECT_STREAM_ROSTER_H
#define POSTERN_COLLECT_STREAM_ROSTER_H

#include "journal/journal.h"

struct roster {
    /* By name, and by account, source and name. What was taken has the id 0; what is left at the end is not
     * configured (any more). */
    struct account_record *accounts;
    struct stream_record *streams;
    size_t account_count, stream_count;
    int64_t *set_aside; /* streams of which something could not be read, rising */
    size_t set_aside_count;
};

/* NULL if out of memory or the journal cannot be read. */
struct roster *roster_read(struct journal *journal, postern_error *error);
void roster_free(struct roster *roster); /* NULL is fine */

bool roster_has_account(const struct roster *roster, const char *name);
bool roster_has_stream(const struct roster *roster, const char *account, const char *source,
                       const char *name);
/* Hands the record over, as journal_account and journal_stream do; false if it is not there, or not of that
 * kind and profile, or without a roster (NULL). */
bool roster_take_account(struct roster *roster, const char *name, struct account_record *record);
bool roster_take_stream(struct roster *roster, const struct enrolled *stream, struct stream_record *record);
/* Whether journal_set_aside may find anything. */
bool roster_has_set_aside(const struct roster *roster, int64_t stream_id);

#endif

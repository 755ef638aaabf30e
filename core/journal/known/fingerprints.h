/* Fingerprints: the first 64 bits of event ids, in sorted arrays without repeats. Ids are hashes, so that
 * fingerprints lie evenly over their range. */
#ifndef POSTERN_JOURNAL_KNOWN_FINGERPRINTS_H
#define POSTERN_JOURNAL_KNOWN_FINGERPRINTS_H

#include "journal/page_view.h"

struct fingerprints {
    uint64_t *list; /* malloc'ed, ascending */
    size_t count;
};

uint64_t fingerprint_of(const unsigned char id[EVENT_ID_SIZE]);
/* Sorts what lies in `list` and drops repeats. */
void fingerprints_sort(struct fingerprints *fingerprints);
/* Takes all of `more` in. False: no memory, nothing changed. */
bool fingerprints_merge(struct fingerprints *fingerprints, const struct fingerprints *more);
bool fingerprints_have(const struct fingerprints *fingerprints, uint64_t fingerprint);
void fingerprints_free(struct fingerprints *fingerprints); /* empty again */

#endif

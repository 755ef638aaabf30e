/* An exact set of event ids in about 20 bytes each. One thread at a time. */
#ifndef POSTERN_JOURNAL_ID_SET_H
#define POSTERN_JOURNAL_ID_SET_H

#include "journal/page_view.h"

struct id_set {
    unsigned char (*slots)[EVENT_ID_SIZE]; /* all zero = free */
    size_t capacity, count;
    bool has_zero; /* the one id that a slot cannot hold */
};

/* Makes room for `count` more at once. False: no memory, nothing changed. */
bool id_set_reserve(struct id_set *set, size_t count);
bool id_set_add(struct id_set *set, const unsigned char *id); /* false: no memory */
bool id_set_has(const struct id_set *set, const unsigned char *id);
size_t id_set_bytes(const struct id_set *set);
/* What an empty set takes when it has made room for so many. */
size_t id_set_bytes_for(size_t count);
void id_set_free(struct id_set *set); /* empty again */

#endif

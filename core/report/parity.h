/* Whether two accounts show the same happenings: events counted by source, type and message, of one side and
 * of the other. Pure; memory is bounded by the number of messages that it takes. */
#ifndef POSTERN_REPORT_PARITY_H
#define POSTERN_REPORT_PARITY_H

#include <postern/module.h>

enum parity_side { PARITY_BEFORE, PARITY_AFTER, PARITY_SIDES };

/* One event, as it is told apart from others. */
struct parity_event {
    postern_text source, type;
    postern_text message; /* the message's id, or what else the event has; empty = its second in time */
    int64_t time_ms;
};

struct parity_type {
    char source[64], name[257];
    int64_t events[PARITY_SIDES];
    int64_t only[PARITY_SIDES]; /* so many more of a message than the other side has, over all messages */
};

struct parity;

/* Takes at most `messages`; NULL if out of memory. */
struct parity *parity_new(size_t messages);
void parity_free(struct parity *parity); /* NULL is fine */
/* False: memory or the bound is used up, and the comparison says nothing any more. */
bool parity_add(struct parity *parity, enum parity_side side, const struct parity_event *event);
/* Counts what one side has and the other has not; after the last event. */
void parity_compare(struct parity *parity);
/* The types in the order in which they came. */
size_t parity_type_count(const struct parity *parity);
const struct parity_type *parity_type(const struct parity *parity, size_t i);
/* After parity_compare: true if the side has more events of this one's message than the other. */
bool parity_is_missing(const struct parity *parity, enum parity_side side, const struct parity_event *event);

#endif

/* Whether the pages of a round lead anywhere. A round is what a stream reads until it has caught up. Progress
 * is a new event, or a position and a content that the round has not seen; pages without it end the round
 * after a bounded number, whatever the vendor says. Pure. */
#ifndef POSTERN_COLLECT_PLAN_PROGRESS_H
#define POSTERN_COLLECT_PLAN_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So many positions and contents are remembered, the newest; longer circles are found by known_pages. */
#define PROGRESS_MARKS 4096
/* A page that names itself is asked for so often before it is believed. */
#define PROGRESS_STANDING 3

struct progress_limits {   /* 0 = none */
    int64_t stalled_pages; /* in a row, that bring nothing new and lead nowhere new */
    int64_t known_pages;   /* in a row, that bring nothing new */
};

/* One page that says that there is more behind it. */
struct progress_page {
    const char *asked; /* the position that it was asked for with; NULL = none */
    const char *next;  /* the one that it names; NULL = none */
    bool keeps;        /* it names none and leaves the old one */
    uint64_t content;  /* a mark of all its events and downloads; 0 = it has none */
    int64_t new_events;
    bool is_window;
};

enum headway {
    PROGRESS_MADE,
    PROGRESS_STANDS,  /* it names no place, or itself */
    PROGRESS_CIRCLES, /* the pages go round */
    PROGRESS_REPEATS, /* new places, with what this round has seen */
    PROGRESS_KNOWN,   /* ever new places, and nothing new for too long */
    PROGRESS_ENDLESS, /* a list with more pages than it may have items */
};

struct progress_round {
    uint64_t *marks; /* a ring; NULL = none yet */
    size_t count;
    int64_t stalled, known, standing; /* pages in a row */
};

/* Takes one page more. Whatever it is but PROGRESS_MADE ends the round, with the words of progress_words. Out
 * of memory less is remembered. */
enum headway progress_take(struct progress_round *round, const struct progress_limits *limits,
                           const struct progress_page *page);
const char *progress_words(enum headway progress);
/* True if the pass of a window stream counts as read to its end with such a page, all events of which are
 * known: it would never get past it. */
bool progress_ends_pass(enum headway progress, const struct progress_page *page);
void progress_clear(struct progress_round *round);

#endif

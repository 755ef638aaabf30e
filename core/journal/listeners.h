/* Who is told when the journal has news. Any thread. */
#ifndef POSTERN_JOURNAL_LISTENERS_H
#define POSTERN_JOURNAL_LISTENERS_H

#include "journal/journal.h"
#include <pthread.h>

struct listeners {
    pthread_mutex_t lock;
    struct journal_listener *first;
};

void listeners_start(struct listeners *listeners);
void listeners_stop(struct listeners *listeners);
void listeners_add(struct listeners *listeners, struct journal_listener *listener);
/* When this returns its `wake` is not running and never called again. */
void listeners_remove(struct listeners *listeners, struct journal_listener *listener);
void listeners_wake(struct listeners *listeners);

#endif

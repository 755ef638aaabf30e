/* A large mapping of a file, read by somebody who does not know that it is one: what lies in memory of it is
 * let go again and again, so that it takes about as much as is read within some milliseconds. It changes
 * nothing but speed: what is needed after all comes back from the file. */
#ifndef POSTERN_BASE_RESIDENT_H
#define POSTERN_BASE_RESIDENT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct resident {
    void *mapping;
    size_t size;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop, running;
};

/* Begins; without memory for a thread nothing is let go. `mapping` is read only, of a file. */
void resident_begin(struct resident *resident, void *mapping, size_t size);
/* Afterwards the mapping may be unmapped. */
void resident_end(struct resident *resident);

#endif

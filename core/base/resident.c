#include "base/resident.h"
#include "base/real_time.h"
#include "base/thread.h"

#include <sys/mman.h>

#define EVERY_MS 5

static void *let_go(void *argument)
{
    struct resident *resident = argument;
    pthread_mutex_lock(&resident->lock);
    while (!resident->stop) {
        real_wait(&resident->wake, &resident->lock, EVERY_MS);
        madvise(resident->mapping, resident->size, MADV_DONTNEED);
    }
    pthread_mutex_unlock(&resident->lock);
    return NULL;
}

void resident_begin(struct resident *resident, void *mapping, size_t size)
{
    *resident = (struct resident){.mapping = mapping,
                                  .size = size,
                                  .lock = PTHREAD_MUTEX_INITIALIZER,
                                  .wake = PTHREAD_COND_INITIALIZER};
    resident->running = thread_start(&resident->thread, "resident", let_go, resident, NULL) >= 0;
}

void resident_end(struct resident *resident)
{
    if (!resident->running) return;
    pthread_mutex_lock(&resident->lock);
    resident->stop = true;
    pthread_cond_signal(&resident->wake);
    pthread_mutex_unlock(&resident->lock);
    pthread_join(resident->thread, NULL);
    resident->running = false;
}

#include "base/workers.h"
#include "base/thread.h"
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

struct workers {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct worker_job *first, **last;
    size_t count, started, idle, queued;
    bool ending;
    pthread_t threads[];
};

struct start {
    struct workers *workers;
    size_t index;
};

size_t workers_processors(size_t most)
{
    cpu_set_t set; /* too small for some machines: then all that are there count */
    long processors =
        sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : sysconf(_SC_NPROCESSORS_ONLN);
    return processors < 1 ? 1 : (size_t)processors > most ? most : (size_t)processors;
}

struct workers *workers_new(size_t count)
{
    if (count == 0) count = workers_processors(64);
    struct workers *workers = calloc(1, sizeof *workers + count * sizeof(pthread_t));
    if (!workers) return NULL;
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->work, NULL);
    workers->last = &workers->first;
    workers->count = count;
    return workers;
}

size_t workers_count(const struct workers *workers)
{
    return workers->count;
}

static void *work(void *argument)
{
    struct start start = *(struct start *)argument;
    struct workers *workers = start.workers;
    free(argument);
    pthread_mutex_lock(&workers->lock);
    for (;;) {
        while (!workers->first && !workers->ending) {
            workers->idle++;
            pthread_cond_wait(&workers->work, &workers->lock);
            workers->idle--;
        }
        struct worker_job *job = workers->first;
        if (!job) break;
        workers->first = job->next;
        if (!workers->first) workers->last = &workers->first;
        workers->queued--;
        pthread_mutex_unlock(&workers->lock);
        job->run(job, start.index);
        pthread_mutex_lock(&workers->lock);
    }
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

static bool start_thread(struct workers *workers)
{
    struct start *start = malloc(sizeof *start);
    if (!start) return false;
    *start = (struct start){workers, workers->started};
    bool started =
        thread_start(&workers->threads[workers->started], "worker", work, start, NULL) == POSTERN_OK;
    if (started)
        workers->started++;
    else
        free(start);
    return started;
}

void workers_submit(struct workers *workers, struct worker_job *job)
{
    job->next = NULL;
    pthread_mutex_lock(&workers->lock);
    *workers->last = job;
    workers->last = &job->next;
    workers->queued++;
    if (workers->idle < workers->queued && workers->started < workers->count && !start_thread(workers) &&
        workers->started == 0)
        abort(); /* not one thread: the work can never be done */
    pthread_cond_signal(&workers->work);
    pthread_mutex_unlock(&workers->lock);
}

void workers_free(struct workers *workers)
{
    if (!workers) return;
    pthread_mutex_lock(&workers->lock);
    workers->ending = true;
    pthread_cond_broadcast(&workers->work);
    pthread_mutex_unlock(&workers->lock);
    for (size_t i = 0; i < workers->started; i++)
        pthread_join(workers->threads[i], NULL);
    pthread_cond_destroy(&workers->work);
    pthread_mutex_destroy(&workers->lock);
    free(workers);
}

#include "journal/writer_queue.h"
#include "base/cleanup.h"

#define GROUP_COMMITS 256
#define GROUP_BYTES   ((size_t)32 << 20)

void writer_queue_start(struct writer_queue *queue)
{
    *queue = (struct writer_queue){0};
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->wake, NULL);
    pthread_cond_init(&queue->finished, NULL);
    queue->tasks_tail = &queue->tasks;
    queue->commits_tail = &queue->commits;
}

void writer_queue_stop(struct writer_queue *queue)
{
    pthread_cond_destroy(&queue->finished);
    pthread_cond_destroy(&queue->wake);
    pthread_mutex_destroy(&queue->lock);
}

void writer_queue_submit(struct writer_queue *queue, struct journal_commit *commit)
{
    commit->next = NULL;
    pthread_mutex_lock(&queue->lock);
    *queue->commits_tail = commit;
    queue->commits_tail = &commit->next;
    pthread_cond_signal(&queue->wake);
    pthread_mutex_unlock(&queue->lock);
}

postern_status writer_queue_call(struct writer_queue *queue, journal_step *run, void *context,
                                 postern_error *error)
{
    struct writer_task task = {.run = run, .context = context, .error = error};
    pthread_mutex_lock(&queue->lock);
    *queue->tasks_tail = &task;
    queue->tasks_tail = &task.next;
    pthread_cond_signal(&queue->wake);
    while (!task.finished)
        pthread_cond_wait(&queue->finished, &queue->lock);
    pthread_mutex_unlock(&queue->lock);
    return task.status;
}

void writer_queue_close(struct writer_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->stop = true;
    pthread_cond_signal(&queue->wake);
    pthread_mutex_unlock(&queue->lock);
}

static size_t bytes_of(const struct journal_commit *commit)
{
    size_t bytes = journal_page_bytes(commit->pages);
    for (size_t i = 0; i < commit->dead_count; i++)
        bytes += commit->dead[i]->bytes.size;
    return bytes;
}

static struct journal_commit *take_commits(struct writer_queue *queue)
{
    struct journal_commit *first = queue->commits, **end = &queue->commits;
    size_t bytes = 0;
    for (size_t count = 0; *end && count < GROUP_COMMITS && bytes < GROUP_BYTES; count++) {
        bytes += bytes_of(*end);
        end = &(*end)->next;
    }
    struct journal_commit *rest = *end;
    *end = NULL;
    queue->commits = rest;
    if (!rest) queue->commits_tail = &queue->commits;
    return first;
}

bool writer_queue_take(struct writer_queue *queue, const struct clock *clock, int64_t until_ms,
                       struct writer_group *group)
{
    pthread_mutex_lock(&queue->lock);
    while (!queue->tasks && !queue->commits && !queue->stop && clock_monotonic_ms(clock) < until_ms)
        clock_wait(clock, &queue->wake, &queue->lock, until_ms);
    group->tasks = STEAL_POINTER(queue->tasks);
    queue->tasks_tail = &queue->tasks;
    group->commits = take_commits(queue);
    bool stop = queue->stop && !group->tasks && !group->commits;
    pthread_mutex_unlock(&queue->lock);
    return !stop;
}

bool writer_queue_has_work(struct writer_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    bool waits = queue->tasks || queue->commits || queue->stop;
    pthread_mutex_unlock(&queue->lock);
    return waits;
}

void writer_queue_finish(struct writer_queue *queue, struct writer_task *tasks, postern_status status,
                         const postern_error *error)
{
    if (!tasks) return;
    pthread_mutex_lock(&queue->lock);
    for (struct writer_task *task = tasks; task; task = task->next) {
        if (status < 0 && task->status >= 0) {
            task->status = status;
            if (task->error) *task->error = *error;
        }
        task->finished = true;
    }
    pthread_cond_broadcast(&queue->finished);
    pthread_mutex_unlock(&queue->lock);
}

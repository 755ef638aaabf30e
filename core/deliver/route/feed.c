/* Feeding a delivery: pages out of the journal, through the scripts on the workers. On the sink's thread. */
#include "base/error.h"
#include "base/log.h"
#include "deliver/sink/writer.h"
#include <stdatomic.h>

/* How much of a delivery may be read ahead of its sink. */
#define MOST_PAGES_IN_HAND 4
#define MOST_BYTES_IN_HAND ((size_t)16 << 20)

static bool wants_page(void *context, int64_t stream_id, const char *account, const char *source)
{
    (void)stream_id;
    return pipeline_wants(context, account, source);
}

static void transform_is_ready(struct transform *transform)
{
    struct delivery *delivery = transform->context;
    pthread_mutex_lock(&delivery->runner->lock);
    transform->is_ready = true;
    pthread_cond_broadcast(&delivery->runner->changed);
    pthread_mutex_unlock(&delivery->runner->lock);
}

static void run_transform(struct worker_job *job, size_t worker)
{
    struct transform *transform = (struct transform *)job; /* its first member */
    transform_run(transform, worker);
    transform->ready(transform);
}

static void start(struct delivery *delivery, struct transform *transform)
{
    transform->job.run = run_transform;
    transform->ready = transform_is_ready;
    transform->context = delivery;
    transform->breaks_off = &delivery->runner->breaks_off;
    workers_submit(delivery->runner->parts->workers, &transform->job);
}

static void wait_until_ready(struct sink_runner *runner, const struct transform *transform)
{
    pthread_mutex_lock(&runner->lock);
    while (!transform->is_ready)
        pthread_cond_wait(&runner->changed, &runner->lock);
    pthread_mutex_unlock(&runner->lock);
}

static bool submit(struct delivery *delivery, const struct page_view *page)
{
    struct transform *transform = transform_new(delivery->pipeline, delivery->name, page);
    if (!transform) return false;
    *delivery->last = transform;
    delivery->last = &transform->next;
    delivery->in_hand++;
    delivery->bytes_in_hand += page->bytes;
    delivery->read_until = page->sequence;
    start(delivery, transform);
    return true;
}

bool delivery_transform_again(struct delivery *delivery)
{
    struct transform *old = delivery->first;
    struct transform *fresh = transform_new(delivery->pipeline, delivery->name, old->page);
    if (!fresh) return false;
    fresh->next = old->next;
    if (!fresh->next) delivery->last = &fresh->next;
    delivery->first = fresh;
    old->page = NULL; /* goes over to the fresh one */
    transform_free(old);
    start(delivery, fresh);
    return true;
}

struct transform *delivery_transform_letter(struct delivery *delivery, const struct dead_letter *letter)
{
    struct transform *transform = transform_new(delivery->pipeline, delivery->name, NULL);
    if (!transform) return NULL;
    transform->letter = letter;
    start(delivery, transform);
    wait_until_ready(delivery->runner, transform);
    return transform;
}

void delivery_drop_pages(struct delivery *delivery)
{
    for (struct transform *transform = delivery->first, *next; transform; transform = next) {
        wait_until_ready(delivery->runner, transform);
        next = transform->next;
        transform_free(transform);
    }
    delivery->first = NULL;
    delivery->last = &delivery->first;
    delivery->in_hand = delivery->bytes_in_hand = 0;
    delivery->read_until = delivery->cursor;
}

/* Nothing (more) is there for this delivery. */
static void catch_up(struct delivery *delivery, int64_t end)
{
    if (end > delivery->read_until) delivery->read_until = end;
    if (delivery->first) return;
    if (delivery->read_until > delivery->cursor) delivery_skip_to(delivery, delivery->read_until);
    atomic_store(&delivery->passed, delivery->cursor);
}

/* A page of the journal that cannot be read any more: its events are gone, which the dead letters must say.
 */
static postern_status bury_page(struct delivery *delivery, int64_t sequence, postern_error *error)
{
    struct dead_letter letter = {.stage = "journal", .reason = error->message, .name = delivery->name};
    struct dead_letter *const dead[] = {&letter};
    struct delivery_move move = {
        .delivery_id = delivery->id, .sink = delivery->runner->config->name, .cursor = sequence, .dead = 1};
    struct journal_commit commit = {.delivery = &move, .dead = dead, .dead_count = 1};
    postern_error failure = ERROR_INIT;
    log_error(POSTERN_LOG_ERROR, delivery->name, error);
    postern_status status = journal_commit_now(delivery->runner->parts->journal, &commit, &failure);
    if (status >= 0) delivery->cursor = delivery->read_until = sequence;
    *error = failure;
    return status;
}

void delivery_feed(struct delivery *delivery)
{
    struct journal *journal = delivery->runner->parts->journal;
    postern_error error = ERROR_INIT;
    while (delivery->in_hand < MOST_PAGES_IN_HAND && delivery->bytes_in_hand < MOST_BYTES_IN_HAND) {
        const struct page_view *page = NULL;
        int64_t end = 0, next = 0;
        if (journal_end(journal, &end, &error) < 0) break;
        postern_status status = journal_next_page(journal, delivery->read_until, wants_page,
                                                  delivery->pipeline, &page, &next, &error);
        if (status == POSTERN_E_PROTOCOL && next > delivery->read_until) {
            if (delivery->first) return; /* its turn comes when all before it is delivered */
            if (bury_page(delivery, next, &error) < 0) break;
            continue;
        }
        if (status < 0) break;
        if (!page) {
            catch_up(delivery, end);
            return;
        }
        if (!submit(delivery, page)) {
            page_release(page);
            return;
        }
    }
    if (error.code < 0) log_error(POSTERN_LOG_WARNING, delivery->name, &error);
}

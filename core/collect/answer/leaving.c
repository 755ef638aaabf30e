#include "collect/answer/leaving.h"

#include "base/array.h"
#include "base/container.h"
#include "base/text.h"
#include "collect/answer/identity.h"

#include <stdlib.h>

static bool is_enough(const struct leaving *leaving)
{
    return leaving->count >= leaving->page_events || leaving->bytes >= leaving->page_size;
}

static bool take(void *context, const struct snapshot_leaver *leaver)
{
    struct leaving *leaving = context;
    struct journal_event event = {
        .time_ms = leaver->missed_ms, .type = text_of(leaving->left_type), .json = leaver->text};
    leaving->is_all = !is_enough(leaving);
    if (!leaving->is_all) return false;
    identity_of_item(leaver->key, true, leaver->appeared, event.id);
    if (!array_extend(&leaving->rows, leaving->count, sizeof *leaving->rows) ||
        !page_builder_add(leaving->builder, &event)) {
        leaving->status = error_no_memory(&leaving->error, NULL);
        return false;
    }
    leaving->rows[leaving->count++] = leaver->row;
    leaving->bytes += leaver->text.size;
    if (leaver->missed_ms > leaving->newest_ms) leaving->newest_ms = leaver->missed_ms;
    return true;
}

static postern_status read_leavers(struct leaving *leaving)
{
    leaving->builder = page_builder_new(leaving->page_size, leaving->page_events);
    if (!leaving->builder) return error_no_memory(&leaving->error, NULL);
    leaving->is_all = true;
    postern_status status =
        journal_snapshot_leavers(leaving->journal, leaving->stream_id, take, leaving, &leaving->error);
    if (status >= 0) status = leaving->status;
    if (status < 0 || !leaving->count) return status;
    leaving->pages = page_builder_take(leaving->builder);
    return leaving->pages ? POSTERN_OK : error_no_memory(&leaving->error, NULL);
}

static void run_back(struct network_task *task)
{
    struct leaving *leaving = CONTAINER_OF(task, struct leaving, back);
    leaving->done(leaving);
}

static void run(struct worker_job *job, size_t worker)
{
    (void)worker;
    struct leaving *leaving = CONTAINER_OF(job, struct leaving, job);
    leaving->status = read_leavers(leaving);
    leaving->back.run = run_back;
    network_post(leaving->network, &leaving->back);
}

void leaving_read(struct leaving *leaving)
{
    leaving->error = ERROR_INIT;
    leaving->job.run = run;
    workers_submit(leaving->workers, &leaving->job);
}

void leaving_free(struct leaving *leaving)
{
    if (!leaving) return;
    if (leaving->builder) page_builder_free(leaving->builder);
    journal_page_free(leaving->pages);
    free(leaving->rows);
    free(leaving);
}

#include "collect/stream/counted_call.h"

#include "base/container.h"
#include "base/error.h"
#include "collect/stream/account_quota.h"
#include "collect/stream/state.h"
#include "collect/stream/trouble.h"

#include <stdlib.h>

struct counted_call {
    struct journal_commit commit;
    struct journal_calls calls;
    struct buffer text;
    struct stream *stream;
    struct request *request;
    void (*done)(struct request *request);
    struct network *network;
    struct network_task back;
    postern_status status;
    postern_error error;
};

static void give_up(struct stream *stream, struct request *request, const struct trouble *trouble)
{
    call_quota_cancel(&account_quota_of(stream)->calls);
    request_free(request);
    stream->phase = PHASE_RESTING;
    if (trouble) stream_take_trouble(stream, trouble);
    account_quota_wake(stream);
}

static void on_record(struct network_task *task)
{
    struct counted_call *call = CONTAINER_OF(task, struct counted_call, back);
    struct stream *stream = call->stream;
    struct activity *activity = &stream->shared->activity;
    struct trouble trouble;
    if (call->status < 0) trouble_of_commit(&call->error, call->status, &trouble);
    if (call->status < 0 || !activity->running) {
        give_up(stream, call->request, call->status < 0 ? &trouble : NULL);
    } else {
        stream->phase = PHASE_ASKING;
        stream->request = call->request;
        request_start(call->request, call->network, call->done, stream);
    }
    buffer_free(&call->text);
    free(call);
    activity_done(activity);
}

/* On the writer's thread. */
static void stored(struct journal_commit *commit, postern_status status, const postern_error *error)
{
    struct counted_call *call = commit->context;
    call->status = status;
    call->error = (postern_error)ERROR_INIT;
    if (status < 0 && error) call->error = *error;
    network_post(call->network, &call->back);
}

void counted_call_start(struct stream *stream, struct request *request, void (*done)(struct request *request))
{
    struct account_quota *quota = account_quota_of(stream);
    int64_t now = stream_now_ms(stream);
    struct counted_call *call = calloc(1, sizeof *call);
    call_quota_begin(&quota->calls);
    if (call) call->text = (struct buffer){.limit = CALL_QUOTA_TEXT_LIMIT};
    if (!call || !call_quota_write(&quota->calls, now, stream_wall_ms(stream), &call->text)) {
        struct trouble trouble = {.error = ERROR_INIT};
        error_no_memory(&trouble.error, NULL);
        if (call) buffer_free(&call->text);
        free(call);
        give_up(stream, request, &trouble);
        return;
    }
    call->calls = (struct journal_calls){
        .account_id = stream->account->record.id, .quota = quota->name, .text = buffer_text(&call->text)};
    call->commit = (struct journal_commit){.calls = &call->calls, .done = stored, .context = call};
    call->stream = stream;
    call->request = request;
    call->done = done;
    call->network = stream->shared->network;
    call->back.run = on_record;
    stream->phase = PHASE_COMMITTING;
    activity_busy(&stream->shared->activity);
    journal_submit(stream->shared->journal, &call->commit);
}

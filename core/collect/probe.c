/* `check --live`: asks each stream's endpoint once, in order, and keeps nothing. */
#include "base/error.h"
#include "collect/asking.h"
#include "collect/fleet.h"
#include "collect/stream/exchange_trouble.h"
#include "collect/stream/next_request.h"

static void keep(struct answer *answer)
{
    (void)answer; /* it was read on this thread, which looks at it afterwards */
}

static void read_probe(void *context, struct request *request, postern_error *error)
{
    struct stream *stream = context;
    struct trouble trouble;
    if (trouble_of_exchange(&request->exchange, request->arrived.wall_ms, 0, &trouble)) {
        request_free(request);
        *error = trouble.error;
        return;
    }
    struct answer *answer = stream_new_answer(stream, request);
    if (!answer) {
        error_no_memory(error, NULL);
        return;
    }
    answer->workers = NULL;
    answer->done = keep;
    answer_read(answer);
    if (answer->status < 0) {
        *error = answer->error;
        error->code = answer->status;
    }
    answer_free(answer);
}

static struct request *make_probe(void *context, postern_error *error)
{
    struct stream *stream = context;
    stream->polling = stream->pass_open = false; /* asked again, it may know better what time it is */
    return stream_first_request(stream, error);
}

static void probe_stream(struct stream *stream, postern_error *error)
{
    ask(stream->account, &(struct question){make_probe, read_probe, stream}, error);
}

static void say_nothing_to_read(const struct account *account, postern_error *error)
{
    error_set(error, POSTERN_E_UNSUPPORTED, "no source reads %s yet", account->access.profile->title);
    error_remedy(error, "Use another way to let this account in, or load a module with a source for it.");
}

static void say_secret_is_missing(const struct account *account, postern_error *error)
{
    error_set(error, POSTERN_E_CREDENTIALS, "%s", trouble_error(account->record.trouble));
    error_remedy(error, "%s", trouble_remedy(account->record.trouble));
}

postern_status collector_probe(const struct collector_parts *parts,
                               void (*each)(void *context, const char *account, const char *stream,
                                            const postern_error *error),
                               void *context, postern_error *error)
{
    struct collector_parts alone = *parts;
    alone.journal = NULL;
    struct fleet_progress progress = {0};
    struct fleet *fleet;
    postern_status status = fleet_build(&alone, &progress, NULL, &fleet, error);
    if (status < 0) return status;
    for (size_t i = 0; i < fleet->account_count; i++) {
        struct account *account = fleet->accounts[i];
        postern_error outcome = ERROR_INIT;
        if (!account->stream_count) {
            say_nothing_to_read(account, &outcome);
            each(context, account->name, "", &outcome);
        }
        for (size_t k = 0; k < account->stream_count; k++) {
            if (account->lacks_secret)
                say_secret_is_missing(account, &outcome);
            else
                probe_stream(&account->streams[k], &outcome);
            account_add_remedy(account, &outcome);
            each(context, account->name, account->streams[k].declaration->name, &outcome);
        }
    }
    fleet_free(fleet);
    return POSTERN_OK;
}

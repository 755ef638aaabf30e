/* `check --live`: asks each stream's endpoint once, in order, and keeps nothing. */
#include "base/error.h"
#include "collect/asking.h"
#include "collect/fleet.h"
#include "collect/stream/exchange_trouble.h"
#include "collect/stream/next_request.h"
#include "journal/trouble_words.h"

#include <stdlib.h>
#include <string.h>

static void keep(struct answer *answer)
{
    (void)answer; /* it was read on this thread, which looks at it afterwards */
}

static void read_answer(struct stream *stream, struct request *request, struct probed_stream *into)
{
    struct answer *answer = stream_new_answer(stream, request);
    if (!answer) {
        error_no_memory(&into->error, NULL);
        return;
    }
    answer->workers = NULL;
    answer->done = keep;
    answer_read(answer);
    if (answer->status < 0) {
        into->error = answer->error;
        into->error.code = answer->status;
        access_conceal(&request->access, &into->error);
    } else {
        into->is_empty = answer->outcome != POSTERN_MORE && !answer->events && !answer->repeats &&
                         !answer->left_out && !answer->set_aside && !answer->download_count;
    }
    answer_free(answer);
}

/* One stream while it is probed. */
struct probe {
    struct stream *stream;
    struct probed_stream *into;
};

static void read_probe(void *context, struct request *request, postern_error *error)
{
    struct probe *probe = context;
    struct trouble trouble;
    if (!trouble_of_exchange(&request->exchange, request->arrived.wall_ms, 0, &trouble)) {
        read_answer(probe->stream, request, probe->into);
        return;
    }
    request_free(request);
    *error = trouble.error;
    if (trouble.reaction != REACTION_WAIT) return;
    error->retry_after_ms = trouble.wait_ms;
    error_remedy(
        error, "Whether it works is not known: ask again after that. Whoever uses the same keys uses up the "
               "same limit.");
}

static struct request *make_probe(void *context, postern_error *error)
{
    struct stream *stream = ((struct probe *)context)->stream;
    stream->polling = stream->pass_open = false; /* asked again, it may know better what time it is */
    return stream_first_request(stream, error);
}

/* What the vendor counts together has one limit: an earlier stream has met it. NULL = none has. */
static const postern_error *met_limit(const struct probed_account *probed, size_t index)
{
    const postern_stream *stream = probed->streams[index].stream;
    const postern_quota *quota = POSTERN_HAS(stream, quota) ? stream->quota : NULL;
    for (size_t i = 0; quota && i < index; i++) {
        const postern_stream *other = probed->streams[i].stream;
        if (POSTERN_HAS(other, quota) && other->quota && strcmp(other->quota->name, quota->name) == 0 &&
            probed->streams[i].error.retry_after_ms > 0)
            return &probed->streams[i].error;
    }
    return NULL;
}

/* Without an access token no stream can be asked: what was wrong with it is so for all. */
static void probe_streams(struct account *account, struct probed_account *probed)
{
    bool asked = true;
    for (size_t i = 0; i < account->stream_count; i++) {
        struct probed_stream *into = &probed->streams[i];
        struct probe probe = {&account->streams[i], into};
        struct question question = {make_probe, read_probe, &probe, 0, ""};
        const postern_error *limit = met_limit(probed, i);
        if (!asked)
            into->error = into[-1].error;
        else if (limit)
            into->error = *limit;
        else
            asked = ask(account, &question, &into->error);
        probed->requests += question.requests;
        memcpy(into->request_id, question.request_id, sizeof into->request_id);
    }
}

static void say_secret_is_missing(const struct account *account, postern_error *error)
{
    error_set(error, POSTERN_E_CREDENTIALS, "%s", trouble_error(account->record.trouble));
    error_remedy(error, "%s", trouble_remedy(account->record.trouble));
}

static struct probed_account *probe_account(struct account *account)
{
    struct probed_account *probed =
        calloc(1, sizeof *probed + account->stream_count * sizeof *probed->streams);
    if (!probed) return NULL;
    probed->name = account->name;
    probed->base_url = account->base_url;
    probed->profile = account->access.profile;
    probed->stream_count = account->stream_count;
    for (size_t i = 0; i < account->stream_count; i++) {
        probed->streams[i].stream = account->streams[i].declaration;
        probed->streams[i].error = ERROR_INIT;
        if (account->lacks_secret) say_secret_is_missing(account, &probed->streams[i].error);
    }
    if (!account->lacks_secret) probe_streams(account, probed);
    for (size_t i = 0; i < account->stream_count; i++)
        account_add_remedy(account, &probed->streams[i].error);
    return probed;
}

static bool is_named(const char *const *names, const char *name)
{
    if (!names) return true;
    for (; *names; names++)
        if (strcmp(*names, name) == 0) return true;
    return false;
}

postern_status collector_probe(const struct collector_parts *parts, const char *const *names,
                               void (*each)(void *context, const struct probed_account *account),
                               void *context, postern_error *error)
{
    struct collector_parts alone = *parts;
    alone.journal = NULL;
    struct fleet_progress progress = {0};
    struct fleet *fleet;
    postern_status status = fleet_build(&alone, &progress, NULL, &fleet, error);
    if (status < 0) return status;
    for (size_t i = 0; status == POSTERN_OK && i < fleet->account_count; i++) {
        if (!is_named(names, fleet->accounts[i]->name)) continue;
        struct probed_account *probed = probe_account(fleet->accounts[i]);
        if (!probed) status = error_no_memory(error, NULL);
        if (probed) each(context, probed);
        free(probed);
    }
    fleet_free(fleet);
    return status;
}

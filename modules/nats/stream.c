#include "answer.h"
#include "nats_sink.h"
#include "refusal.h"
#include "shared/broker/log.h"
#include "shared/broker/server.h"
#include "shared/net/aside.h"
#include "shared/net/wait.h"
#include <stdlib.h>

#define NS_PER_MS 1000000
#define ASK_MS    2000

/* The question about a stream, asked aside. It holds the connection through its context. */
struct stream_question {
    jsCtx *context;
    char *stream;
    jsStreamInfo *info;
    natsStatus status;
    jsErrCode code;
    char words[NATS_WORDS_SIZE]; /* of a failure, beside its status */
};

postern_status nats_no_stream(struct nats_sink *sink, const char **remedy)
{
    int64_t since = atomic_load(&sink->no_stream_since_ms), now = broker_now_ms();
    *remedy = NULL;
    if (since == 0) {
        since = now;
        atomic_store(&sink->no_stream_since_ms, now);
    }
    if (now - since < sink->no_stream_wait_ms) return POSTERN_E_RETRY;
    *remedy =
        "create the stream so that it takes this subject, and enable JetStream for this login's account";
    return POSTERN_E_CONFIG;
}

/* A batch that comes again later than the stream remembers its messages is stored twice. */
static void check_window(struct nats_sink *sink, const jsStreamConfig *config)
{
    int64_t window_ms = config->Duplicates / NS_PER_MS;
    bool is_short = window_ms < sink->duplicate_window_ms;
    if (is_short && !sink->warned)
        broker_log(sink->host, POSTERN_LOG_WARNING,
                   "the stream %s recognises a repeat for %lld s only, and duplicate_window says %lld s: "
                   "events that "
                   "come again later are stored twice (nats stream edit %s --dupe-window)",
                   sink->stream, (long long)window_ms / 1000, (long long)sink->duplicate_window_ms / 1000,
                   sink->stream);
    sink->warned = is_short;
}

static postern_status explain(struct nats_sink *sink, const struct stream_question *question,
                              postern_error *error)
{
    natsStatus status = question->status;
    struct nats_verdict verdict =
        question->code ? nats_judge_code((int64_t)question->code) : nats_judge_status((int)status);
    const char *remedy = verdict.remedy;
    char refusal[NATS_REFUSAL_SIZE];
    postern_status outcome = verdict.status;
    if (nats_refusal_read(sink->refusal, refusal) ||
        status == NATS_TIMEOUT) { /* it may publish without looking */
        broker_log(sink->host, POSTERN_LOG_WARNING,
                   "cannot look at the stream %s (%s): its duplicate window is not known", sink->stream,
                   refusal[0] ? refusal : "no answer");
        nats_refusal_clear(sink->refusal);
        return POSTERN_OK;
    }
    if (verdict.stream_is_missing) outcome = nats_no_stream(sink, &remedy);
    return kit_fail(error, outcome, remedy, "stream %s: %s", sink->stream,
                    question->words[0] ? question->words : natsStatus_GetText(status));
}

static void report(const struct nats_sink *sink, const postern_report *report, const jsStreamInfo *info)
{
    const jsStreamConfig *config = info->Config;
    bool in_memory = config->Storage == js_MemoryStorage;
    kit_say(report, in_memory ? POSTERN_LOG_WARNING : POSTERN_LOG_INFO,
            in_memory ? "messages are lost when the server ends: use a stream with file storage" : NULL,
            "stream %s: %llu messages, %llu bytes, %lld replicas, in %s", sink->stream,
            (unsigned long long)info->State.Msgs, (unsigned long long)info->State.Bytes,
            (long long)config->Replicas, in_memory ? "memory" : "files");
    kit_say(report, POSTERN_LOG_INFO, NULL, "repeats are recognised for %lld s",
            (long long)(config->Duplicates / NS_PER_MS / 1000));
}

static void question_free(void *work)
{
    struct stream_question *question = work;
    jsStreamInfo_Destroy(question->info);
    jsCtx_Destroy(question->context);
    free(question->stream);
    free(question);
}

static void ask_aside(void *work)
{
    struct stream_question *question = work;
    question->status =
        js_GetStreamInfo(&question->info, question->context, question->stream, NULL, &question->code);
    nats_note_words((int)question->status, question->words);
    nats_ReleaseThreadMemory();
}

static struct stream_question *question_new(const struct nats_sink *sink)
{
    struct stream_question *question = calloc(1, sizeof *question);
    jsOptions options;
    if (!question) return NULL;
    question->stream = strdup(sink->stream);
    if (!question->stream) {
        question_free(question);
        return NULL;
    }
    jsOptions_Init(&options);
    options.Wait = ASK_MS;
    question->status = natsConnection_JetStream(&question->context, sink->connection, &options);
    nats_note_words((int)question->status, question->words);
    return question;
}

static postern_status answered(struct nats_sink *sink, const struct stream_question *question,
                               const postern_report *to, postern_error *error)
{
    if (question->status != NATS_OK) return explain(sink, question, error);
    check_window(sink, question->info->Config);
    if (to) report(sink, to, question->info);
    return POSTERN_OK;
}

postern_status nats_look_at_stream(struct nats_sink *sink, const postern_report *to, postern_error *error)
{
    static const struct net_aside asking = {.run = ask_aside, .drop = question_free};
    struct stream_question *question = question_new(sink);
    postern_status status = POSTERN_OK;
    if (!question) return kit_no_memory(error);
    if (question->status == NATS_OK)
        status = net_run_aside(sink->host, &asking, question, net_clock_ms() + ASK_MS + BROKER_PATIENCE_MS);
    if (status < 0)
        return kit_fail(error, status, NULL, "stream %s: %s", sink->stream,
                        status == POSTERN_E_STOPPED ? "Postern is stopping" : "nobody answers");
    status = answered(sink, question, to, error);
    question_free(question);
    return status;
}

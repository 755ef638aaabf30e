#include "answer.h"
#include "nats_sink.h"
#include "shared/broker/log.h"

#define NS_PER_MS 1000000
#define ASK_MS    2000

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

static postern_status explain(struct nats_sink *sink, natsStatus status, jsErrCode code, postern_error *error)
{
    struct nats_verdict verdict = code ? nats_judge_code((int64_t)code) : nats_judge_status((int)status);
    const char *remedy = verdict.remedy, *words = nats_GetLastError(NULL);
    char refusal[256];
    postern_status outcome = verdict.status;
    if (nats_was_refused(sink, refusal) || status == NATS_TIMEOUT) { /* it may publish without looking */
        broker_log(sink->host, POSTERN_LOG_WARNING,
                   "cannot look at the stream %s (%s): its duplicate window is not known", sink->stream,
                   refusal[0] ? refusal : "no answer");
        pthread_mutex_lock(&sink->lock);
        sink->refusal[0] = '\0';
        pthread_mutex_unlock(&sink->lock);
        return POSTERN_OK;
    }
    if (verdict.stream_is_missing) outcome = nats_no_stream(sink, &remedy);
    return kit_fail(error, outcome, remedy, "stream %s: %s", sink->stream,
                    words && *words ? words : natsStatus_GetText(status));
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

postern_status nats_look_at_stream(struct nats_sink *sink, const postern_report *to, postern_error *error)
{
    jsCtx *jetstream = NULL;
    jsStreamInfo *info = NULL;
    jsOptions options;
    jsErrCode code = 0;
    jsOptions_Init(&options);
    options.Wait = ASK_MS;
    natsStatus status = natsConnection_JetStream(&jetstream, sink->connection, &options);
    if (status == NATS_OK) status = js_GetStreamInfo(&info, jetstream, sink->stream, NULL, &code);
    if (status == NATS_OK) check_window(sink, info->Config);
    if (status == NATS_OK && to) report(sink, to, info);
    jsStreamInfo_Destroy(info);
    jsCtx_Destroy(jetstream);
    return status == NATS_OK ? POSTERN_OK : explain(sink, status, code, error);
}

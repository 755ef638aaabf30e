#include "kafka_sink.h"
#include "report.h"
#include "shared/broker/address.h"
#include "shared/broker/log.h"

#define ASK_MS          500 /* how soon an order to stop is noticed */
#define LIBRARY_WARNING 4   /* as of syslog */

/* ---- What the library tells ---- */

static void take_trouble(rd_kafka_t *handle, int code, const char *reason, void *opaque)
{
    struct kafka_sink *sink = opaque;
    char fatal[256];
    bool says_outage = false;
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        rd_kafka_fatal_error(handle, fatal, sizeof fatal);
        reason = fatal;
    }
    pthread_mutex_lock(&sink->lock);
    /* That all are down says less than why the last of them was lost. */
    if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || !sink->trouble) {
        sink->trouble = (rd_kafka_resp_err_t)code;
        snprintf(sink->trouble_words, sizeof sink->trouble_words, "%s", reason);
    }
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        says_outage = !sink->outage_said;
        sink->outage_said = true;
    }
    pthread_mutex_unlock(&sink->lock);
    if (says_outage)
        broker_log(sink->host, POSTERN_LOG_WARNING,
                   "no broker can be reached; what is not acknowledged waits");
}

/* Its own lines are the operator's only when somebody looks for trouble: what matters comes with the reports.
 */
static void take_line(const rd_kafka_t *handle, int level, const char *facility, const char *line)
{
    const struct kafka_sink *sink = rd_kafka_opaque(handle);
    if (sink && level <= LIBRARY_WARNING) broker_log(sink->host, POSTERN_LOG_DEBUG, "%s: %s", facility, line);
}

/* ---- Making and ending it ---- */

static postern_status make(struct kafka_sink *sink, postern_error *error)
{
    rd_kafka_conf_t *settings;
    char words[256];
    postern_status status = kafka_settings(sink->host, &settings, error);
    if (status < 0) return status;
    rd_kafka_conf_set_opaque(settings, sink);
    rd_kafka_conf_set_dr_msg_cb(settings, kafka_take_report);
    rd_kafka_conf_set_error_cb(settings, take_trouble);
    rd_kafka_conf_set_log_cb(settings, take_line);
    sink->handle = rd_kafka_new(RD_KAFKA_PRODUCER, settings, words, sizeof words);
    if (sink->handle) return POSTERN_OK; /* it has the settings now */
    rd_kafka_conf_destroy(settings);
    return kit_fail(error, POSTERN_E_CONFIG, "check ca_file, client_certificate, client_key and options",
                    "%s", words);
}

static postern_status no_answer(struct kafka_sink *sink, rd_kafka_resp_err_t answer, postern_error *error)
{
    pthread_mutex_lock(&sink->lock);
    struct kafka_verdict verdict = kafka_judge(sink->trouble ? (int)sink->trouble : (int)answer);
    postern_status status = kit_fail(error, verdict.status, verdict.remedy, "no broker answers: %s",
                                     sink->trouble ? sink->trouble_words : rd_kafka_err2str(answer));
    pthread_mutex_unlock(&sink->lock);
    return status;
}

static bool is_hopeless(struct kafka_sink *sink)
{
    pthread_mutex_lock(&sink->lock);
    bool hopeless = sink->trouble && kafka_judge((int)sink->trouble).status == POSTERN_E_CONFIG;
    pthread_mutex_unlock(&sink->lock);
    return hopeless;
}

/* One try to get an answer from some broker. *refusal: what it says of the topic, if `topic` is not NULL. */
static rd_kafka_resp_err_t ask(struct kafka_sink *sink, rd_kafka_topic_t *topic, const postern_report *report,
                               rd_kafka_resp_err_t *refusal)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t answer = rd_kafka_metadata(sink->handle, 0, topic, &metadata, ASK_MS);
    if (answer == RD_KAFKA_RESP_ERR_NO_ERROR && report)
        kit_say(report, POSTERN_LOG_INFO, NULL, "%d brokers; answered by %s", metadata->broker_cnt,
                metadata->orig_broker_name);
    if (answer == RD_KAFKA_RESP_ERR_NO_ERROR && topic && metadata->topic_cnt == 1) {
        *refusal = metadata->topics[0].err;
        if (report && *refusal == RD_KAFKA_RESP_ERR_NO_ERROR)
            kit_say(report, POSTERN_LOG_INFO, NULL, "topic %s: %d partitions", metadata->topics[0].topic,
                    metadata->topics[0].partition_cnt);
    }
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_poll(sink->handle, 0);
    return answer;
}

/* NULL if its name depends on the event. */
static rd_kafka_topic_t *fixed_topic(const struct kafka_sink *sink)
{
    char name[256];
    if (broker_template_has(sink->topic, "%{") || sink->topic.size >= sizeof name) return NULL;
    memcpy(name, sink->topic.data, sink->topic.size);
    name[sink->topic.size] = '\0';
    return rd_kafka_topic_new(sink->handle, name, NULL);
}

/* A topic that is not there may be made when something is sent; one that may not be written is said at once.
 */
static postern_status judge_topic(rd_kafka_resp_err_t refusal, postern_error *error)
{
    struct kafka_verdict verdict = kafka_judge((int)refusal);
    if (verdict.status != POSTERN_E_CONFIG || refusal == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        return POSTERN_OK;
    return kit_fail(error, verdict.status, verdict.remedy, "%s", rd_kafka_err2str(refusal));
}

static postern_status wait_for_answer(struct kafka_sink *sink, const postern_report *report,
                                      postern_error *error)
{
    int64_t until_ms = broker_now_ms() + sink->connect_timeout_ms;
    rd_kafka_resp_err_t answer, refusal = RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_topic_t *topic = fixed_topic(sink);
    postern_status status = POSTERN_OK;
    do {
        answer = ask(sink, topic, report, &refusal);
        if (sink->host->stopping(sink->host)) status = POSTERN_E_STOPPED;
    } while (answer != RD_KAFKA_RESP_ERR_NO_ERROR && status >= 0 && !is_hopeless(sink) &&
             broker_now_ms() < until_ms);
    if (topic) rd_kafka_topic_destroy(topic);
    if (answer == RD_KAFKA_RESP_ERR_NO_ERROR) return judge_topic(refusal, error);
    return status < 0 ? status : no_answer(sink, answer, error);
}

postern_status kafka_connect(struct kafka_sink *sink, postern_error *error)
{
    sink->trouble = RD_KAFKA_RESP_ERR_NO_ERROR;
    sink->refusal_said = false;
    sink->outage_said = true; /* the failure to connect says so */
    postern_status status = make(sink, error);
    if (status < 0) return status;
    status = wait_for_answer(sink, NULL, error);
    sink->outage_said = false;
    if (status < 0) kafka_disconnect(sink);
    return status;
}

postern_status kafka_probe(void *self, const postern_call *call, const postern_report *report,
                           postern_error *error)
{
    (void)call;
    return wait_for_answer(self, report, error);
}

void kafka_disconnect(struct kafka_sink *sink)
{
    if (sink->handle) rd_kafka_destroy(sink->handle);
    sink->handle = NULL;
}

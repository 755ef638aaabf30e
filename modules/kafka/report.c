#include "report.h"
#include <librdkafka/rdkafka.h>

struct report_row {
    int code;
    struct kafka_verdict verdict;
};

#define ERROR(name) RD_KAFKA_RESP_ERR_##name
#define REJECT(reason)                                                                                       \
    {                                                                                                        \
        BROKER_REJECTED, POSTERN_OK, reason                                                                  \
    }
#define RETRY(remedy)                                                                                        \
    {                                                                                                        \
        BROKER_FAILED, POSTERN_E_RETRY, remedy                                                               \
    }
#define CONFIG(remedy)                                                                                       \
    {                                                                                                        \
        BROKER_FAILED, POSTERN_E_CONFIG, remedy                                                              \
    }

#define INVALID_DIFFERENT_RECORD (-138) /* since librdkafka 2.3: another record of the batch is invalid */

#define SIZE                                                                                                 \
    "the brokers refuse it for its size, though it came alone: raise max.message.bytes of the topic, or "    \
    "set "                                                                                                   \
    "max_message to it"
#define SEGMENT  "the brokers refuse it for its size, though it came alone: raise segment.bytes of the topic"
#define INVALID  "the brokers refuse it as an invalid record, though it came alone"
#define TOPIC    "create the topic, or correct its name; brokers need not make topics by themselves"
#define REPLICAS "too few replicas of the partition are in sync: look at the brokers and min.insync.replicas"
#define LOGIN    "check sasl.mechanism, sasl.username and sasl.password in options"
#define TRUST                                                                                                \
    "check ca_file, client_certificate and client_key, and that the brokers offer TLS under their names"
#define MAY                                                                                                  \
    "allow this login to write (WRITE and DESCRIBE on the topic, IDEMPOTENT_WRITE on the cluster before "    \
    "3.0)"

static const struct report_row rows[] = {
    {ERROR(NO_ERROR), {BROKER_SAFE, POSTERN_OK, NULL}},
    /* of one event, or of others in its record batch */
    {ERROR(MSG_SIZE_TOO_LARGE), REJECT(SIZE)},
    {ERROR(RECORD_LIST_TOO_LARGE), REJECT(SEGMENT)},
    {ERROR(INVALID_RECORD), REJECT(INVALID)},
    {INVALID_DIFFERENT_RECORD, REJECT(INVALID)},
    /* of the topic, the login, the settings */
    {ERROR(UNKNOWN_TOPIC_OR_PART), CONFIG(TOPIC)},
    {ERROR(_UNKNOWN_TOPIC), CONFIG(TOPIC)},
    {ERROR(_UNKNOWN_PARTITION), CONFIG(TOPIC)},
    {ERROR(TOPIC_EXCEPTION),
     CONFIG("topic makes a name that Kafka does not allow: 1 to 249 of letters, digits, . _ -")},
    {ERROR(TOPIC_AUTHORIZATION_FAILED), CONFIG(MAY)},
    {ERROR(CLUSTER_AUTHORIZATION_FAILED), CONFIG(MAY)},
    {ERROR(_AUTHENTICATION), CONFIG(LOGIN)},
    {ERROR(SASL_AUTHENTICATION_FAILED), CONFIG(LOGIN)},
    {ERROR(UNSUPPORTED_SASL_MECHANISM), CONFIG(LOGIN)},
    {ERROR(ILLEGAL_SASL_STATE), CONFIG(LOGIN)},
    {ERROR(SECURITY_DISABLED), CONFIG(LOGIN)},
    {ERROR(_SSL), CONFIG(TRUST)},
    {ERROR(INVALID_TIMESTAMP),
     CONFIG("the topic refuses the time of receipt: look at its message.timestamp settings")},
    {ERROR(POLICY_VIOLATION), CONFIG("a policy of the brokers refuses it")},
    {ERROR(UNSUPPORTED_VERSION), CONFIG("the brokers are too old for idempotent producers (0.11)")},
    {ERROR(UNSUPPORTED_FOR_MESSAGE_FORMAT),
     CONFIG("set the topic's message.format.version to 0.11 or newer")},
    {ERROR(UNSUPPORTED_COMPRESSION_TYPE), CONFIG("choose another compression")},
    {ERROR(_UNSUPPORTED_FEATURE), CONFIG("the brokers or the library cannot do that: look at options")},
    {ERROR(_INVALID_ARG), CONFIG("look at options")},
    /* passes by itself */
    {ERROR(NOT_ENOUGH_REPLICAS), RETRY(REPLICAS)},
    {ERROR(NOT_ENOUGH_REPLICAS_AFTER_APPEND), RETRY(REPLICAS)},
    {ERROR(KAFKA_STORAGE_ERROR), RETRY("look at the disks of the brokers")},
    {ERROR(THROTTLING_QUOTA_EXCEEDED), RETRY("raise the quota of this login")},
    {ERROR(_MSG_TIMED_OUT), RETRY("look at the brokers and the way to them")},
    {ERROR(_ALL_BROKERS_DOWN), RETRY("look at the brokers and the way to them")},
};

struct kafka_verdict kafka_judge(int code)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].code == code) return rows[i].verdict;
    return (struct kafka_verdict)RETRY(NULL);
}

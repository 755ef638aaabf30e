#include "reply.h"
#include <amqp.h>

struct reply_row {
    int code;
    struct mq_verdict verdict;
};

#define RETRY  POSTERN_E_RETRY
#define CONFIG POSTERN_E_CONFIG

static const struct reply_row codes[] = {
    {AMQP_CONTENT_TOO_LARGE, {CONFIG, "lower max_message to what the broker takes"}},
    {AMQP_NO_ROUTE, {CONFIG, "bind a queue to the exchange for this routing key"}},
    {AMQP_NO_CONSUMERS, {RETRY, NULL}},
    {AMQP_CONNECTION_FORCED, {RETRY, NULL}}, /* it shuts down, or an operator closed the connection */
    {AMQP_INVALID_PATH, {CONFIG, "check vhost"}},
    {AMQP_ACCESS_REFUSED,
     {CONFIG, "check user, password and vhost, and that the user may write to the exchange"}},
    {AMQP_NOT_FOUND, {CONFIG, "declare the exchange, or correct its name"}},
    {AMQP_RESOURCE_LOCKED, {RETRY, NULL}},
    {AMQP_PRECONDITION_FAILED, {CONFIG, "the exchange or a queue was declared otherwise than it is used"}},
    {AMQP_COMMAND_INVALID, {CONFIG, "the broker offers no publisher confirms"}},
    {AMQP_NOT_ALLOWED, {CONFIG, "check vhost, and that the user may use it"}},
    {AMQP_NOT_IMPLEMENTED, {CONFIG, "the broker offers no publisher confirms"}},
};

#define TRUST                                                                                                \
    "check ca_file, client_certificate and client_key, and that the server's certificate has its name"

static const struct reply_row statuses[] = {
    {AMQP_STATUS_BAD_URL, {CONFIG, "check servers"}},
    {AMQP_STATUS_INVALID_PARAMETER, {CONFIG, "check servers, vhost, user and password"}},
    {AMQP_STATUS_INCOMPATIBLE_AMQP_VERSION, {CONFIG, "this is no AMQP 0-9-1: check servers"}},
    {AMQP_STATUS_BROKER_UNSUPPORTED_SASL_METHOD,
     {CONFIG, "the broker takes no such login: give user and password, or enable EXTERNAL there"}},
    {AMQP_STATUS_SSL_ERROR, {CONFIG, TRUST}},
    {AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED, {CONFIG, TRUST}},
    {AMQP_STATUS_SSL_PEER_VERIFY_FAILED, {CONFIG, TRUST}},
    {AMQP_STATUS_NO_MEMORY, {POSTERN_E_MEMORY, NULL}},
};

static struct mq_verdict judge(const struct reply_row *rows, size_t count, int code)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].code == code) return rows[i].verdict;
    return (struct mq_verdict){RETRY, NULL};
}

struct mq_verdict mq_judge_code(int code)
{
    return judge(codes, sizeof codes / sizeof *codes, code);
}

struct mq_verdict mq_judge_status(int status)
{
    return judge(statuses, sizeof statuses / sizeof *statuses, status);
}

int64_t mq_read_size_limit(postern_text words)
{
    static const char before[] = " max size ";
    const char *at = words.size ? memmem(words.data, words.size, before, sizeof before - 1) : NULL;
    int64_t limit = 0;
    if (!at) return 0;
    for (at += sizeof before - 1; at < kit_end(words) && *at >= '0' && *at <= '9' && limit < INT32_MAX; at++)
        limit = limit * 10 + (*at - '0');
    return limit;
}

/* Which of Kafka's codes reject an event, which stop the sink with advice, and which are tried again. */
#include "report.h"
#include <librdkafka/rdkafka.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct row {
    int code;
    enum broker_fate fate;
    postern_status status;
};

static void test_codes(void **state)
{
    static const struct row rows[] = {
        {0, BROKER_SAFE, POSTERN_OK},
        {10, BROKER_REJECTED, POSTERN_OK},     /* message too large */
        {18, BROKER_REJECTED, POSTERN_OK},     /* record list too large */
        {87, BROKER_REJECTED, POSTERN_OK},     /* invalid record */
        {-138, BROKER_REJECTED, POSTERN_OK},   /* another record of the batch is invalid */
        {3, BROKER_FAILED, POSTERN_E_CONFIG},  /* unknown topic or partition */
        {17, BROKER_FAILED, POSTERN_E_CONFIG}, /* invalid topic */
        {29, BROKER_FAILED, POSTERN_E_CONFIG}, /* topic authorization failed */
        {31, BROKER_FAILED, POSTERN_E_CONFIG}, /* cluster authorization failed */
        {58, BROKER_FAILED, POSTERN_E_CONFIG}, /* SASL authentication failed */
        {RD_KAFKA_RESP_ERR__AUTHENTICATION, BROKER_FAILED, POSTERN_E_CONFIG},
        {RD_KAFKA_RESP_ERR__SSL, BROKER_FAILED, POSTERN_E_CONFIG},
        {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, BROKER_FAILED, POSTERN_E_CONFIG},
        {6, BROKER_FAILED, POSTERN_E_RETRY},  /* not the leader */
        {7, BROKER_FAILED, POSTERN_E_RETRY},  /* request timed out */
        {19, BROKER_FAILED, POSTERN_E_RETRY}, /* not enough replicas */
        {20, BROKER_FAILED, POSTERN_E_RETRY}, /* ... after append */
        {45, BROKER_FAILED, POSTERN_E_RETRY}, /* out of order sequence: the handle is made anew */
        {56, BROKER_FAILED, POSTERN_E_RETRY}, /* storage error */
        {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, BROKER_FAILED, POSTERN_E_RETRY},
        {RD_KAFKA_RESP_ERR__TRANSPORT, BROKER_FAILED, POSTERN_E_RETRY},
        {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, BROKER_FAILED, POSTERN_E_RETRY},
        {RD_KAFKA_RESP_ERR__FATAL, BROKER_FAILED, POSTERN_E_RETRY},
        {RD_KAFKA_RESP_ERR__PURGE_QUEUE, BROKER_FAILED, POSTERN_E_RETRY},
        {RD_KAFKA_RESP_ERR__PURGE_INFLIGHT, BROKER_FAILED, POSTERN_E_RETRY},
        {-1, BROKER_FAILED, POSTERN_E_RETRY},   /* unknown */
        {9999, BROKER_FAILED, POSTERN_E_RETRY}, /* of a broker to come */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kafka_verdict verdict = kafka_judge(rows[i].code);
        bool says_what_to_do =
            (verdict.status != POSTERN_E_CONFIG && verdict.fate != BROKER_REJECTED) || verdict.remedy;
        if (verdict.fate != rows[i].fate || verdict.status != rows[i].status || !says_what_to_do)
            fail_msg("%d is judged %d %d %s", rows[i].code, verdict.fate, verdict.status,
                     verdict.remedy ? verdict.remedy : "-");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_codes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

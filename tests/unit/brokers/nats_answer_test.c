/* Which of JetStream's answers reject an event, which stop the sink with advice, and which are tried again.
 */
#include "answer.h"
#include <nats/nats.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct row {
    int code;
    enum broker_fate fate;
    postern_status status;
    bool stream_is_missing, has_remedy;
};

static void check(struct nats_verdict verdict, const struct row *row)
{
    if (verdict.fate != row->fate || verdict.status != row->status ||
        verdict.stream_is_missing != row->stream_is_missing || (verdict.remedy != NULL) != row->has_remedy)
        fail_msg("%d is judged %d %d %d %s", row->code, verdict.fate, verdict.status,
                 verdict.stream_is_missing, verdict.remedy ? verdict.remedy : "-");
}

static void test_codes(void **state)
{
    static const struct row rows[] = {
        {10054, BROKER_REJECTED, POSTERN_OK, false, false},    /* message too large for the stream */
        {10060, BROKER_FAILED, POSTERN_E_CONFIG, false, true}, /* another stream */
        {10109, BROKER_FAILED, POSTERN_E_CONFIG, false, true}, /* sealed */
        {10039, BROKER_FAILED, POSTERN_E_CONFIG, false, true}, /* not enabled for the account */
        {10059, BROKER_FAILED, POSTERN_E_RETRY, true, false},  /* no such stream */
        {10076, BROKER_FAILED, POSTERN_E_RETRY, true, false},  /* JetStream not enabled, or no leader */
        {10077, BROKER_FAILED, POSTERN_E_RETRY, false, true},  /* store failed: full */
        {10047, BROKER_FAILED, POSTERN_E_RETRY, false, true},  /* storage exceeded */
        {10023, BROKER_FAILED, POSTERN_E_RETRY, false, true},  /* resources */
        {10071, BROKER_FAILED, POSTERN_E_RETRY, false, false}, /* wrong last sequence */
        {10008, BROKER_FAILED, POSTERN_E_RETRY, false, false}, /* temporarily unavailable */
        {0, BROKER_FAILED, POSTERN_E_RETRY, false, false},     /* no number at all */
        {99999, BROKER_FAILED, POSTERN_E_RETRY, false, false}, /* of a server to come */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check(nats_judge_code(rows[i].code), &rows[i]);
}

static void test_statuses(void **state)
{
    static const struct row rows[] = {
        {NATS_CONNECTION_AUTH_FAILED, BROKER_FAILED, POSTERN_E_CONFIG, false, true},
        {NATS_NOT_PERMITTED, BROKER_FAILED, POSTERN_E_CONFIG, false, true},
        {NATS_SSL_ERROR, BROKER_FAILED, POSTERN_E_CONFIG, false, true},
        {NATS_SECURE_CONNECTION_WANTED, BROKER_FAILED, POSTERN_E_CONFIG, false, true},
        {NATS_NO_RESPONDERS, BROKER_FAILED, POSTERN_E_RETRY, true, false},
        {NATS_NOT_FOUND, BROKER_FAILED, POSTERN_E_RETRY, true, false},
        {NATS_MAX_PAYLOAD, BROKER_REJECTED, POSTERN_OK, false, false},
        {NATS_NO_SERVER, BROKER_FAILED, POSTERN_E_RETRY, false, false},
        {NATS_TIMEOUT, BROKER_FAILED, POSTERN_E_RETRY, false, false},
        {NATS_IO_ERROR, BROKER_FAILED, POSTERN_E_RETRY, false, false},
        {NATS_CONNECTION_CLOSED, BROKER_FAILED, POSTERN_E_RETRY, false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check(nats_judge_status(rows[i].code), &rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_codes), cmocka_unit_test(test_statuses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

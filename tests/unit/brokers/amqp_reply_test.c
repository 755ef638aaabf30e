/* Which of a broker's reply codes stop the sink with advice, and which are tried again. */
#include "reply.h"
#include <amqp.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct row {
    int code;
    postern_status status;
    bool has_remedy;
};

static void check(struct mq_verdict verdict, const struct row *row)
{
    if (verdict.status != row->status || (verdict.remedy != NULL) != row->has_remedy)
        fail_msg("%d is judged %d %s", row->code, verdict.status, verdict.remedy ? verdict.remedy : "-");
}

static void test_codes(void **state)
{
    static const struct row rows[] = {
        {312, POSTERN_E_CONFIG, true}, /* no route: no queue is bound */
        {403, POSTERN_E_CONFIG, true}, /* access refused */
        {404, POSTERN_E_CONFIG, true}, /* no such exchange */
        {406, POSTERN_E_CONFIG, true}, /* precondition failed */
        {530, POSTERN_E_CONFIG, true}, /* no such virtual host */
        {320, POSTERN_E_RETRY, false}, /* the broker shuts down */
        {405, POSTERN_E_RETRY, false}, /* resource locked */
        {501, POSTERN_E_RETRY, false}, /* frame error */
        {541, POSTERN_E_RETRY, false}, /* internal error */
        {0, POSTERN_E_RETRY, false},   /* none */
        {999, POSTERN_E_RETRY, false}, /* of a broker to come */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check(mq_judge_code(rows[i].code), &rows[i]);
}

static void test_statuses(void **state)
{
    static const struct row rows[] = {
        {AMQP_STATUS_SSL_PEER_VERIFY_FAILED, POSTERN_E_CONFIG, true},
        {AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED, POSTERN_E_CONFIG, true},
        {AMQP_STATUS_BROKER_UNSUPPORTED_SASL_METHOD, POSTERN_E_CONFIG, true},
        {AMQP_STATUS_INCOMPATIBLE_AMQP_VERSION, POSTERN_E_CONFIG, true},
        {AMQP_STATUS_NO_MEMORY, POSTERN_E_MEMORY, false},
        {AMQP_STATUS_SOCKET_ERROR, POSTERN_E_RETRY, false},
        {AMQP_STATUS_HEARTBEAT_TIMEOUT, POSTERN_E_RETRY, false},
        {AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED, POSTERN_E_RETRY, false},
        {AMQP_STATUS_SSL_CONNECTION_FAILED, POSTERN_E_RETRY, false}, /* also of a broker that ends */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check(mq_judge_status(rows[i].code), &rows[i]);
}

static void test_the_size_limit_in_a_refusal(void **state)
{
    (void)state;
    assert_int_equal(mq_read_size_limit(KIT_TEXT("PRECONDITION_FAILED - message size 2097152 is larger than "
                                                 "configured max size 1048576")),
                     1048576);
    assert_int_equal(mq_read_size_limit(KIT_TEXT("message size 5 is larger than max size 4")), 4);
    assert_int_equal(mq_read_size_limit(KIT_TEXT("PRECONDITION_FAILED - inequivalent arg 'durable'")), 0);
    assert_int_equal(mq_read_size_limit(KIT_TEXT("a max size ")), 0);
    assert_int_equal(mq_read_size_limit(kit_span(NULL, 0)), 0);
    assert_true(mq_read_size_limit(KIT_TEXT("max size 99999999999999999999999999")) == 0);
    assert_true(mq_read_size_limit(KIT_TEXT(" max size 99999999999999999999999999")) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_the_size_limit_in_a_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

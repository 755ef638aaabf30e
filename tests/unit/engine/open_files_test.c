/* How many connections the open files of the process allow. */
#include "../captured.h"
#include "../unit.h"
#include "engine/open_files.h"
#include <sys/resource.h>

static void each_connection_may_need_two(void **state)
{
    (void)state;
    static const struct {
        int64_t wanted, limit, allowed;
    } cases[] = {
        {256, 1024, 256}, {384, 1024, 384}, {385, 1024, 384}, {10000, 1024, 384},
        {256, 300, 22},   {256, 100, 1},    {1, 0, 1},        {10000, INT32_MAX, 10000},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(open_files_allow(cases[i].wanted, cases[i].limit), cases[i].allowed);
}

static int64_t soft_limit(void)
{
    struct rlimit files;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    return (int64_t)files.rlim_cur;
}

static void the_limit_is_raised_only_where_it_is_too_low(void **state)
{
    (void)state;
    char said[2048];
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){1024, 2000}), 0);
    assert_int_equal(open_files_for_connections(256), 256);
    assert_int_equal(soft_limit(), 1024);
    assert_int_equal(open_files_for_connections(500), 500);
    assert_int_equal(soft_limit(), 1256);
    struct captured captured;
    captured_begin(&captured);
    assert_int_equal(open_files_for_connections(1000), 872);
    captured_end(&captured, said, sizeof said);
    assert_int_equal(soft_limit(), 2000);
    assert_contains(said, "of max_connections = 1000 in http { ... } at most 872 are opened");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_connection_may_need_two),
        cmocka_unit_test(the_limit_is_raised_only_where_it_is_too_low),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

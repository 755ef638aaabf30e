/* Where to connect, out of options or a connection string. */
#include <stdlib.h>

#include "options_of.h"

static const char *value_of(const struct destination *target, const char *keyword)
{
    for (size_t i = 0; i < target->keyword_count; i++)
        if (strcmp(target->keywords[i], keyword) == 0) return target->values[i];
    return NULL;
}

static void read_good(struct destination *target, const struct option_of_test *options)
{
    struct host_of_test host = host_with(options);
    postern_error error = {.size = sizeof error};
    *target = (struct destination){0};
    if (target_read(&host.face, target, &error) < 0) fail_msg("%s", error.message);
}

static void expect_server(const struct destination *target, size_t index, const char *host, const char *port)
{
    const struct target_server *server = &target->servers[index];
    assert_true(index < target->server_count);
    assert_string_equal(server->host ? server->host : "", host);
    assert_string_equal(server->port ? server->port : "", port);
}

static void test_hosts_have_ports_and_brackets(void **state)
{
    struct destination target;
    (void)state;
    read_good(&target, (const struct option_of_test[]){{"host", "db1", NULL},
                                                       {"host", "db2:5433", NULL},
                                                       {"host", "[2001:db8::7]:5434", NULL},
                                                       {"host", "2001:db8::8", NULL},
                                                       {"host", "/run/postgresql", NULL},
                                                       {0}});
    assert_int_equal(target.server_count, 5);
    expect_server(&target, 0, "db1", "");
    expect_server(&target, 1, "db2", "5433");
    expect_server(&target, 2, "2001:db8::7", "5434");
    expect_server(&target, 3, "2001:db8::8", "");
    expect_server(&target, 4, "/run/postgresql", "");
    target_free(&target);
}

static void test_a_connection_string_names_them_too(void **state)
{
    struct destination target;
    (void)state;
    read_good(&target, (const struct option_of_test[]){
                           {"connection", "host=a,b,c port=1,,3 dbname=logs sslmode=disable", NULL},
                           {"password", "secret", NULL},
                           {0}});
    assert_int_equal(target.server_count, 3);
    expect_server(&target, 0, "a", "1");
    expect_server(&target, 1, "b", "");
    expect_server(&target, 2, "c", "3");
    assert_string_equal(value_of(&target, "dbname"), "logs");
    assert_string_equal(value_of(&target, "password"), "secret");
    assert_string_equal(value_of(&target, "sslmode"), "disable");
    target_free(&target);
    read_good(&target,
              (const struct option_of_test[]){{"connection", "postgresql://me:pw@a:1,b:2/logs", NULL}, {0}});
    expect_server(&target, 0, "a", "1");
    expect_server(&target, 1, "b", "2");
    assert_string_equal(value_of(&target, "password"), "pw");
    target_free(&target);
}

static void test_what_leaves_the_machine_is_encrypted(void **state)
{
    static const struct {
        const char *host, *mode;
    } cases[] = {{"db1", "verify-full"},         {"127.0.0.1", "prefer"},
                 {"localhost", "prefer"},        {"::1", "prefer"},
                 {"/run/postgresql", "prefer"},  {"192.0.2.7", "verify-full"},
                 {"1270.example", "verify-full"}};
    struct destination target;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        read_good(&target, (const struct option_of_test[]){{"host", cases[i].host, NULL}, {0}});
        assert_string_equal(value_of(&target, "sslmode"), cases[i].mode);
        assert_true((value_of(&target, "sslrootcert") != NULL) == (strcmp(cases[i].mode, "prefer") != 0));
        target_free(&target);
    }
    read_good(&target, (const struct option_of_test[]){{"host", "db1", NULL}, {"host", "::1", NULL}, {0}});
    assert_string_equal(value_of(&target, "sslmode"), "verify-full");
    target_free(&target);
}

static void expect_refusal(const struct option_of_test *options, const char *words)
{
    struct host_of_test host = host_with(options);
    struct destination target = {0};
    postern_error error = {.size = sizeof error};
    assert_int_equal(target_read(&host.face, &target, &error), POSTERN_E_CONFIG);
    assert_contains(error.message, words);
    if (strstr(error.message, "hush")) fail_msg("the secret is shown: %s", error.message);
    target_free(&target);
}

static void test_what_makes_no_sense_is_refused_without_the_secret(void **state)
{
    struct option_of_test many[MOST_SERVERS + 2] = {{0}};
    (void)state;
    expect_refusal((const struct option_of_test[]){{"connection", "host=a hush", NULL}, {0}},
                   "no connection string");
    expect_refusal((const struct option_of_test[]){{"connection", "hush=a", NULL}, {0}},
                   "no connection string");
    expect_refusal((const struct option_of_test[]){{"connection", "host=a", NULL}, {"host", "b", NULL}, {0}},
                   "not both");
    expect_refusal((const struct option_of_test[]){{"host", "a,b", NULL}, {0}}, "names no host");
    expect_refusal((const struct option_of_test[]){{"host", "", NULL}, {0}}, "names no host");
    expect_refusal((const struct option_of_test[]){{"host", "[::1", NULL}, {0}}, "]");
    for (size_t i = 0; i < MOST_SERVERS + 1; i++)
        many[i] = (struct option_of_test){"host", "a", NULL};
    expect_refusal(many, "at most");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts_have_ports_and_brackets),
        cmocka_unit_test(test_a_connection_string_names_them_too),
        cmocka_unit_test(test_what_leaves_the_machine_is_encrypted),
        cmocka_unit_test(test_what_makes_no_sense_is_refused_without_the_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

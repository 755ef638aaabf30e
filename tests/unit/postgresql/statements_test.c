/* The SQL that comes out of the settings. */
#include <stdlib.h>

#include "options_of.h"

static void expect(const struct option_of_test *options, const char *insert, const char *create)
{
    struct host_of_test host = host_with(options);
    struct settings settings = {0};
    struct statements statements = {0};
    postern_error error = {.size = sizeof error};
    if (settings_read(&host.face, &settings, &error) < 0) fail_msg("%s", error.message);
    assert_true(statements_make(&settings, &statements));
    assert_string_equal(statements.insert, insert);
    assert_contains(statements.create, create);
    statements_free(&statements);
    settings_free(&settings);
}

static void test_columns_are_named_and_left_out(void **state)
{
    (void)state;
    expect(
        (const struct option_of_test[]){{"table", "events", NULL}, {0}},
        "INSERT INTO \"events\" (\"id\", \"received\", \"time\", \"account\", \"source\", \"type\", "
        "\"event\") SELECT * "
        "FROM pg_temp.postern_stage ON CONFLICT (\"id\") DO NOTHING",
        "CREATE TABLE IF NOT EXISTS \"events\" (\"id\" text, \"received\" timestamptz, \"time\" timestamptz, "
        "\"account\" text, \"source\" text, \"type\" text, \"event\" jsonb, PRIMARY KEY (\"id\"))");
    expect(
        (const struct option_of_test[]){{"table", "siem.mail events", NULL},
                                        {"columns", "", "account"},
                                        {"columns", "", "source"},
                                        {"columns", "", "type"},
                                        {"columns", "", "time"},
                                        {"columns", "a \"b\"", "event"},
                                        {"event_type", "json", NULL},
                                        {"unique", "received", NULL},
                                        {0}},
        "INSERT INTO \"siem\".\"mail events\" (\"id\", \"received\", \"a \"\"b\"\"\") SELECT * FROM "
        "pg_temp.postern_stage ON CONFLICT (\"id\", \"received\") DO NOTHING",
        "(\"id\" text, \"received\" timestamptz, \"a \"\"b\"\"\" json, PRIMARY KEY (\"id\", \"received\"))");
}

static void test_what_cannot_be_is_refused(void **state)
{
    static const char long_name[] = "a234567890123456789012345678901234567890123456789012345678901234";
    static const struct {
        struct option_of_test options[3];
        const char *words;
    } cases[] = {
        {{{"table", "", NULL}}, "table must be"},
        {{{"table", ".x", NULL}}, "table must be"},
        {{{"table", "x.", NULL}}, "table must be"},
        {{{"table", long_name, NULL}}, "63 bytes"},
        {{{"table", "x", NULL}, {"columns", long_name, "id"}}, "63 bytes"},
        {{{"table", "x", NULL}, {"columns", "y", "subject"}}, "no \"subject\""},
        {{{"table", "x", NULL}, {"columns", "", "id"}}, "cannot be left out"},
        {{{"table", "x", NULL}, {"unique", "stream", NULL}}, "cannot be left out"},
        {{{"table", "x", NULL}, {"unique", "key", NULL}}, "no \"key\""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct host_of_test host = host_with(cases[i].options);
        struct settings settings = {0};
        postern_error error = {.size = sizeof error};
        assert_int_equal(settings_read(&host.face, &settings, &error), POSTERN_E_CONFIG);
        assert_contains(error.message, cases[i].words);
        settings_free(&settings);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_are_named_and_left_out),
        cmocka_unit_test(test_what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

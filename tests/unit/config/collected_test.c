/* What is collected: what a pipeline takes, of each account, and what is asked for by itself. */
#include "fixture.h"

#define KEYS                                                                                                 \
    "base_url = \"https://eu-api.mimecast.com\", api = 1, app_id = env \"T_APP_ID\", app_key = env "         \
    "\"T_APP_KEY\", access_key = env \"T_ACCESS_KEY\", secret_key = env \"T_SECRET_KEY\" }\n"
#define HEAD                                                                                                 \
    "state = \"/tmp\"\naccount \"a\" { " KEYS "account \"b\" { " KEYS "account \"c\" { " KEYS                \
    "sink \"s\" { type = \"stdout\" }\n"

/* For accounts a, b and c: which of siem, ttp-url, audit. */
static const struct {
    const char *why, *rest, *collected[3];
} rows[] = {
    {"all of all", "pipeline \"p\" { from = { \"*\" }, to = { \"s\" } }", {"111", "111", "111"}},
    {"one source", "pipeline \"p\" { from = { \"siem\" }, to = { \"s\" } }", {"100", "100", "100"}},
    {"two pipelines",
     "pipeline \"p\" { from = { \"siem\" }, to = { \"s\" } }\npipeline \"q\" { from = { \"audit\" }, to = { "
     "\"s\" } }",
     {"101", "101", "101"}},
    {"one account",
     "pipeline \"p\" { from = { \"*\" }, accounts = { \"b\" }, to = { \"s\" } }",
     {"000", "111", "000"}},
    {"accounts and sources",
     "pipeline \"p\" { from = { \"*\" }, accounts = { \"b\" }, to = { \"s\" } }\npipeline \"q\" { from = { "
     "\"audit\", \"siem\" }, accounts = { \"a\", \"b\" }, to = { \"s\" } }",
     {"101", "111", "000"}},
    {"a source that is off",
     "source \"audit\" { enabled = false }\npipeline \"p\" { from = { \"*\" }, to = { \"s\" } }",
     {"110", "110", "110"}},
    {"asked for by itself",
     "source \"audit\" { collect = true }\npipeline \"p\" { from = { \"siem\" }, accounts = { \"b\" }, to = "
     "{ "
     "\"s\" } }",
     {"001", "101", "001"}},
    {"asked for, and off",
     "source \"audit\" { collect = true, enabled = false }\npipeline \"p\" { from = { \"siem\" }, to = { "
     "\"s\" "
     "} }",
     {"100", "100", "100"}},
    {"notices are no source that is read",
     "pipeline \"p\" { from = { \"notices\" }, to = { \"s\" } }",
     {"000", "000", "000"}},
};

static void what_is_collected(void **state)
{
    static const char *const sources[] = {"siem", "ttp-url", "audit"};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[4096];
        snprintf(text, sizeof text, HEAD "%s\n", rows[i].rest);
        struct config *config;
        char *problems = fixture_load(text, &config);
        if (problems[0]) fail_msg("%s: %s", rows[i].why, problems);
        for (size_t k = 0; k < 3; k++) {
            bool any = strchr(rows[i].collected[k], '1') != NULL;
            assert_int_equal(config_collects_any(config, &config->accounts[k]), any);
            for (size_t n = 0; n < 3; n++)
                if (config_collects(config, &config->accounts[k], sources[n]) !=
                    (rows[i].collected[k][n] == '1'))
                    fail_msg("%s: account %s, source %s", rows[i].why, config->accounts[k].name, sources[n]);
        }
        config_free(config);
        free(problems);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_collected)};
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

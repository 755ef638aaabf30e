/* An account's trial: what is read, what is refused, and what becomes of it. */
#include "base/secret.h"
#include "fixture.h"

#define KEYS                                                                                                 \
    "base_url = \"https://eu-api.mimecast.com\", api = 1, app_id = env \"T_APP_ID\", app_key = env "         \
    "\"T_APP_KEY\", access_key = env \"T_ACCESS_KEY\", secret_key = env \"T_SECRET_KEY\""
#define NEW                                                                                                  \
    "api = 2, base_url = \"https://api.services.mimecast.com\", client_id = env \"T_APP_KEY\", "             \
    "client_secret = env "
#define REST                                                                                                 \
    "state = \"/tmp\"\nsink \"s\" { type = \"stdout\" }\n"                                                   \
    "pipeline \"p\" { from = { \"audit\" }, accounts = { \"b\" }, to = { \"s\" } }\n"

static void a_trial(void **state)
{
    (void)state;
    struct config *config;
    char *problems = fixture_load("account \"a\" { " KEYS " }\n"
                                  "account \"b\" { " KEYS ", migrate = { " NEW "\"T_ACCESS_KEY\" } }\n"
                                  "account \"c\" { " KEYS " }\n" REST,
                                  &config);
    assert_string_equal(problems, "");
    assert_int_equal(config->account_count, 4);
    struct config_account *trial = config_find_trial(config, "b"),
                          *account = config_find_account(config, "b");
    assert_ptr_equal(trial, &config->accounts[3]);
    assert_string_equal(trial->name, "b+new");
    assert_true(config_name_is_trial(trial->name) && !config_name_is_trial(account->name));
    assert_null(config_find_trial(config, "a"));
    assert_int_equal(trial->profile->api, 2);
    assert_true(config_collects(config, trial, "audit") && !config_collects(config, trial, "siem"));

    config_adopt_trial(config, trial);
    assert_int_equal(config->account_count, 3);
    assert_null(config_find_trial(config, "b"));
    assert_string_equal(config->accounts[2].name, "c");
    assert_int_equal(account->profile->api, 2);
    assert_string_equal(account->base_url, "https://api.services.mimecast.com");
    assert_true(text_is(secret_reveal(account->credentials.secrets[1]), "hush_access-key"));
    config_free(config);
    free(problems);
}

static void a_trial_that_lacks_a_secret(void **state)
{
    (void)state;
    struct config *config;
    char *problems =
        fixture_load("account \"b\" { " KEYS ", migrate = { " NEW "\"T_NOT_SET\" } }\n" REST, &config);
    assert_non_null(
        strstr(problems,
               "client_secret of migrate of account \"b\": the environment variable T_NOT_SET is not set"));
    assert_non_null(config); /* the account goes on */
    assert_null(config_find_account(config, "b")->missing);
    assert_non_null(config_find_trial(config, "b")->missing);
    config_free(config);
    free(problems);
}

static const struct {
    const char *account, *problem;
} refused[] = {
    {"account \"b\" { " KEYS ", migrate = { " KEYS " } }\n",
     "is read with Mimecast API 1.0 already: migrate is for another API"},
    {"account \"b\" { " KEYS ", migrate = true }\n",
     "migrate of account \"b\" takes the credentials of the other API: { ... }"},
    {"account \"b\" { " KEYS ", migrate = { " NEW "\"T_APP_KEY\", was = \"x\" } }\n",
     "was of migrate of account \"b\" belongs to the account itself"},
    {"account \"b\" { " KEYS ", migrate = { " NEW "\"T_APP_KEY\", interval = 1 } }\n", "interval"},
    {"account \"b\" { " KEYS ", migrate = { api = 2 } }\n", "has no client_id"},
    {"account \"b23456789012345678901234567890123456789012345678901234567890\" { " KEYS ", migrate = { " NEW
     "\"T_APP_KEY\" } }\n",
     "needs an account whose name has at most 59 characters"},
};

static void what_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char text[4096];
        struct config *config;
        snprintf(text, sizeof text, "%s" REST, refused[i].account);
        char *problems = fixture_load(text, &config);
        if (!strstr(problems, refused[i].problem))
            fail_msg("\"%s\" instead of \"%s\"", problems, refused[i].problem);
        config_free(config);
        free(problems);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trial),
        cmocka_unit_test(a_trial_that_lacks_a_secret),
        cmocka_unit_test(what_is_refused),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

/* Options of modules as the configuration checks them: bounds, choices, texts of several kinds, and what
 * accounts set for single sources. */
#include "base/text.h"
#include "config/config.h"
#include "fixture.h"

#define KEYS                                                                                                 \
    "api = 1, base_url = \"https://eu-api.mimecast.com\", app_id = env \"T_APP_ID\", app_key = env "         \
    "\"T_APP_KEY\", access_key = env \"T_ACCESS_KEY\", secret_key = env \"T_SECRET_KEY\""
#define HEAD     "state = \"/var/lib/postern\"\n"
#define ACCOUNT  "account \"acme\" { " KEYS " }\n"
#define PIPELINE "pipeline \"default\" { from = { \"*\" }, to = { \"web\" } }\n"
/* The options stand on line 3 and on. */
#define WEB(options_) HEAD ACCOUNT "sink \"web\" { type = \"web\", " options_ " }\n" PIPELINE
#define OF_ACCOUNT(value_)                                                                                   \
    HEAD "account \"acme\" { " KEYS ",\n[\"ttp-url\"] = " value_                                             \
         " }\nsink \"web\" { type = \"web\" }\n" PIPELINE

static const struct {
    const char *name, *text, *problems;
} rows[] = {
    {"at the ends", WEB("batch = \"1KiB\", level = -1"), ""},
    {"size too small", WEB("batch = \"1023B\""),
     "3: batch of sink \"web\" must be from 1.0 KiB to 1.0 MiB\n"},
    {"size too large", WEB("batch = \"2MiB\""), "3: batch of sink \"web\" must be from 1.0 KiB to 1.0 MiB\n"},
    {"number too small", WEB("level = -2"), "3: level of sink \"web\" must be from -1 to 9\n"},
    {"number too large", WEB("\n\nlevel = 10"), "5: level of sink \"web\" must be from -1 to 9\n"},
    {"no such choice", WEB("formats = { \"cef\", \"ndjsn\" }"),
     "3: formats of sink \"web\" cannot be \"ndjsn\"; did you mean \"ndjson\"?\n"},
    {"boolean where it is a choice", WEB("packing = true"), ""},
    {"text where a boolean is a choice", WEB("packing = \"gzip\""), ""},
    {"number where a boolean is a choice", WEB("packing = 1"),
     "3: packing of sink \"web\" takes a text, not the number 1\n"},
    {"boolean where it is none", WEB("index = true"), "3: index of sink \"web\" takes a text, not true\n"},
    {"template", WEB("index = \"x-%{stream}-%{id}\""), ""},
    {"template with a slip", WEB("index = \"x-%{steam}\""),
     "3: index of sink \"web\" holds an unknown placeholder %{steam}; did you mean %{stream}?\n"},
    {"template as a number", WEB("index = 7"), "3: index of sink \"web\" takes a text, not the number 7\n"},
    {"path without placeholders", WEB("spool = \"/x/%{date}\""),
     "3: spool of sink \"web\" takes no placeholders such as %{account}\n"},
    {"path upwards", WEB("spool = \"/x/../y\""), "3: spool of sink \"web\" must not hold \"..\"\n"},
    {"one of several", WEB("url = \"a\""), ""},
    {"several", WEB("url = { \"a\", \"b\" }"), ""},
    {"several with a number", WEB("url = { \"a\", 7 }"),
     "3: url of sink \"web\" takes a text, not the number 7\n"},
    {"map", WEB("headers = { Accept = \"%{type}\", [\"X-Key\"] = env \"T_APP_KEY\" }"), ""},
    {"empty map", WEB("headers = { }"), ""},
    {"map as a list", WEB("headers = { \"a\" }"),
     "3: headers of sink \"web\" takes texts by name such as { Accept = \"text/plain\" }\n"},
    {"map with a number", WEB("headers = {\n  a = \"b\",\n  c = 7 }"),
     "5: headers of sink \"web\" takes a text, not the number 7\n"},
    {"map with a slip", WEB("headers = {\n  [\"a-b\"] = \"%{tipe}\" }"),
     "4: headers of sink \"web\" holds an unknown placeholder %{tipe}; did you mean %{type}?\n"},
    {"account", OF_ACCOUNT("{ route = \"inbound\", pause = \"2s\" }"), ""},
    {"account with nothing", OF_ACCOUNT("{ }"), ""},
    {"account without a table", OF_ACCOUNT("\"inbound\""),
     "3: ttp-url of account \"acme\" takes what the account sets for this source: { ... }\n"},
    {"account with a slip", OF_ACCOUNT("{\n  rout = \"inbound\" }"),
     "4: unknown key \"rout\" in ttp-url of account \"acme\"; did you mean \"route\"?\n"},
    {"account without such a choice", OF_ACCOUNT("{\n\n  route = \"inbond\" }"),
     "5: route of ttp-url of account \"acme\" cannot be \"inbond\"; did you mean \"inbound\"?\n"},
    {"account out of bounds", OF_ACCOUNT("{ pause = \"2m\" }"),
     "3: pause of ttp-url of account \"acme\" must be from 1s to 1m\n"},
    {"account of a source that takes nothing",
     HEAD "account \"acme\" { " KEYS ", audit = { } }\n"
          "sink \"web\" { type = \"web\" }\n" PIPELINE,
     "2: unknown key \"audit\" in account \"acme\"; there are: "},
};

static void problems_are_told(void **state)
{
    (void)state;
    int failures = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct config *config = NULL;
        char *problems = fixture_load(rows[i].text, &config);
        size_t size = strlen(rows[i].problems);
        bool is_whole = size == 0 || rows[i].problems[size - 1] == '\n';
        bool same =
            is_whole ? !strcmp(problems, rows[i].problems) : !strncmp(problems, rows[i].problems, size);
        if (!same || (config != NULL) != (size == 0)) {
            print_error("--- %s\nexpected:\n%sgot:\n%s", rows[i].name, rows[i].problems, problems);
            failures++;
        }
        free(problems);
        config_free(config);
    }
    assert_int_equal(failures, 0);
}

static const struct option_value *find(const struct option_value *values, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(values[i].name, name) == 0) return &values[i];
    fail_msg("no value of %s", name);
    return NULL;
}

static void values_arrive(void **state)
{
    (void)state;
    struct config *config = NULL;
    char *problems = fixture_load(
        HEAD
        "account \"acme\" { " KEYS ", [\"ttp-url\"] = { pause = \"2s\", token = { env \"T_APP_KEY\" } } }\n"
        "sink \"web\" { type = \"web\", url = { \"a\", \"b\" }, packing = true, headers = { b = \"1\", a = "
        "env \"T_APP_KEY\" } }\n" PIPELINE,
        &config);
    assert_string_equal(problems, "");
    free(problems);
    const struct config_sink *web = &config->sinks[0];
    const struct option_value *url = find(web->values, web->value_count, "url");
    assert_int_equal(url->item_count, 2);
    assert_string_equal(url->items[1].text, "b");
    assert_string_equal(find(web->values, web->value_count, "packing")->text, "true");
    const struct option_value *headers = find(web->values, web->value_count, "headers");
    assert_int_equal(headers->item_count, 2);
    assert_string_equal(headers->items[0].name, "a");
    assert_null(headers->items[0].text);
    assert_true(text_is(secret_reveal(headers->items[0].secret), "hush-app-key"));
    assert_string_equal(headers->items[1].text, "1");

    const struct config_account *acme = &config->accounts[0];
    assert_int_equal(acme->option_count, 1);
    const struct config_account_options *ttp = &acme->options[0];
    assert_string_equal(ttp->source, "ttp-url");
    assert_int_equal(find(ttp->values, ttp->value_count, "pause")->integer, 2000);
    const struct option_value *token = find(ttp->values, ttp->value_count, "token");
    assert_int_equal(token->item_count, 1);
    assert_true(text_is(secret_reveal(token->items[0].secret), "hush-app-key"));
    config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(problems_are_told), cmocka_unit_test(values_arrive)};
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

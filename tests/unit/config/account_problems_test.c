/* Accounts that are wrong, and exactly what the user is told. */
#include "problem_rows.h"

/* Credentials: the text of one account's field, and what is said about it. None of it quotes a value. */
static const struct {
    const char *name, *fields, *problems;
} credentials[] = {
    {"unset", "app_id = env \"T_NOT_SET\"",
     "5: app_id of account \"x\": the environment variable T_NOT_SET is not set\n"},
    {"empty", "app_id = env \"T_EMPTY\"",
     "5: app_id of account \"x\": the environment variable T_EMPTY is empty\n"},
    {"blank", "app_id = env \"T_BLANK\"",
     "5: app_id of account \"x\": the environment variable T_BLANK is empty\n"},
    {"no GUID", "app_id = env \"T_APP_KEY\"",
     "5: app_id of account \"x\" is no Application ID: that is 32 hexadecimal digits in five groups, "
     "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx\n"},
    {"quoted", "app_id = env \"T_QUOTED\"",
     "5: app_id of account \"x\" is in quotation marks: leave them out\n"},
    {"blanks inside", "app_key = env \"T_BLANKS\"",
     "5: app_key of account \"x\" holds blanks, line ends or characters that are not ASCII: copy it again\n"},
    {"not ASCII", "access_key = env \"T_UMLAUT\"",
     "5: access_key of account \"x\" holds blanks, line ends or characters that are not ASCII: copy it "
     "again\n"},
    {"no base64", "secret_key = env \"T_NO_BASE64\"",
     "5: secret_key of account \"x\" is no valid base64 (A-Z, a-z, 0-9, +, / and = at the end): part of it "
     "may be missing\n"},
    {"cut base64", "secret_key = env \"T_CUT_BASE64\"",
     "5: secret_key of account \"x\" is no valid base64 (A-Z, a-z, 0-9, +, / and = at the end): part of it "
     "may be missing\n"},
    {"missing file", "secret_key = file \"/nowhere/key\"",
     "5: secret_key of account \"x\": cannot open /nowhere/key: No such file or directory\n"},
    {"directory", "secret_key = file \"/etc\"",
     "5: secret_key of account \"x\": cannot read /etc: Is a directory\n"},
    {"FIFO", "secret_key = file \"pipe.key\"",
     "5: secret_key of account \"x\": @/pipe.key is a FIFO, not a regular file. Put the content into a file: "
     "it "
     "is read more than once, and nothing may wait for it\n"},
    {"empty file", "secret_key = file \"empty.key\"",
     "5: secret_key of account \"x\": @/empty.key is empty\n"},
    {"file in UTF-16", "secret_key = file \"utf16.key\"",
     "5: secret_key of account \"x\": @/utf16.key: the file is no UTF-8 (it looks like UTF-16): save it as "
     "UTF-8\n"},
    {"large file", "secret_key = file \"large.key\"",
     "5: secret_key of account \"x\": @/large.key is larger than 65536 bytes\n"},
    {"vault", "secret_key = vault \"acme\"",
     "5: secret_key of account \"x\": vault \"acme\" cannot be read: sealed credentials are not there yet; "
     "use env or file\n"},
    {"number", "app_id = 7", "5: app_id of account \"x\" takes a secret: env \"NAME\" or file \"PATH\"\n"},
    {"literal, wrong", "app_id = \"hush-hush\"",
     "5: app_id of account \"x\" is no Application ID: that is 32 hexadecimal digits in five groups, "
     "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx\n"},
    {"literal, empty", "app_id = \" \"", "5: app_id of account \"x\" is empty\n"},
    {"other API's", "client_id = env \"T_APP_KEY\"",
     "5: client_id of account \"x\" belongs to api = 2, and this account says api = 1\n"},
    {"missing", "app_id = nil",
     "4: account \"x\" has no app_id, which api = 1 needs (Application ID: in the console)\n"},
    {"good file", "app_key = file \"good.key\"", ""},
    {"pasted with white space around it", "app_key = env \"T_PASTED\"", ""},
    {"pasted with a blank that does not break", "app_key = env \"T_PASTED_NBSP\"",
     "5: app_key of account \"x\" holds blanks, line ends or characters that are not ASCII: copy it again\n"},
    {"literal", "app_key = \"literal-app-key\"", ""},
};

static void test_credentials(void **state)
{
    (void)state;
    int failures = 0;
    static const char *const keys[] = {"app_id", "app_key", "access_key", "secret_key"};
    static const char *const variables[] = {"T_APP_ID", "T_APP_KEY", "T_ACCESS_KEY", "T_SECRET_KEY"};
    for (size_t i = 0; i < sizeof(credentials) / sizeof(*credentials); i++) {
        char text[2048] =
            STATE SINK PIPELINE "account \"x\" { api = 1, base_url = \"https://eu-api.mimecast.com\",\n  ";
        strcat(strcat(text, credentials[i].fields), ",\n");
        for (size_t k = 0; k < 4; k++) {
            size_t size = strlen(keys[k]);
            if (strncmp(credentials[i].fields, keys[k], size) == 0 && credentials[i].fields[size] == ' ')
                continue;
            sprintf(text + strlen(text), "  %s = env \"%s\",\n", keys[k], variables[k]);
        }
        strcat(text, "}\n");
        struct config *config = NULL;
        char *problems = fixture_load(text, &config);
        if (strcmp(problems, credentials[i].problems) != 0 || strstr(problems, "hush")) {
            print_error("--- %s\nexpected:\n%sgot:\n%s", credentials[i].name, credentials[i].problems,
                        problems);
            failures++;
        }
        free(problems);
        config_free(config);
    }
    assert_int_equal(failures, 0);
}

/* base_url and api of an account with the keys of API 1.0 or 2.0. */
static const struct {
    const char *fields,
        *problems; /* without "2: base_url of account "x" " in front, if it begins with a blank */
} urls[] =
    {
        {"base_url = \"https://eu-api.mimecast.com\"", ""},
        {"base_url = \"https://EU-api.mimecast.com/\"", ""},
        {"base_url = \"https://uspcom-api.mimecast-pscom-us.com\"", ""},
        {"base_url = \"http://127.0.0.1:8080\"", ""},
        {"base_url = \"https://localhost:8443/\"", ""},
        {"base_url = \"http://[::1]:8080\"", ""},
        {"base_url = \"https://collector-proxy.example.com\", allow_host = \"collector-proxy.example.com\"",
         ""},
        {"base_url = \"https://xx-api.mimecast.com\", allow_host = \"xx-api.mimecast.com\"", ""},
        {"base_url = \"http://eu-api.mimecast.com\"",
         " is not encrypted: write https:// (http:// only to a loopback address)"},
        {"base_url = \"http://127.0.0.1.example.com\"",
         " is not encrypted: write https:// (http:// only to a loopback address)"},
        {"base_url = \"http://proxy.example.com\", allow_host = \"proxy.example.com\"",
         " is not encrypted: write https:// (http:// only to a loopback address)"},
        {"base_url = \"eu-api.mimecast.com\"", " needs https:// in front: \"https://eu-api.mimecast.com\""},
        {"base_url = \"ftp://eu-api.mimecast.com\"", " must begin with https://"},
        {"base_url = \"https://eu-api.mimecast.com/api/audit\"",
         " ends behind the host: leave out \"/api/audit\""},
        {"base_url = \"https://eu-api.mimecast.com?x=1\"", " ends behind the host: leave out \"?x=1\""},
        {"base_url = \"https://me:secret@eu-api.mimecast.com\"", " must not hold a user name or password"},
        {"base_url = \"https://\"", " names no host"},
        {"base_url = \"https://eu api.mimecast.com\"", " names no valid host: \"eu api.mimecast.com\""},
        {"base_url = \"https://eu-api.mimecast.com:99999\"",
         " has no valid port: \"eu-api.mimecast.com:99999\""},
        {"base_url = \"https://eu-api.mimecast.com:\"", " has no valid port: \"eu-api.mimecast.com:\""},
        {"base_url = \"https://us.mimecast.com\"",
         " names \"us.mimecast.com\", which is no known host of Mimecast API 1.0; did you mean "
         "\"us-api.mimecast.com\" (USA)? If it is right, add allow_host = \"us.mimecast.com\""},
        {"base_url = \"https://login-de.mimecast.com\"",
         " names \"login-de.mimecast.com\", which is no known host of Mimecast API 1.0; did you mean "
         "\"de-api.mimecast.com\" (Germany)? If it is right, add allow_host = \"login-de.mimecast.com\""},
        {"base_url = \"https://jer-api.mimecast.com\"",
         " names \"jer-api.mimecast.com\", which is no known host of Mimecast API 1.0; did you mean "
         "\"je-api.mimecast.com\" (Jersey)? If it is right, add allow_host = \"jer-api.mimecast.com\""},
        {"base_url = \"https://eu-api.mimecst.com\"",
         " names \"eu-api.mimecst.com\", which is no known host of Mimecast API 1.0; did you mean "
         "\"eu-api.mimecast.com\" (Europe)? If it is right, add allow_host = \"eu-api.mimecst.com\""},
        {"base_url = \"https://api.mimecast.com\"",
         " names \"api.mimecast.com\", which is no known host of Mimecast API 1.0; did you mean "
         "\"eu-api.mimecast.com\" (Europe)? If it is right, add allow_host = \"api.mimecast.com\""},
        {"base_url = \"https://siem.example.org\"", " names \"siem.example.org\", which is no known host of "
                                                    "Mimecast API 1.0 (such as \"eu-api.mimecast.com\"); "
                                                    "if it is right, add allow_host = \"siem.example.org\""},
        {"base_url = \"https://api.services.mimecast.com\"",
         " names \"api.services.mimecast.com\", which serves Mimecast API 2.0; for Mimecast API 1.0 it is a "
         "host such as \"eu-api.mimecast.com\""},
        {"base_url = \"https://eu-api.mimecast.com\", allow_host = \"de-api.mimecast.com\"",
         " names \"eu-api.mimecast.com\", but allow_host is \"de-api.mimecast.com\""},
        {"base_url = \"https://api.services.mimecast.com\", allow_host = \"api.services.mimecast.com\"",
         " names \"api.services.mimecast.com\", which serves Mimecast API 2.0; for Mimecast API 1.0 it is a "
         "host such as \"eu-api.mimecast.com\""},
        {"base_url = 7", " takes a text, not the number 7"},
        {"base_url = env \"URL\"", " takes a text, and env is for secrets"},
        {"", "2: account \"x\" has no base_url, such as \"https://eu-api.mimecast.com\"\n"},
},
  urls2[] = {
      {"base_url = \"https://api.services.mimecast.com\"", ""},
      {"base_url = \"https://uk-api.services.mimecast.com\"", ""},
      {"base_url = \" https://US-api.services.mimecast.com/ \"", ""},
      {"base_url = \"api.services.mimecast.com\"",
       " needs https:// in front: \"https://api.services.mimecast.com\""},
      {"base_url = \"https://api.services.mimecast.com/siem/v1\"",
       " ends behind the host: leave out \"/siem/v1\""},
      {"base_url = \"https://api.services.mimecast.com/oauth/token\"",
       " ends behind the host: leave out \"/oauth/token\""},
      {"base_url = \"https://us-api.mimecast.com/\", allow_host = \"us-api.mimecast.com\"",
       " names \"us-api.mimecast.com\", which serves Mimecast API 1.0; for Mimecast API 2.0 it is a host "
       "such as \"api.services.mimecast.com\""},
      {"base_url = \"https://eu-api.mimecast.com\"",
       " names \"eu-api.mimecast.com\", which serves Mimecast API 1.0; for Mimecast API 2.0 it is a host "
       "such as \"api.services.mimecast.com\""},
      {"base_url = \"https://us.mimecast.com\"",
       " names \"us.mimecast.com\", which is no known host of Mimecast API 2.0; did you mean "
       "\"us-api.services.mimecast.com\" (USA only)? If it is right, add allow_host = \"us.mimecast.com\""},
      {"base_url = \"https://de-api.services.mimecast.com\"",
       " names \"de-api.services.mimecast.com\", which is no known host of Mimecast API 2.0; did you mean "
       "\"us-api.services.mimecast.com\" (USA only)? If it is right, add allow_host = "
       "\"de-api.services.mimecast.com\""},
      {"", "2: account \"x\" has no base_url, such as \"https://api.services.mimecast.com\"\n"},
};

static int check_url(const char *fields, const char *expected, const char *keys)
{
    char text[2048], wanted[1024];
    snprintf(text, sizeof(text), "%saccount \"x\" { %s %s %s }\n%s", STATE, keys, fields[0] ? "," : "",
             fields, SINK PIPELINE);
    snprintf(wanted, sizeof(wanted), expected[0] == ' ' ? "2: base_url of account \"x\"%s\n" : "%s",
             expected);
    struct config *config = NULL;
    char *problems = fixture_load(text, &config);
    int failure = strcmp(problems, wanted) != 0;
    if (failure) print_error("--- %s\nexpected:\n%sgot:\n%s", fields, wanted, problems);
    free(problems);
    config_free(config);
    return failure;
}

static void test_base_urls(void **state)
{
    (void)state;
    int failures = 0;
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++)
        failures +=
            check_url(urls[i].fields, urls[i].problems,
                      "api = 1, app_id = env \"T_APP_ID\", app_key = env \"T_APP_KEY\", access_key = env "
                      "\"T_ACCESS_KEY\", secret_key = env \"T_SECRET_KEY\"");
    for (size_t i = 0; i < sizeof(urls2) / sizeof(*urls2); i++)
        failures += check_url(urls2[i].fields, urls2[i].problems,
                              "client_id = env \"T_APP_KEY\", client_secret = env \"T_SECRET_KEY\"");
    assert_int_equal(failures, 0);
}

/* With another vendor's module beside: its accounts have keys of their own. The account is on line 2. */
static const struct {
    const char *fields, *problems;
} vendors[] = {
    {"username = env \"T_APP_KEY\", password = env \"T_BLANKS\"",
     ""}, /* the keys tell; base_url is the module's */
    {"auth = \"grid/basic\", username = env \"T_APP_KEY\", password = env \"T_UMLAUT\"", ""},
    {"auth = \"grid/basic\", base_url = \"https://a.b.grid.example\", username = env \"T_APP_KEY\", password "
     "= env "
     "\"T_APP_KEY\"",
     ""},
    {"auth = \"grid/basik\", username = env \"T_APP_KEY\", password = env \"T_APP_KEY\"",
     "2: auth of account \"x\" names \"grid/basik\", which no loaded module offers; did you mean "
     "\"grid/basic\"?\n2: account \"x\" has no base_url, such as \"https://eu-api.mimecast.com\"\n"},
    {"auth = \"grid/basik\", base_url = \"https://siem.example.org\", username = env \"T_APP_KEY\", password "
     "= "
     "env \"T_APP_KEY\"",
     "2: auth of account \"x\" names \"grid/basik\", which no loaded module offers; did you mean "
     "\"grid/basic\"?\n"}, /* whose host it would be is not known */
    {"auth = 7", "2: auth of account \"x\" takes a text, not the number 7\n"
                 "2: account \"x\" has no base_url, such as \"https://eu-api.mimecast.com\"\n"},
    {"auth = \"grid/basic\", api = 1, username = env \"T_APP_KEY\", password = env \"T_APP_KEY\"",
     "2: api of account \"x\" does not fit auth = \"grid/basic\": leave it out\n"},
    {"username = env \"T_APP_KEY\"",
     "2: account \"x\" has no password, which auth = \"grid/basic\" needs (password: in your head)\n"},
    {"username = env \"T_BLANKS\", password = env \"T_APP_KEY\"",
     "2: username of account \"x\" holds blanks, line ends or characters that are not ASCII: copy it "
     "again\n"},
    {"username = env \"T_APP_KEY\", password = env \"T_APP_KEY\", usrname = 1",
     "2: unknown key \"usrname\" in account \"x\"; did you mean \"username\"?\n"},
    {"username = env \"T_APP_KEY\", client_id = env \"T_APP_KEY\", base_url = "
     "\"https://eu-api.mimecast.com\"",
     "2: account \"x\" needs api = 1 (with app_id, app_key, access_key, secret_key), api = 2 (with "
     "client_id, "
     "client_secret) or auth = \"grid/basic\" (with username, password)\n"},
    {"auth = \"grid/basic\", username = env \"T_APP_KEY\", password = env \"T_APP_KEY\", client_id = env "
     "\"T_APP_KEY\"",
     "2: client_id of account \"x\" belongs to api = 2, and this account says auth = \"grid/basic\"\n"},
    {"auth = \"grid/basic\", base_url = \"https://grid.example\", username = env \"T_APP_KEY\", password = "
     "env "
     "\"T_APP_KEY\"",
     "2: base_url of account \"x\" names \"grid.example\", which is no known host of Grid; if it is right, "
     "add "
     "allow_host = \"grid.example\"\n"},
    {"auth = \"grid/basic\", base_url = \"https://eu-api.mimecast.com\", username = env \"T_APP_KEY\", "
     "password = "
     "env \"T_APP_KEY\"",
     "2: base_url of account \"x\" names \"eu-api.mimecast.com\", which serves Mimecast API 1.0; for Grid it "
     "is "
     "another host\n"},
};

static void test_several_vendors(void **state)
{
    (void)state;
    int failures = 0;
    fixture_catalog.auths = fixture_auths_of_two;
    for (size_t i = 0; i < sizeof(vendors) / sizeof(*vendors); i++)
        failures += check_url("", vendors[i].problems, vendors[i].fields);
    fixture_catalog.auths = NULL;
    failures += check_url("",
                          "2: account \"x\": no loaded module says how an account is let in (see `postern "
                          "modules`)\n",
                          "");
    fixture_catalog.auths = fixture_auths;
    assert_int_equal(failures, 0);
}

/* A module that asks for more than this core can do. */
static void test_profiles_that_cannot_be_used(void **state)
{
    (void)state;
    postern_auth profile = fixture_auth3;
    const postern_auth *const only[] = {&profile, NULL};
    fixture_catalog.auths = only;
    static const char keys[] = "username = env \"T_APP_KEY\", password = env \"T_APP_KEY\"";
    int failures = 0;
    profile.scheme = "kerberos";
    failures +=
        check_url("",
                  "2: account \"x\": the authentication \"grid/basic\" cannot be used: this Postern does not "
                  "know its scheme \"kerberos\". Install a newer Postern, or an older version of the "
                  "module\n",
                  keys);
    profile.scheme = "bearer";
    failures += check_url(
        "",
        "2: account \"x\": the authentication \"grid/basic\" cannot be used: its credentials are not "
        "those of its scheme. This is a mistake in the module: report it to whoever made the "
        "module\n",
        keys);
    fixture_catalog.auths = fixture_auths;
    assert_int_equal(failures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_credentials),
        cmocka_unit_test(test_base_urls),
        cmocka_unit_test(test_several_vendors),
        cmocka_unit_test(test_profiles_that_cannot_be_used),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

/* Configurations that are wrong as a file, in their names, keys and values, and exactly what the user is
 * told. */
#include "problem_rows.h"

static const struct row rows[] = {
    /* ---- The file as a whole ---- */
    {"empty", "",
     "0: there is no state: say where Postern keeps its data, such as state = \"/var/lib/postern\"\n"
     "0: there is no account: declare one with account \"name\" { ... }\n"
     "0: there is no pipeline: declare one with pipeline \"name\" { from = { \"*\" }, to = { ... } }\n"},
    {"syntax", STATE "account \"acme\" { api = = 1 }\n" PIPELINE, "2: unexpected symbol near '='\n"},
    {"syntax at the end", STATE "account \"acme\" {\n  api = 1,\n", "4: unexpected symbol near <eof>\n"},
    {"bytecode", "\x1bLua", "0: attempt to load a binary chunk (mode is 't')\n"},
    {"run-time error", STATE "local x = nil .. 'y'\n" PIPELINE, "2: attempt to concatenate a nil value\n"},
    {"hangs", REST "while true do end", "5: the script ran longer than 1s\n"},
    /* at once: what takes long, takes more than its second where a sanitizer runs on a busy machine */
    {"fills memory", REST "local t = ('x'):rep(1 << 26)",
     "5: the script used more than 64.0 MiB of memory\n"},
    {"error keeps what is wrong before it",
     STATE "account \"a\" { api = 3, base_url = \"https://eu-api.mimecast.com\" }\nerror 'stop'\n",
     "2: api of account \"a\" is 1 (Mimecast API 1.0) or 2 (Mimecast API 2.0)\n3: stop\n"},
    /* ---- Names at the top ---- */
    {"unknown kind", REST "acount \"x\" { api = 1 }\n",
     "5: unknown name \"acount\"; did you mean \"account\"?\n"},
    {"unknown kinds, several", REST "pipline \"x\" { }\nsinc \"y\" { }\nhtpp { ca_file = \"x\" }\n",
     "5: unknown name \"pipline\"; did you mean \"pipeline\"?\n6: unknown name \"sinc\"; did you mean "
     "\"sink\"?\n"
     "7: unknown name \"htpp\"; did you mean \"http\"?\n"},
    {"unknown variable", REST "local x = my_variable .. 'x'\n", "5: unknown name \"my_variable\"\n"},
    {"unknown variable in a field", REST "source \"siem\" { interval = fifteen }\n",
     "5: unknown name \"fifteen\"\n"},
    {"unknown setting", "stat = \"/x\"\n" REST, "1: unknown setting \"stat\"; did you mean \"state\"?\n"},
    {"own variable without local", "tenants = { }\nfor _ in ipairs(tenants) do end\n" REST,
     "1: unknown setting \"tenants\"; write \"local tenants\" if it is a variable of your own\n"},
    {"assigned declaration", REST "http = { ca_file = \"/x\" }\n",
     "5: http is a declaration, not a variable; leave out the \"=\"\n"},
    {"not offered", REST "local key = os.getenv(\"X\")\nrequire \"x\"\nio.open(\"x\")\n",
     "5: \"os\" is not offered: the configuration runs in a sandbox\n6: \"require\" is not offered: the "
     "configuration runs in a sandbox\n"
     "7: \"io\" is not offered: the configuration runs in a sandbox\n"},
    {"state twice", REST "state = \"/other\"\n", "5: state is set twice (first on line 1)\n"},
    {"relative state", "state = \"data\"\n" ACCOUNT SINK PIPELINE,
     "1: state must be an absolute path (beginning with \"/\"), not \"data\"\n"},
    {"state is a number", "state = 7\n" ACCOUNT SINK PIPELINE, "1: state takes a text, not the number 7\n"},
    {"modules", "modules = { \"/nowhere/at/all\", \"here\", \"/etc/passwd\" }\n" REST,
     "1: modules names /nowhere/at/all: No such file or directory\n1: modules must name absolute paths, not "
     "\"here\"\n"
     "1: modules names /etc/passwd, which is no directory\n"},
    {"modules is a text", "modules = \"/x\"\n" REST,
     "1: modules of the configuration takes a list: modules = { \"/x\" }\n"},
    {"declared twice",
     REST ACCOUNT SINK PIPELINE "http { }\nhttp { }\nsource \"siem\" { }\nsource \"siem\" { }\n",
     "5: account \"acme\" is declared twice (first on line 2)\n6: sink \"files\" is declared twice (first on "
     "line 3)\n"
     "7: pipeline \"default\" is declared twice (first on line 4)\n9: http is declared twice (first on line "
     "8)\n"
     "11: source \"siem\" is declared twice (first on line 10)\n"},
    {"names",
     STATE ACCOUNT "account \"Acme Corp\" { }\nsink \"-x\" { type = \"stdout\" }\npipeline \"\" { from = { "
                   "\"*\" }, to = { \"-x\" } }\n",
     "3: account \"Acme Corp\": a name consists of a-z, 0-9, \"-\" and \"_\", begins with a letter or digit "
     "and has at most 63 characters\n"
     "3: account \"Acme Corp\" needs api = 1 (with app_id, app_key, access_key, secret_key) or api = 2 (with "
     "client_id, client_secret)\n"
     "3: account \"Acme Corp\" has no base_url, such as \"https://eu-api.mimecast.com\"\n"
     "4: sink \"-x\": a name consists of a-z, 0-9, \"-\" and \"_\", begins with a letter or digit and has at "
     "most 63 characters\n"
     "5: pipeline \"\": a name consists of a-z, 0-9, \"-\" and \"_\", begins with a letter or digit and has "
     "at most 63 characters\n"},
    {"table forgotten", REST "account \"x\"\n", "5: account \"x\" is not followed by { ... }\n"},
    {"name forgotten", REST "account { api = 1 }\n",
     "5: account takes a name and a table: account \"name\" { ... }\n"},
    {"text for a table", REST "http \"x\"\naccount \"b\" \"x\"\n",
     "5: http takes a table: http { ... }\n6: account \"b\" takes a table: account \"b\" { ... }\n6: account "
     "\"b\" is not followed by { ... }\n"},
    {"value without key", REST "http { \"/etc/ca.pem\" }\n",
     "5: http holds a value without a key; write key = value\n"},
    /* ---- Keys, types, units; fields have their own lines ---- */
    {"unknown keys", REST "http {\n  cafile = \"/x\",\n  prxy = \"x\",\n  colour = 1,\n}\n",
     "6: unknown key \"cafile\" in http; did you mean \"ca_file\"?\n7: unknown key \"prxy\" in http; did you "
     "mean \"proxy\"?\n"
     "8: unknown key \"colour\" in http; there are: ca_file, proxy, no_proxy, connect_timeout, timeout, "
     "idle_timeout, max_connections, max_connections_per_host, requests_per_second, ...\n"},
    {"durations",
     REST "source \"ttp-url\" {\n  interval = 15,\n  delay = \"5 minutes\",\n  settle = true,\n  slice = "
          "\"6\",\n}\n",
     "6: interval of source \"ttp-url\" takes a duration with its unit such as \"15m\", not the number 15\n"
     "7: delay of source \"ttp-url\": \"5 minutes\" is no duration: write a number and ms, s, m, h or d, for "
     "example \"15m\"\n"
     "8: settle of source \"ttp-url\" takes a duration with its unit such as \"15m\", not true\n"
     "9: slice of source \"ttp-url\": \"6\" is no duration: write a number and ms, s, m, h or d, for example "
     "\"15m\"\n"},
    {"sizes",
     REST "journal {\n  max_size = \"2GB\",\n  page_size = 1048576,\n  page_events = \"many\",\n  dead_limit "
          "= 1.5,\n}\n",
     "6: max_size of journal: \"2GB\" is no size: write a number and B, KiB, MiB, GiB or TiB, for example "
     "\"64KiB\"\n"
     "7: page_size of journal takes a size with its unit such as \"64KiB\", not the number 1048576\n"
     "8: page_events of journal takes a whole number, not a text\n"
     "9: dead_limit of journal takes a size with its unit such as \"64KiB\", not the number 1.5\n"},
    {"bounds",
     REST "journal { page_events = 0 }\nlimits { script_time = \"0s\", workers = 1000 }\nsource \"siem\" { "
          "interval = \"30d\" }\nhttp { response_limit = \"1KiB\" }\n",
     "5: page_events of journal must be from 1 to 100000\n6: script_time of limits must be from 10ms to "
     "10m\n6: workers of limits must be from 0 to 64\n"
     "7: interval of source \"siem\" must be from 100ms to 7d\n8: response_limit of http must be from 64.0 "
     "KiB to 4.0 GiB\n"},
    {"requests per second", REST "http { requests_per_second = 0 }\n",
     "5: requests_per_second of http must be from 1 to 10000\n"},
    {"fewer than one", REST "http { requests_per_second = 0.5 }\n",
     "5: requests_per_second of http takes a whole number, not the number 0.5\n"},
    {"booleans", REST "http { http2 = \"yes\" }\nsource \"siem\" { enabled = 1 }\n",
     "5: http2 of http takes true or false, not a text\n6: enabled of source \"siem\" takes true or false, "
     "not the number 1\n"},
    {"relations",
     REST "source \"siem\" { delay = \"2h\", settle = \"1h\" }\nhttp { spill_above = \"128MiB\" }\n"
          "limits { member_size = \"2GiB\", record_size = \"8MiB\" }\njournal { page_size = \"32MiB\", "
          "max_size = \"16MiB\" }\n",
     "5: settle of source \"siem\" is shorter than its delay: what appears late would be missed\n"
     "6: spill_above of http is larger than its response_limit\n7: member_size of limits is larger than its "
     "expansion_size\n"
     "8: page_size of journal is larger than its max_size\n"},
    {"files", REST "http { ca_file = \"/nowhere/ca.pem\" }\n",
     "5: ca_file of http cannot be read: /nowhere/ca.pem: No such file or directory\n"},
    {"relative file", REST "http { ca_file = \"ca.pem\" }\n",
     "5: ca_file of http must be an absolute path (beginning with \"/\"), not \"ca.pem\"\n"},
    {"directory for a file", REST "http { ca_file = \"/etc\" }\n",
     "5: ca_file of http cannot be read: /etc: Is a directory\n"},
    {"ca_file is a device", REST "http { ca_file = \"/dev/zero\" }\n",
     "5: ca_file of http cannot be read: /dev/zero is a device, not a regular file. Put the content into a "
     "file: "
     "it is read more than once, and nothing may wait for it\n"},
    {"proxy", REST "http { proxy = \"proxy:3128\" }\n",
     "5: proxy of http needs a scheme and a host, such as \"http://proxy.example.com:3128\"\n"},
    /* ---- Secrets ---- */
    {"printing a secret", REST "local key = env \"T_APP_KEY\"\nprint(key)\n",
     "6: env \"T_APP_KEY\" is a secret: it can be given to a setting, but not printed, joined or compared\n"},
    {"joining a secret", REST "local key = 'x' .. env \"T_APP_KEY\"\n",
     "5: env \"T_APP_KEY\" is a secret: it can be given to a setting, but not printed, joined or compared\n"},
    {"formatting a secret", REST "local key = ('%s'):format(file \"/etc/hostname\")\n",
     "5: file \"/etc/hostname\" is a secret: it can be given to a setting, but not printed, joined or "
     "compared\n"},
    {"comparing secrets", REST "if env \"A\" == env \"B\" then end\n",
     "5: env \"A\" is a secret: it can be given to a setting, but not printed, joined or compared\n"},
    {"computing with a secret", REST "local x = 1 + env \"A\"\n",
     "5: env \"A\" is a secret: it can be given to a setting, but not printed, joined or compared\n"},
    {"length of a secret", REST "local x = #env \"A\"\n",
     "5: env \"A\" is a secret: it can be given to a setting, but not printed, joined or compared\n"},
    {"inside a secret", REST "local x = env(\"A\").value\n",
     "5: env \"A\" is a secret: it can be given to a setting, but not printed, joined or compared\n"},
    {"secret in an error", REST "error(env \"A\")\n",
     "5: env \"A\" is a secret: it can be given to a setting, but not printed, joined or compared\n"},
    {"env of no name", REST "local x = env(7)\n", "5: env takes a text: env \"NAME\"\n"},
};

static void test_rows(void **state)
{
    (void)state;
    check_rows(rows, sizeof(rows) / sizeof(*rows));
}

/* A file with secrets in it that others can change or read. */
static void test_owner(void **state)
{
    (void)state;
    struct config *config = NULL;
    fixture_mode = 0666;
    char *problems = fixture_load(STATE SINK PIPELINE
                                  "account \"x\" { base_url = \"https://eu-api.mimecast.com\", app_id = env "
                                  "\"T_APP_ID\", app_key = \"k\", "
                                  "access_key = env \"T_ACCESS_KEY\", secret_key = env \"T_SECRET_KEY\" }\n",
                                  &config);
    fixture_mode = 0600;
    assert_string_equal(problems, "0: holds secrets and can be changed by others: chmod go-w @/postern.lua\n"
                                  "0: holds secrets and can be read by everyone: chmod o-r @/postern.lua\n");
    free(problems);
    fixture_mode = 0666; /* without literal secrets it is the user's own affair */
    problems = fixture_load(REST, &config);
    fixture_mode = 0600;
    assert_string_equal(problems, "");
    free(problems);
    config_free(config);
}

static void test_configuration_is_a_fifo(void **state)
{
    (void)state;
    struct config *config = NULL;
    struct config_problems problems = {0};
    char path[256];
    fixture_path("pipe.key", path);
    alarm(20);
    assert_int_equal(config_load(path, &fixture_catalog, &config, &problems), POSTERN_E_CONFIG);
    alarm(0);
    assert_int_equal(problems.count, 1);
    assert_non_null(strstr(problems.items[0].message, "is a FIFO, not a regular file"));
    config_problems_free(&problems);
}

static void test_missing_file(void **state)
{
    (void)state;
    struct config *config = NULL;
    struct config_problems problems = {0};
    assert_int_equal(config_load("/nowhere/postern.lua", &fixture_catalog, &config, &problems),
                     POSTERN_E_CONFIG);
    assert_int_equal(problems.count, 1);
    assert_string_equal(problems.items[0].message,
                        "cannot open /nowhere/postern.lua: No such file or directory. Name the file of the "
                        "configuration with -c FILE or in $POSTERN_CONFIG; the user that runs Postern must "
                        "be able to read it");
    assert_string_equal(problems.items[0].place.file, "/nowhere/postern.lua");
    config_problems_free(&problems);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_owner),
        cmocka_unit_test(test_missing_file),
        cmocka_unit_test(test_configuration_is_a_fifo),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

/* Configurations that are wrong, and exactly what the user is told. */
#include "base/files.h"
#include "base/text.h"
#include "config/config.h"
#include "fixture.h"

/* Everything a row does not care about. Lines of `text` count from 1. */
#define ACCOUNT                                                                                              \
    "account \"acme\" { api = 1, base_url = \"https://eu-api.mimecast.com\", app_id = env \"T_APP_ID\", "    \
    "app_key = env \"T_APP_KEY\", access_key = env \"T_ACCESS_KEY\", secret_key = env \"T_SECRET_KEY\" }\n"
#define SINK     "sink \"files\" { type = \"file\", path = \"/var/log/p/%{account}/%{source}.ndjson\" }\n"
#define PIPELINE "pipeline \"default\" { from = { \"*\" }, accounts = { \"*\" }, to = { \"files\" } }\n"
#define STATE    "state = \"/var/lib/postern\"\n"
#define REST     STATE ACCOUNT SINK PIPELINE

struct row {
    const char *name, *text, *problems; /* "LINE: message\n" each */
};

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
    {"fills memory", REST "local t = {} while true do t[#t + 1] = {} end",
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
     "idle_timeout, max_connections, max_connections_per_host, response_limit, spill_above, ...\n"},
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
    {"proxy", REST "http { proxy = \"proxy:3128\" }\n",
     "5: proxy of http needs a scheme and a host, such as \"http://proxy.example.com:3128\"\n"},
    /* ---- Sources ---- */
    {"unknown source", REST "source \"ttp-urls\" { }\nsource \"quarantine\" { }\nsource \"notices\" { }\n",
     "5: unknown source \"ttp-urls\"; did you mean \"ttp-url\"?\n6: unknown source \"quarantine\"; there "
     "are: siem, ttp-url, audit\n"
     "7: source \"notices\" is Postern's own and has no settings\n"},
    {"lookback", REST "source \"ttp-url\" { lookback = \"all\" }\nsource \"siem\" { lookback = 7 }\n",
     "5: lookback of source \"ttp-url\" cannot be \"all\": this source is read by time; write a duration "
     "such as \"7d\"\n"
     "6: lookback of source \"siem\" takes a duration with its unit such as \"15m\", not the number 7\n"},
    {"source options", REST "source \"siem\" { compress = \"true\", file_fromat = \"json\" }\n",
     "5: unknown key \"file_fromat\" in source \"siem\"; did you mean \"file_format\"?\n5: compress of "
     "source \"siem\" takes true or false, not a text\n"},
    /* ---- Sinks ---- */
    {"sink without type", STATE ACCOUNT "sink \"files\" { path = \"/x\" }\n" PIPELINE,
     "3: sink \"files\" has no type; there are: file, stdout, hec, web\n"},
    {"unknown type", STATE ACCOUNT "sink \"files\" { type = \"fille\", path = \"/x\" }\n" PIPELINE,
     "3: unknown type \"fille\" of sink \"files\"; did you mean \"file\"?\n"},
    {"unknown type, nothing near", STATE ACCOUNT "sink \"files\" { type = \"elasticsearch\" }\n" PIPELINE,
     "3: unknown type \"elasticsearch\" of sink \"files\"; there are: file, stdout, hec, web\n"},
    {"options of a sink",
     STATE ACCOUNT "sink \"files\" {\n  type = \"file\",\n  path = \"/x\",\n  rotate = \"1MiB\",\n  "
                   "rotate_size = 7,\n  keep = \"5\",\n  compress = 1,\n}\n" PIPELINE,
     "6: unknown key \"rotate\" in sink \"files\"; did you mean \"rotate_size\"?\n7: rotate_size of sink "
     "\"files\" takes a size with its unit such as \"64KiB\", not the number 7\n"
     "8: keep of sink \"files\" takes a whole number, not a text\n9: compress of sink \"files\" takes true "
     "or false, not the number 1\n"},
    {"required option", STATE ACCOUNT "sink \"files\" { type = \"file\" }\n" PIPELINE,
     "3: sink \"files\" has no path: where to write\n"},
    {"relative path", STATE ACCOUNT "sink \"files\" { type = \"file\", path = \"log/x\" }\n" PIPELINE,
     "3: path of sink \"files\" must be an absolute path (beginning with \"/\"), not \"log/x\"\n"},
    {"placeholders",
     STATE ACCOUNT "sink \"files\" { type = \"file\", path = \"/x/%{acount}\" }\nsink \"b\" { type = "
                   "\"file\", path = \"/y/%{colour}\" }\n"
                   "sink \"c\" { type = \"file\", path = \"/z/%{account\" }\nsink \"d\" { type = \"file\", "
                   "path = \"/z/../y\" }\n" PIPELINE,
     "3: path of sink \"files\" holds an unknown placeholder %{acount}; did you mean %{account}?\n"
     "4: path of sink \"b\" holds an unknown placeholder %{colour}; there are %{account} %{source} %{stream} "
     "%{type} %{date} %{id}\n"
     "5: path of sink \"c\" holds a \"%{\" without its \"}\"\n6: path of sink \"d\" must not hold \"..\"\n"},
    {"lists of a sink",
     STATE ACCOUNT
     "sink \"files\" { type = \"hec\", token = env \"T_APP_KEY\", hosts = \"a\" }\n"
     "sink \"b\" { type = \"hec\", token = env \"T_APP_KEY\", hosts = { \"a\", 7, \"a\" } }\n" PIPELINE,
     "3: hosts of sink \"files\" takes a list: hosts = { \"a\" }\n4: hosts of sink \"b\" takes texts, not "
     "the number 7\n4: hosts of sink \"b\" names \"a\" twice\n"},
    {"secret of a sink",
     STATE ACCOUNT "sink \"files\" { type = \"hec\", hosts = { \"a\" } }\nsink \"b\" { type = \"hec\", token "
                   "= 7, hosts = { \"a\" } }\n"
                   "sink \"c\" { type = \"hec\", token = env \"T_NOT_SET\", hosts = { \"a\" } }\n" PIPELINE,
     "3: sink \"files\" has no token: the token\n4: token of sink \"b\" takes a secret: env \"NAME\" or file "
     "\"PATH\"\n"
     "5: token of sink \"c\": the environment variable T_NOT_SET is not set\n"},
    {"secret where a text belongs",
     STATE ACCOUNT "sink \"files\" { type = \"file\", path = env \"HOME\" }\n" PIPELINE,
     "3: path of sink \"files\" takes a text, and env is for secrets\n"},
    {"how a sink is fed",
     STATE ACCOUNT "sink \"files\" { type = \"file\", path = \"/x/y\", parallel = 2, batch_event = 1 }\n"
                   "sink \"b\" { type = \"hec\", token = env \"T_APP_KEY\", hosts = { \"a\" }, parallel = 4, "
                   "batch_events = 0 }\n" PIPELINE,
     "3: unknown key \"batch_event\" in sink \"files\"; did you mean \"batch_events\"?\n"
     "3: parallel of sink \"files\" must be 1: a sink of type \"file\" takes one batch at a time\n"
     "4: batch_events of sink \"b\" must be from 1 to 1000000\n"},
    /* ---- Two sinks, one path ---- */
    {"same path",
     REST "sink \"b\" {\n  type = \"file\",\n  path = \"/var/log/p/%{account}/%{source}.ndjson\"\n}\n",
     "7: path of sink \"b\" can become the same file as path of sink \"files\" (line 3): "
     "\"/var/log/p/%{account}/%{source}.ndjson\" and \"/var/log/p/%{account}/%{source}.ndjson\"\n"},
    {"one of the paths of the other",
     REST "sink \"b\" { type = \"file\", path = \"/var/log/p/acme/siem.ndjson\" }\n",
     "5: path of sink \"b\" can become the same file as path of sink \"files\" (line 3): "
     "\"/var/log/p/acme/siem.ndjson\" and \"/var/log/p/%{account}/%{source}.ndjson\"\n"},
    {"written differently",
     REST "sink \"b\" { type = \"file\", path = \"/var//log/./p/acme/%{type}.ndjson\" }\n",
     "5: path of sink \"b\" can become the same file as path of sink \"files\" (line 3): "
     "\"/var//log/./p/acme/%{type}.ndjson\" and \"/var/log/p/%{account}/%{source}.ndjson\"\n"},
    {"crossed placeholders",
     STATE ACCOUNT "sink \"files\" { type = \"file\", path = \"/x/a-%{date}\" }\nsink \"b\" { type = "
                   "\"file\", path = \"/x/%{type}-b\" }\n" PIPELINE,
     "4: path of sink \"b\" can become the same file as path of sink \"files\" (line 3): \"/x/%{type}-b\" "
     "and \"/x/a-%{date}\"\n"},
    {"different paths",
     REST "sink \"b\" { type = \"file\", path = \"/var/log/p/%{account}.ndjson\" }\nsink \"c\" { type = "
          "\"file\", path = \"/var/log/p/%{account}/x/%{source}.ndjson\" }\n"
          "sink \"d\" { type = \"file\", path = \"/var/log/p/%{account}/%{source}.json\" }\n",
     ""},
    {"values that cannot be",
     REST "sink \"b\" { type = \"file\", path = \"/var/log/p/globex/siem.ndjson\" }\nsink \"c\" { type = "
          "\"file\", path = \"/var/log/p/acme/notices.ndjson\" }\n",
     ""},
    {"notices asked for by name",
     STATE ACCOUNT SINK "pipeline \"default\" { from = { \"*\", \"notices\" }, to = { \"files\" } }\nsink "
                        "\"b\" { type = \"file\", path = \"/var/log/p/acme/notices.ndjson\" }\n",
     "5: path of sink \"b\" can become the same file as path of sink \"files\" (line 3): "
     "\"/var/log/p/acme/notices.ndjson\" and \"/var/log/p/%{account}/%{source}.ndjson\"\n"},
    {"disjoint by pipeline",
     STATE ACCOUNT "sink \"files\" { type = \"file\", path = \"/x/%{source}\" }\nsink \"b\" { type = "
                   "\"file\", path = \"/x/%{source}\" }\n"
                   "pipeline \"one\" { from = { \"siem\" }, to = { \"files\" } }\npipeline \"two\" { from = "
                   "{ \"audit\", \"ttp-url\" }, to = { \"b\" } }\n",
     ""},
    /* ---- Pipelines ---- */
    {"unknown names",
     STATE ACCOUNT SINK "pipeline \"p\" {\n  from = { \"siem\", \"ttp-ulr\" },\n  accounts = { \"acne\" },\n "
                        " transform = { \"esc\" },\n  to = { \"file\", \"nowhere-near\" },\n}\n",
     "5: from of pipeline \"p\" names the unknown source \"ttp-ulr\"; did you mean \"ttp-url\"?\n"
     "6: accounts of pipeline \"p\" names the unknown account \"acne\"; did you mean \"acme\"?\n"
     "7: transform of pipeline \"p\" names the script \"esc\", and there is no esc.lua in @, @/scripts, "
     "@/packaged; did you mean \"ecs\"?\n"
     "8: to of pipeline \"p\" names the unknown sink \"file\"; did you mean \"files\"?\n"
     "8: to of pipeline \"p\" names the unknown sink \"nowhere-near\"; there are: files\n"},
    {"missing keys", STATE ACCOUNT SINK "pipeline \"p\" { }\n",
     "4: pipeline \"p\" has no from: the sources, such as from = { \"*\" }\n4: pipeline \"p\" has no to: the "
     "sinks, such as to = { \"files\" }\n"},
    {"texts for lists", STATE ACCOUNT SINK "pipeline \"p\" { from = \"*\", to = \"files\", transform = 7 }\n",
     "4: from of pipeline \"p\" takes a list: from = { \"*\" }\n4: to of pipeline \"p\" takes a list: to = { "
     "\"files\" }\n"
     "4: transform of pipeline \"p\" takes a list of texts such as { \"a\", \"b\" }, not the number 7\n"},
    {"empty lists", STATE ACCOUNT SINK "pipeline \"p\" { from = { }, accounts = { }, to = { } }\n",
     "4: from of pipeline \"p\" is empty: name at least one source\n4: accounts of pipeline \"p\" is empty: "
     "name at least one account\n"
     "4: to of pipeline \"p\" is empty: name at least one sink\n"},
    {"star for sinks", STATE ACCOUNT SINK "pipeline \"p\" { from = { \"*\" }, to = { \"*\" } }\n",
     "4: to of pipeline \"p\" names the unknown sink \"*\"; there are: files\n"},
    {"start",
     STATE ACCOUNT SINK "pipeline \"p\" { from = { \"*\" }, to = { \"files\" }, start = \"begin\" }\n",
     "4: start of pipeline \"p\" is \"oldest\" or \"newest\", not \"begin\"\n"},
    {"script by path",
     STATE ACCOUNT SINK "pipeline \"p\" { from = { \"*\" }, to = { \"files\" }, transform = { "
                        "\"lib/none.lua\", \"/nowhere/x.lua\" } }\n",
     "4: transform of pipeline \"p\" names the script \"lib/none.lua\", which cannot be read\n"
     "4: transform of pipeline \"p\" names the script \"/nowhere/x.lua\", which cannot be read\n"},
    {"unknown key of a pipeline",
     STATE ACCOUNT SINK "pipeline \"p\" { from = { \"*\" }, to = { \"files\" }, transforms = { } }\n",
     "4: unknown key \"transforms\" in pipeline \"p\"; did you mean \"transform\"?\n"},
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
    int failures = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct config *config = NULL;
        char *problems = fixture_load(rows[i].text, &config);
        bool good = strcmp(problems, rows[i].problems) == 0 && (config != NULL) == (rows[i].problems[0] == 0);
        if (!good) {
            print_error("--- %s\nexpected:\n%sgot:\n%s", rows[i].name, rows[i].problems, problems);
            failures++;
        }
        free(problems);
        config_free(config);
    }
    assert_int_equal(failures, 0);
}

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
    {"empty file", "secret_key = file \"empty.key\"",
     "5: secret_key of account \"x\": @/empty.key is empty\n"},
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
        {"base_url = 7", " takes a text, not the number 7"},
        {"base_url = env \"URL\"", " takes a text, and env is for secrets"},
        {"", "2: account \"x\" has no base_url, such as \"https://eu-api.mimecast.com\"\n"},
},
  urls2[] = {
      {"base_url = \"https://api.services.mimecast.com\"", ""},
      {"base_url = \"https://uk-api.services.mimecast.com\"", ""},
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

static void test_missing_file(void **state)
{
    (void)state;
    struct config *config = NULL;
    struct config_problems problems = {0};
    assert_int_equal(config_load("/nowhere/postern.lua", &fixture_catalog, &config, &problems),
                     POSTERN_E_CONFIG);
    assert_int_equal(problems.count, 1);
    assert_string_equal(problems.items[0].message,
                        "cannot open /nowhere/postern.lua: No such file or directory");
    assert_string_equal(problems.items[0].place.file, "/nowhere/postern.lua");
    config_problems_free(&problems);
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
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_credentials),
        cmocka_unit_test(test_base_urls),
        cmocka_unit_test(test_owner),
        cmocka_unit_test(test_missing_file),
        cmocka_unit_test(test_several_vendors),
        cmocka_unit_test(test_profiles_that_cannot_be_used),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

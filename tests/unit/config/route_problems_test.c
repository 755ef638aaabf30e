/* Sources, sinks and pipelines that are wrong, and exactly what the user is told. */
#include "problem_rows.h"

static const struct row rows[] = {
    /* ---- Sources ---- */
    {"unknown source", REST "source \"ttp-urls\" { }\nsource \"quarantine\" { }\nsource \"notices\" { }\n",
     "5: unknown source \"ttp-urls\"; did you mean \"ttp-url\"?\n6: unknown source \"quarantine\"; there "
     "are: siem, ttp-url, audit\n"
     "7: source \"notices\" is Postern's own and is never polled: what can be set of it is in notices { ... "
     "}\n"},
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
                   "\"file\", path = \"/y/%{colouring}\" }\n"
                   "sink \"c\" { type = \"file\", path = \"/z/%{account\" }\nsink \"d\" { type = \"file\", "
                   "path = \"/z/../y\" }\n" PIPELINE,
     "3: path of sink \"files\" holds an unknown placeholder %{acount}; did you mean %{account}?\n"
     "4: path of sink \"b\" holds an unknown placeholder %{colouring}; there are %{account} %{source} "
     "%{stream} "
     "%{type} %{date} %{hour} %{id}, and %{.a.b} for a value of the event\n"
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
    {"notices about no account",
     STATE ACCOUNT SINK "pipeline \"default\" { from = { \"*\", \"notices\" }, to = { \"files\" } }\nsink "
                        "\"b\" { type = \"file\", path = \"/var/log/p/_postern/notices.ndjson\" }\n",
     "5: path of sink \"b\" can become the same file as path of sink \"files\" (line 3): "
     "\"/var/log/p/_postern/notices.ndjson\" and \"/var/log/p/%{account}/%{source}.ndjson\"\n"},
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
    /* ---- What was called otherwise ---- */
    {"was, swapped, in a chain, new",
     STATE ACCOUNT "sink \"files\" { type = \"file\", path = \"/x\", was = \"b\" }\n"
                   "sink \"b\" { type = \"file\", path = \"/y\", was = { \"files\", \"older\" } }\n"
                   "pipeline \"p\" { from = { \"*\" }, to = { \"files\" }, was = \"q\" }\n"
                   "pipeline \"q\" { from = { \"*\" }, to = { \"b\" }, was = { } }\n",
     ""},
    {"was, wrong",
     STATE ACCOUNT "sink \"files\" { type = \"file\", path = \"/x\", was = \"files\" }\n"
                   "sink \"b\" { type = \"file\", path = \"/y\", was = { \"files\" } }\n"
                   "sink \"c\" { type = \"file\", path = \"/z\", was = { \"d e\", 7 } }\n"
                   "pipeline \"p\" { from = { \"*\" }, to = { \"files\" }, was = \"q\" }\n"
                   "pipeline \"q\" { from = { \"*\" }, to = { \"b\" } }\n"
                   "pipeline \"r\" { from = { \"*\" }, to = { \"c\" }, was = { \"gone\" } }\n"
                   "pipeline \"s\" { from = { \"*\" }, to = { \"c\" }, was = { \"gone\" } }\n",
     "3: was of sink \"files\" names itself\n"
     "4: was of sink \"b\" names \"files\", as that of sink \"files\" does\n"
     "5: was of sink \"c\" takes texts, not the number 7\n"
     "6: was of pipeline \"p\" names \"q\", which is configured (line 7): leave it out, unless that one was "
     "renamed too or is new and says so (was = \"...\", was = {})\n"
     "9: was of pipeline \"s\" names \"gone\", as that of pipeline \"r\" does\n"},
    {"unknown key of a pipeline",
     STATE ACCOUNT SINK "pipeline \"p\" { from = { \"*\" }, to = { \"files\" }, transforms = { } }\n",
     "4: unknown key \"transforms\" in pipeline \"p\"; did you mean \"transform\"?\n"},
};

static void test_rows(void **state)
{
    (void)state;
    check_rows(rows, sizeof(rows) / sizeof(*rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

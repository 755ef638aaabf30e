/* What tests of wrong configurations share: what a row does not care about, and how rows are checked. */
#ifndef TEST_CONFIG_PROBLEM_ROWS_H
#define TEST_CONFIG_PROBLEM_ROWS_H

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

static inline void check_rows(const struct row *rows, size_t count)
{
    int failures = 0;
    for (size_t i = 0; i < count; i++) {
        struct config *config = NULL;
        char *problems = fixture_load(rows[i].text, &config);
        bool whole = config && !config->missing_secrets; /* else it is good for those who lack none */
        bool good = strcmp(problems, rows[i].problems) == 0 && whole == (rows[i].problems[0] == 0);
        if (!good) {
            print_error("--- %s\nexpected:\n%sgot:\n%s", rows[i].name, rows[i].problems, problems);
            failures++;
        }
        free(problems);
        config_free(config);
    }
    assert_int_equal(failures, 0);
}

#endif

/* Good configurations: what they come to, defaults, places of scripts, and the page that describes it all. */
#include "base/buffer.h"
#include "base/files.h"
#include "base/text.h"
#include "base/units.h"
#include "config/check.h"
#include "fixture.h"

#define ACCOUNT                                                                                              \
    "account \"acme\" { api = 1, base_url = \"https://EU-api.mimecast.com/\", app_id = env \"T_APP_ID\", "   \
    "app_key = env \"T_APP_KEY\", access_key = env \"T_ACCESS_KEY\", secret_key = env \"T_SECRET_KEY\" }\n"
#define REST                                                                                                 \
    "state = \"/var/lib/postern\"\n" ACCOUNT                                                                 \
    "sink \"files\" { type = \"file\", path = \"/x/%{account}\" }\n"                                         \
    "pipeline \"default\" { from = { \"*\" }, to = { \"files\" } }\n"

static struct config *load(const char *text)
{
    struct config *config;
    char *problems = fixture_load(text, &config);
    assert_string_equal(problems, "");
    free(problems);
    return config;
}

static void test_defaults(void **state)
{
    (void)state;
    struct config *config = load(REST);
    assert_string_equal(config->state, "/var/lib/postern");
    assert_int_equal(config->module_directory_count, 0);

    assert_int_equal(config->account_count, 1);
    const struct config_account *account = &config->accounts[0];
    assert_string_equal(account->name, "acme");
    assert_int_equal(account->profile->api, 1);
    assert_string_equal(account->base_url, "https://eu-api.mimecast.com");
    assert_null(account->allow_host);
    assert_int_equal(account->place.line, 2);
    assert_true(text_is(secret_reveal(account->credentials.secrets[1]), "hush-app-key"));
    assert_true(text_is(secret_reveal(account->credentials.secrets[2]), "hush_access-key")); /* trimmed */
    assert_ptr_equal(account->profile, &fixture_auth1);

    assert_int_equal(config->source_count, 3); /* one for each of the catalog, in its order */
    const struct config_source *siem = &config->sources[0], *url = &config->sources[1];
    assert_string_equal(siem->name, "siem");
    assert_true(siem->enabled && url->enabled);
    assert_int_equal(siem->place.line, 0);
    assert_int_equal(siem->interval_ms, 5 * 60000); /* the module's */
    assert_int_equal(siem->remember_ms, 9 * 86400000LL);
    assert_int_equal(siem->lookback_ms, -1); /* follows a token */
    assert_int_equal(siem->delay_ms, 5 * 60000);
    assert_int_equal(url->interval_ms, 15 * 60000);
    assert_int_equal(url->delay_ms, 5 * 60000);
    assert_int_equal(url->settle_ms, 40 * 60000);
    assert_int_equal(url->lookback_ms, 60 * 60000);
    assert_int_equal(url->replay_limit_ms, 12 * 3600000);
    assert_int_equal(url->slice_ms, 6 * 3600000);
    assert_int_equal(url->remember_ms, 8 * 86400000LL);

    assert_null(config->http.ca_file);
    assert_int_equal(config->http.response_limit, 64 << 20);
    assert_int_equal(config->http.spill_above, 1 << 20);
    assert_false(config->http.http2);
    assert_int_equal(config->journal.max_size, 2LL << 30);
    assert_int_equal(config->journal.retain_ms, 86400000);
    assert_int_equal(config->journal.dead_limit, 256 << 20);
    assert_int_equal(config->journal.page_size, 1 << 20);
    assert_int_equal(config->journal.page_events, 2000);
    assert_int_equal(config->limits.script.memory_bytes, sandbox_default_limits.memory_bytes);
    assert_int_equal(config->limits.script.time_ms, sandbox_default_limits.time_ms);
    assert_int_equal(config->limits.script.instruction_limit, sandbox_default_limits.instruction_limit);
    assert_int_equal(config->limits.member_size, 512 << 20);
    assert_int_equal(config->limits.member_count, 10000);
    assert_int_equal(config->limits.expansion_size, 1 << 30);
    assert_int_equal(config->limits.record_size, 4 << 20);

    const struct config_pipeline *pipeline = &config->pipelines[0];
    assert_true(config_names_match(&pipeline->accounts, "acme"));
    assert_true(config_names_match(&pipeline->from, "siem"));
    assert_false(config_names_match(&pipeline->to, "other"));
    assert_int_equal(pipeline->transform.count, 0);
    assert_false(pipeline->start_oldest);
    config_free(config);
}

/* How sinks are fed, and which change of a setting makes another sink of it. */
static void check_batching(const struct config_sink *hec, const struct config_sink *files)
{
    assert_int_equal(hec->values[1].item_count, 2);
    assert_int_equal(hec->batching.events, 5);
    assert_int_equal(hec->batching.bytes, 1 << 20);
    assert_int_equal(hec->batching.wait_ms, 2000); /* as the sink has it */
    assert_int_equal(hec->batching.parallel, 2);
    assert_int_equal(files->batching.events, 0); /* page by page */
    assert_int_equal(files->batching.parallel, 1);
    assert_true(config_sink_is_same(hec, hec));
    assert_false(config_sink_is_same(hec, files));
    struct config_sink other = *hec;
    other.batching.parallel = 1;
    assert_false(config_sink_is_same(hec, &other));
    struct option_value values[2] = {hec->values[0], hec->values[1]};
    struct option_item items[2] = {hec->values[1].items[0], {.text = "c"}};
    values[1].items = items;
    other = *hec;
    other.values = values;
    assert_false(config_sink_is_same(hec, &other));
    items[1].text = "b";
    assert_true(config_sink_is_same(hec, &other));
    struct secret *secret = secret_new(TEXT("another"));
    values[0].secret = secret;
    assert_false(config_sink_is_same(hec, &other));
    secret_release(secret);
}

static void check_given_sinks(const struct config *config)
{
    const struct config_sink *files = &config->sinks[0], *hec = &config->sinks[1];
    assert_string_equal(files->type, "file");
    assert_int_equal(files->value_count, 5);
    assert_string_equal(files->values[0].text, "/x/%{date}");
    assert_int_equal(files->values[1].integer, 1 << 20);
    assert_int_equal(files->values[2].integer, 3600000);
    assert_int_equal(files->values[3].integer, 1);
    assert_int_equal(files->values[4].integer, 3);
    assert_true(text_is(secret_reveal(hec->values[0].secret), "good-app-key"));
    check_batching(hec, files);
    assert_string_equal(hec->values[1].items[1].text, "b");
}

static void check_given_pipeline(const struct config_pipeline *pipeline)
{
    assert_true(pipeline->start_oldest);
    static const char *const scripts[] = {"mine.lua", "scripts/shared.lua", "packaged/ecs.lua", "./mine.lua"};
    assert_int_equal(pipeline->transform.count, 4);
    for (size_t i = 0; i < 4; i++) {
        char path[256];
        fixture_path(scripts[i], path);
        assert_string_equal(pipeline->scripts[i], path);
    }
}

static void test_values(void **state)
{
    (void)state;
    struct config *config = load(
        "\xEF\xBB\xBF-- a byte order mark, comments, loops and functions\r\n"
        "state = '/s'\n"
        "modules = { '/tmp', '/' }\n"
        "local function customer(name, region)\n"
        "  account(name) { base_url = 'https://' .. region .. '-api.mimecast.com', app_id = env 'T_APP_ID',\n"
        "    app_key = file 'bom.key', access_key = env 'T_ACCESS_KEY', secret_key = env 'T_SECRET_KEY' }\n"
        "end\n"
        "for i, region in ipairs { 'eu', 'us', 'de' } do customer('customer-' .. i, region) end\n"
        "account 'gx' { base_url = 'http://127.0.0.1:9999/', client_id = env 'T_APP_KEY', client_secret = "
        "env 'T_SECRET_KEY' }\n"
        "source 'audit' { enabled = false }\n"
        "source 'siem' { lookback = '3d', interval = '30s', compress = false, file_format = 'key_value' }\n"
        "http { proxy = 'http://p:3128', no_proxy = 'localhost', http2 = true, timeout = '90s', ca_file = "
        "'/etc/hostname' }\n"
        "journal { max_size = '64MiB', retain = '1h' }\n"
        "limits { script_time = '250ms', workers = 2 }\n"
        "sink 'files' { type = 'file', path = '/x/%{date}', rotate_size = '1MiB', rotate_age = '1h', "
        "compress = true, keep = 3 }\n"
        "sink 'hec' { type = 'hec', token = file 'good.key', hosts = { 'a', 'b' }, batch_events = 5, "
        "batch_bytes = '1MiB' }\n"
        "pipeline 'p' { from = { 'siem', 'notices' }, accounts = { 'gx' }, transform = { 'mine', 'shared', "
        "'ecs', './mine.lua' },\n"
        "  to = { 'files', 'hec' }, start = 'oldest' }\n");
    assert_int_equal(config->module_directory_count, 2);
    assert_string_equal(config->module_directories[0], "/tmp");
    assert_int_equal(config->account_count, 4);
    assert_string_equal(config->accounts[1].name, "customer-2");
    assert_string_equal(config->accounts[1].base_url, "https://us-api.mimecast.com");
    assert_int_equal(config->accounts[1].profile->api, 1); /* as the keys tell */
    assert_true(text_is(secret_reveal(config->accounts[1].credentials.secrets[1]), "good-app-key"));
    assert_int_equal(config->accounts[3].profile->api, 2);
    assert_string_equal(config->accounts[3].base_url, "http://127.0.0.1:9999");
    assert_true(text_is(secret_reveal(config->accounts[3].credentials.secrets[0]), "hush-app-key"));

    const struct config_source *siem = &config->sources[0];
    assert_int_equal(siem->lookback_ms, 3 * 86400000LL);
    assert_int_equal(siem->interval_ms, 30000);
    assert_int_equal(siem->place.line, 11);
    assert_int_equal(siem->value_count, 2);
    assert_string_equal(siem->values[0].name, "file_format");
    assert_string_equal(siem->values[0].text, "key_value");
    assert_int_equal(siem->values[1].type, POSTERN_OPTION_BOOLEAN);
    assert_int_equal(siem->values[1].integer, 0);
    assert_false(config->sources[2].enabled);
    assert_string_equal(config->http.proxy, "http://p:3128");
    assert_string_equal(config->http.no_proxy, "localhost");
    assert_string_equal(config->http.ca_file, "/etc/hostname");
    assert_true(config->http.http2);
    assert_int_equal(config->http.timeout_ms, 90000);
    assert_int_equal(config->journal.max_size, 64 << 20);
    assert_int_equal(config->limits.script.time_ms, 250);
    assert_int_equal(config->limits.workers, 2);
    check_given_sinks(config);
    check_given_pipeline(&config->pipelines[0]);
    config_free(config);
}

/* Thousands of customers in a loop: read within a second or two of processor time. */
static void test_requests_per_second(void **state)
{
    (void)state;
    struct config *config = load(REST);
    assert_int_equal(config->http.requests_per_second, 50);
    config_free(config);
    config = load(REST "http { requests_per_second = 2 }\n");
    assert_int_equal(config->http.requests_per_second, 2);
    config_free(config);
}

static void test_many_accounts(void **state)
{
    (void)state;
    struct config *config = load("state = '/s'\n"
                                 "for i = 1, 3000 do account('c' .. i) { base_url = "
                                 "'https://eu-api.mimecast.com', app_id = env 'T_APP_ID',\n"
                                 "  app_key = env 'T_APP_KEY', access_key = env 'T_ACCESS_KEY', secret_key = "
                                 "env 'T_SECRET_KEY' } end\n"
                                 "sink 'a' { type = 'file', path = '/x/%{account}/%{source}' }\n"
                                 "sink 'b' { type = 'file', path = '/y/%{account}/%{source}' }\n"
                                 "pipeline 'p' { from = { '*' }, to = { 'a', 'b' } }\n");
    assert_int_equal(config->account_count, 3000);
    assert_string_equal(config->accounts[2999].name, "c3000");
    config_free(config);
}

static void test_peek(void **state)
{
    (void)state;
    char path[256], *directory = NULL, **modules = NULL;
    size_t count = 0;
    struct config_problems problems = {0};
    fixture_path("postern.lua", path);
    /* What else is wrong is config_load's to say. */
    fixture_write(
        "postern.lua",
        "state = '/s' modules = { '/tmp' } account 'x' { } unknown_kind 'y' { } sink 's' { type = 'nope' }");
    assert_int_equal(config_peek(path, &directory, &modules, &count, &problems), POSTERN_OK);
    assert_string_equal(directory, "/s");
    assert_int_equal(count, 1);
    assert_string_equal(modules[0], "/tmp");
    assert_int_equal(problems.count, 0);
    free(directory);
    free(modules[0]);
    free(modules);

    fixture_write("postern.lua", "modules = 7");
    assert_int_equal(config_peek(path, &directory, &modules, &count, &problems), POSTERN_E_CONFIG);
    assert_int_equal(problems.count, 2);
    assert_string_equal(
        problems.items[0].message,
        "modules of the configuration takes a list of texts such as { \"a\", \"b\" }, not the number 7");
    config_problems_free(&problems);

    fixture_write("postern.lua", "state = = 1");
    assert_int_equal(config_peek(path, &directory, &modules, &count, &problems), POSTERN_E_CONFIG);
    assert_int_equal(problems.count, 1);
    assert_int_equal(problems.items[0].place.line, 1);
    config_problems_free(&problems);
}

/* README.md names every setting with its default. */
static void check_page(const char *page, const struct setting *settings)
{
    for (; settings->name; settings++) {
        char row[256], value[64] = "";
        int64_t number = settings->default_value;
        if (settings->type == SETTING_BOOLEAN)
            snprintf(value, sizeof(value), "`%s`", number ? "true" : "false");
        if (settings->type == SETTING_INTEGER) snprintf(value, sizeof(value), "`%lld`", (long long)number);
        snprintf(row, sizeof(row), "| `%s` |", settings->name);
        const char *line = strstr(page, row);
        if (!line) fail_msg("README.md does not describe %s", settings->name);
        if (!value[0] && number) { /* durations and sizes: read back what is there */
            const char *start = strchr(line + strlen(row), '"');
            assert_non_null(start);
            postern_text text = text_slice(start + 1, strchr(start + 1, '"'));
            int64_t written = 0;
            if (settings->type == SETTING_DURATION)
                assert_int_equal(duration_parse(text, &written, NULL), POSTERN_OK);
            else
                assert_int_equal(size_parse(text, &written, NULL), POSTERN_OK);
            if (written != number) fail_msg("README.md has another default of %s", settings->name);
        } else if (value[0] && strncmp(line + strlen(row) + 1, value, strlen(value)) != 0) {
            fail_msg("README.md has another default of %s", settings->name);
        }
    }
}

static void test_page(void **state)
{
    (void)state;
    struct buffer page = {.limit = 1 << 20};
    assert_int_equal(file_read(TEST_SOURCE_DIR "/core/config/README.md", 1 << 19, &page, NULL), POSTERN_OK);
    check_page(buffer_string(&page), source_settings);
    check_page(buffer_string(&page), batching_settings);
    check_page(buffer_string(&page), pipeline_settings);
    check_page(buffer_string(&page), http_settings);
    check_page(buffer_string(&page), journal_settings);
    check_page(buffer_string(&page), limits_settings);
    check_page(buffer_string(&page), status_settings);
    check_page(buffer_string(&page), notices_settings);
    buffer_free(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),      cmocka_unit_test(test_values),
        cmocka_unit_test(test_many_accounts), cmocka_unit_test(test_peek),
        cmocka_unit_test(test_page),          cmocka_unit_test(test_requests_per_second),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}

/* What accounts set for single sources reaches the calls of that source, and no other's. */
#include "base/error.h"
#include "base/text.h"
#include "collect/stream/account_options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const postern_option *const table[] = {
    &(const postern_option){.size = sizeof(postern_option),
                            .type = POSTERN_OPTION_TEXT,
                            .name = "route",
                            .default_value = "all",
                            .help = "which way"},
    NULL,
};
static const postern_source sources[] = {
    {.size = sizeof(postern_source), .name = "clicks", .account_options = table},
    {.size = sizeof(postern_source), .name = "audit"}};

static void expect_route(const struct account *account, const struct source_instance *source,
                         const char *wanted)
{
    const postern_host *host = &source->module->host;
    const postern_call call = {.size = sizeof call, .account_options = account_options_of(account, source)};
    postern_text route = {0};
    assert_int_equal(host->account_text(host, &call, "route", &route), wanted != NULL);
    if (wanted && !text_is(route, wanted)) fail_msg("\"%.*s\" instead of \"%s\"", TEXT_ARGS(route), wanted);
}

static void each_account_its_own(void **state)
{
    (void)state;
    const struct module_limits limits = {1000, 10, 1000, 1000};
    struct module_registry *registry = registry_new(&limits);
    struct source_instance instances[2];
    const struct config_source plain = {.enabled = true};
    postern_error error = ERROR_INIT;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(source_instance_create(registry, &sources[i], &plain, &instances[i], &error),
                         POSTERN_OK);

    char inbound[] = "inbound";
    struct option_value value = {.name = "route", .type = POSTERN_OPTION_TEXT, .text = inbound};
    struct config_account_options given[] = {{"gone", NULL, 0}, {"clicks", &value, 1}};
    const struct config_account sets = {.name = "sets", .options = given, .option_count = 2},
                                bare = {.name = "bare"};
    struct account *one = calloc(1, sizeof *one + 1), *other = calloc(1, sizeof *other + 1);
    assert_int_equal(account_options_take(one, &sets, instances, 2, &error), POSTERN_OK);
    assert_int_equal(account_options_take(other, &bare, instances, 2, &error), POSTERN_OK);
    memset(inbound, '!', sizeof inbound - 1); /* the configuration may be freed */

    expect_route(one, &instances[0], "inbound");
    expect_route(other, &instances[0], "all");
    expect_route(one, &instances[1], NULL); /* that source has no such options */
    account_options_free(one->given_options);
    account_options_free(other->given_options);
    free(one), free(other);
    source_instance_destroy(&instances[0]), source_instance_destroy(&instances[1]);
    registry_free(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_account_its_own)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

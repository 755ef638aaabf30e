/* Who may ask what: for each endpoint over each API the role's permission and the application's product are
 * missing one by one, and the answer tells which it is. */
#include "bearers.h"

static void control(const char *what, const char *command)
{
    struct text done = simulator_control(&simulator, "POST", what, command);
    text_free(&done);
}

/* A request that reaches the endpoint; what it asks is read only after the permission (but for the type of
 * batch files: each has calls of its own). */
static struct response ask(const struct endpoint *endpoint, unsigned api, unsigned account)
{
    struct call call = {.path = endpoint->path, .source = endpoint->source, .account = account};
    char path[100];
    if (strcmp(endpoint->method, "GET") == 0) {
        bool batches = strncmp(endpoint->path, "/siem/", 6) == 0;
        const char *type = endpoint->source == SIEM ? "?type=receipt" : "?type=entities";
        snprintf(path, sizeof path, "%s%s", endpoint->path, batches ? type : "");
        call.path = path;
        call.method = "GET";
    }
    if (api == API_2) call.bearer = tokens[account].data;
    return simulator_call(&simulator, &call, NULL);
}

static void expect_refusal(const struct endpoint *endpoint, unsigned api, const char *text,
                           const char *begins)
{
    struct response response = ask(endpoint, api, 0);
    if (response.status != 403 || !strstr(response.body.data, text) ||
        strncmp(response.body.data, begins, strlen(begins)) != 0)
        fail_msg("%s over API %u: %ld %s", endpoint->path, api, response.status, response.body.data);
    response_free(&response);
    response = ask(endpoint, api, 1); /* another account's */
    if (response.status == 403) fail_msg("%s over API %u: the other account too", endpoint->path, api);
    response_free(&response);
}

static void expect_answer(const struct endpoint *endpoint, unsigned api)
{
    struct response response = ask(endpoint, api, 0);
    if (response.status == 403) fail_msg("%s over API %u: %s", endpoint->path, api, response.body.data);
    response_free(&response);
}

static const char *shape_of(const struct endpoint *endpoint)
{
    return strncmp(endpoint->path, "/api/", 5) == 0    ? "{\"meta\":{\"status\":403},\"data\":[],\"fail\":[{"
           : strncmp(endpoint->path, "/siem/", 6) == 0 ? "{\"fail\":[{\"code\":"
                                                       : "{\"errors\":[{\"code\":";
}

static void permissions(void **state)
{
    (void)state;
    unsigned looked = 0;
    for (int source = 0; source < SOURCES; source++)
        for (unsigned api = API_1; api <= API_2; api++) {
            const struct endpoint *endpoint = endpoint_over((enum source)source, api);
            if (!endpoint) continue;
            char command[160];
            for (int allowed = 0; allowed < 2; allowed++) {
                snprintf(command, sizeof command, "{\"account\":\"acme\",\"endpoint\":\"%s\",\"allowed\":%s}",
                         source_name((enum source)source), allowed ? "true" : "false");
                control("permissions", command);
                if (allowed)
                    expect_answer(endpoint, api);
                else
                    expect_refusal(endpoint, api, endpoint->permission, shape_of(endpoint));
            }
            looked++;
        }
    assert_int_equal(looked, 33);
}

static void products(void **state)
{
    (void)state;
    unsigned refused = 0, left = 0;
    for (int source = 0; source < SOURCES; source++) {
        const char *product = endpoint_product((enum source)source);
        char command[200];
        snprintf(command, sizeof command, "{\"account\":\"acme\",\"product\":\"%s\",\"included\":false}",
                 product);
        control("products", command);
        for (int other = 0; other < SOURCES; other++) {
            const struct endpoint *endpoint = endpoint_over((enum source)other, API_2);
            if (strcmp(endpoint_product((enum source)other), product) == 0) {
                expect_refusal(endpoint, API_2, "Forbidden to perform the requested operation",
                               "{\"fail\":[{\"code\":\"app_forbidden\"");
                refused++;
            } else {
                expect_answer(endpoint, API_2);
                left++;
            }
            if (endpoint_over((enum source)other, API_1)) /* which knows no products */
                expect_answer(endpoint_over((enum source)other, API_1), API_1);
        }
        control("products", "{\"included\":true}");
    }
    assert_true(refused > 40 && left > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(permissions), cmocka_unit_test(products)};
    return cmocka_run_group_tests(tests, start_with_tokens, stop_with_tokens);
}

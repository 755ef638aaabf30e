/* Names: unknown ones, resolvers that are stuck, and names that lead where a download may not go. This
 * program has a getaddrinfo of its own, which libcurl finds first. */
#include "../unit.h"
#include "base/text.h"
#include "http/transfer.h"

#include "client.h"
#include "test_server.h"
#include <netdb.h>

static sem_t unstick; /* lets one stuck look-up go on */
static sem_t stuck;   /* one is stuck now */
static sem_t let_go;  /* one has returned */
static _Atomic int lookups;

static struct addrinfo *make_address(const char *text, const char *service, struct addrinfo *next)
{
    struct addrinfo *info = calloc(1, sizeof *info + sizeof(struct sockaddr_in));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(service))};
    inet_pton(AF_INET, text, &address.sin_addr);
    info->ai_family = AF_INET;
    info->ai_socktype = SOCK_STREAM;
    info->ai_protocol = IPPROTO_TCP;
    info->ai_addrlen = sizeof address;
    info->ai_addr = (struct sockaddr *)(info + 1);
    memcpy(info->ai_addr, &address, sizeof address);
    info->ai_next = next;
    return info;
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the library's names are its own */
POSTERN_EXPORT int getaddrinfo(const char *restrict name, const char *restrict service,
                               const struct addrinfo *restrict hints, struct addrinfo **restrict result)
{
    (void)hints;
    lookups++;
    if (strcmp(name, "stuck.test") == 0) {
        sem_post(&stuck);
        while (sem_wait(&unstick) != 0)
            continue;
        sem_post(&let_go);
        return EAI_AGAIN;
    }
    if (strcmp(name, "inside.test") != 0) return EAI_NONAME;
    *result = make_address("127.0.0.1", service, make_address("10.1.2.3", service, NULL));
    return 0;
}

POSTERN_EXPORT void freeaddrinfo(struct addrinfo *info)
{
    for (struct addrinfo *next; info; info = next) {
        next = info->ai_next;
        free(info);
    }
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

static void an_unknown_name_is_named(void **state)
{
    (void)state;
    struct http_settings settings = client_settings(NULL);
    struct network *network = client_start(&settings);
    struct client_call call;
    client_prepare(&call, network, "https://eu-apo.test:%d/?secret=HIDDEN", 443);
    client_perform(&call);
    assert_true(lookups > 0);
    assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
    assert_string_equal(call.exchange.error.message, "the name eu-apo.test cannot be resolved");
    assert_contains(call.exchange.error.remedy, "base_url");
    client_clear(&call);
    network_stop(network);

    settings.proxy = "http://joe:HIDDEN@proxy.test:3128";
    network = client_start(&settings);
    client_prepare(&call, network, "https://eu-api.test:%d/", 443);
    client_perform(&call);
    assert_string_equal(call.exchange.error.message,
                        "the name of the proxy proxy.test:3128 cannot be resolved");
    client_clear(&call);
    network_stop(network);
}

/* The resolver's thread hangs, the network thread must not. */
static void a_stuck_resolver_holds_nothing_up(void **state)
{
    (void)state;
    struct http_settings settings = client_settings(NULL);
    settings.connect_timeout_ms = 200;
    struct network *network = client_start(&settings);
    struct client_call call;
    client_prepare(&call, network, "https://stuck.test:%d/", 443);
    client_perform(&call);
    assert_string_equal(call.exchange.error.message, "the name stuck.test was not resolved in time (200ms)");
    assert_contains(call.exchange.error.remedy, "DNS");
    client_clear(&call);
    network_stop(network);
    sem_wait(&stuck);

    settings.connect_timeout_ms = 60000;
    network = client_start(&settings);
    client_prepare(&call, network, "https://stuck.test:%d/", 443);
    client_post(&call);
    sem_wait(&stuck);
    network_stop(network); /* would hang here */
    client_wait(&call);
    assert_string_equal(call.exchange.error.message, "stopped");
    client_clear(&call);
    for (int i = 0; i < 2; i++)
        sem_post(&unstick);
    for (int i = 0; i < 2; i++)
        sem_wait(&let_go);
}

static bool say_ok(struct test_connection *connection, const struct test_request *request)
{
    (void)request;
    return answer_with(connection, "", "ok", 2);
}

/* What a name resolves to is looked at when the connection is made, so nothing can change in between. */
static void a_name_that_leads_inside_is_refused(void **state)
{
    (void)state;
    struct test_server *server = server_new(NULL, say_ok, NULL);
    struct http_settings settings = client_settings(NULL);
    struct network *network = client_start(&settings);
    struct client_call call;
    client_prepare(&call, network, "https://inside.test:%d/file", server->port);
    call.exchange.sign = NULL;
    call.exchange.credentialless = true;
    client_perform(&call);
    assert_int_equal(call.exchange.error.code, POSTERN_E_RETRY);
    assert_string_equal(call.exchange.error.message,
                        "inside.test has an address that is not allowed for this request");
    assert_int_equal(call.exchange.tries, 0);
    assert_int_equal(server_connections(server), 0);
    client_clear(&call);
    network_stop(network);
    server_free(server);
}

int main(void)
{
    sem_init(&unstick, 0, 0);
    sem_init(&stuck, 0, 0);
    sem_init(&let_go, 0, 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_name_is_named),
        cmocka_unit_test(a_stuck_resolver_holds_nothing_up),
        cmocka_unit_test(a_name_that_leads_inside_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

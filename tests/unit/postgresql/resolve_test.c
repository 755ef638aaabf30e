/* Names of servers: a look-up that is stuck holds up no stop, and libpq is given the addresses with the name.
 * This program has a getaddrinfo of its own, which the library finds first. */
#include "options_of.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <semaphore.h>
#include <stdatomic.h>

static pthread_t main_thread;
static atomic_bool is_stopping, was_asked_here;
static sem_t let_go, gone;

static struct addrinfo *make_address(const char *text, struct addrinfo *next)
{
    struct addrinfo *info = calloc(1, sizeof *info + sizeof(struct sockaddr_in));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(1)};
    assert_non_null(info);
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
    struct in_addr number;
    (void)service;
    if (inet_pton(AF_INET, name, &number) == 1) {
        *result = make_address(name, NULL);
        return 0;
    }
    if (hints->ai_flags & AI_NUMERICHOST) return EAI_NONAME;
    if (pthread_equal(pthread_self(), main_thread)) atomic_store(&was_asked_here, true);
    if (strcmp(name, "stuck.test") == 0 && !atomic_load(&was_asked_here)) {
        atomic_store(&is_stopping, true);
        sem_wait(&let_go);
        sem_post(&gone);
    }
    if (strcmp(name, "db.test") != 0) return EAI_NONAME;
    *result = make_address("127.0.0.2", make_address("127.0.0.3", NULL));
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

static bool stopping(const postern_host *host)
{
    (void)host;
    return atomic_load(&is_stopping);
}

/* Port 1 of loopback, where nobody listens. */
static postern_status open_at(const char *host, const char *address, postern_error *error)
{
    struct host_of_test made = host_with(NULL);
    struct connection *connection = NULL;
    char port[] = "1";
    struct postgresql_sink sink = {.host = &made.face,
                                   .settings = {.connect_timeout_ms = 30000},
                                   .target = {.servers = {{.host = (char *)(uintptr_t)host,
                                                           .address = (char *)(uintptr_t)address,
                                                           .port = port}},
                                              .server_count = 1}};
    made.face.stopping = stopping;
    *error = (postern_error){.size = sizeof *error};
    atomic_store(&is_stopping, false);
    atomic_store(&was_asked_here, false);
    postern_status status = connection_open(&sink, &connection, error);
    assert_null(connection);
    return status;
}

static void a_stuck_look_up_holds_up_no_stop(void **state)
{
    (void)state;
    postern_error error;
    postern_status status = open_at("stuck.test", NULL, &error);
    assert_false(atomic_load(&was_asked_here));
    sem_post(&let_go);
    sem_wait(&gone);
    assert_int_equal(status, POSTERN_E_STOPPED);
}

static void an_unknown_name_is_named(void **state)
{
    (void)state;
    postern_error error;
    assert_int_equal(open_at("unknown.test", NULL, &error), POSTERN_E_RETRY);
    assert_false(atomic_load(&was_asked_here));
    assert_contains(error.message, "the name unknown.test cannot be resolved");
    assert_contains(error.remedy, "DNS");
}

static void the_library_has_both_the_name_and_its_addresses(void **state)
{
    (void)state;
    postern_error error;
    assert_int_equal(open_at("db.test", NULL, &error), POSTERN_E_RETRY);
    assert_false(atomic_load(&was_asked_here));
    assert_contains(
        error.message,
        "no connection to db.test: connection to server at \"127.0.0.2\", port 1 failed: Connection refused");
}

static void what_is_no_name_is_not_looked_up(void **state)
{
    static const struct {
        const char *host, *address, *words;
    } rows[] = {
        {"127.0.0.4", NULL, "\"127.0.0.4\", port 1 failed: Connection refused"},
        {"stuck.test", "127.0.0.5",
         "no connection to stuck.test: connection to server at \"127.0.0.5\", port 1 failed"},
        {"/nowhere/at/all", NULL, "socket \"/nowhere/at/all/.s.PGSQL.1\" failed: No such file"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        postern_error error;
        assert_int_equal(open_at(rows[i].host, rows[i].address, &error), POSTERN_E_RETRY);
        assert_false(atomic_load(&was_asked_here));
        assert_contains(error.message, rows[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stuck_look_up_holds_up_no_stop),
        cmocka_unit_test(an_unknown_name_is_named),
        cmocka_unit_test(the_library_has_both_the_name_and_its_addresses),
        cmocka_unit_test(what_is_no_name_is_not_looked_up),
    };
    main_thread = pthread_self();
    sem_init(&let_go, 0, 0);
    sem_init(&gone, 0, 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

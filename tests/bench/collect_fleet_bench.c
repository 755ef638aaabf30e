/* What an account and an idle stream cost in memory: builds fleets without network and journal and prints the
 * bytes. Fails beyond the limits that are promised. usage: collect_fleet_bench [ACCOUNTS] */
#include "base/error.h"
#include "base/log.h"
#include "collect/fleet.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#define STREAMS       7
#define STREAM_LIMIT  400.0
#define ACCOUNT_LIMIT 300.0

#define STREAM(part)                                                                                         \
    {                                                                                                        \
        .size = sizeof(postern_stream), .kind = POSTERN_STREAM_WINDOW, .name = "bench-" part,                \
        .auth = "bench/1", .permission = "Bench | Read"                                                      \
    }
static const postern_stream streams[STREAMS] = {STREAM("one"),  STREAM("two"),  STREAM("three"),
                                                STREAM("four"), STREAM("five"), STREAM("six"),
                                                STREAM("seven")};
static const postern_stream *const stream_list[] = {&streams[0], &streams[1], &streams[2], &streams[3],
                                                    &streams[4], &streams[5], &streams[6], NULL};

static postern_status next(const void *self, const postern_call *call, const postern_stream *stream,
                           const postern_pass *pass, postern_text position, postern_request *request,
                           postern_error *error)
{
    (void)self, (void)call, (void)stream, (void)pass, (void)position, (void)request;
    return error_set(error, POSTERN_E_UNSUPPORTED, "nothing is asked here");
}

static postern_status on_response(const void *self, const postern_call *call, const postern_stream *stream,
                                  const postern_pass *pass, postern_text position,
                                  const postern_response *response, postern_answer *answer,
                                  postern_error *error)
{
    (void)self, (void)call, (void)stream, (void)pass, (void)position, (void)response, (void)answer;
    return error_set(error, POSTERN_E_UNSUPPORTED, "nothing is asked here");
}

static const postern_auth auth = {.size = sizeof auth, .name = "bench/1", .title = "Bench", .scheme = "none"};

static const postern_source source = {.size = sizeof source,
                                      .name = "bench",
                                      .title = "Bench",
                                      .streams = stream_list,
                                      .next = next,
                                      .on_response = on_response};
static const postern_source *const sources[] = {&source, NULL};
static const postern_module module = {.size = sizeof module,
                                      .magic = POSTERN_MODULE_MAGIC,
                                      .abi_major = POSTERN_ABI_MAJOR,
                                      .name = "bench",
                                      .version = "1",
                                      .license = "MIT",
                                      .summary = "bench",
                                      .sources = sources};

static void fail(const postern_error *error)
{
    fprintf(stderr, "%s\n", error->message);
    exit(2);
}

/* Bytes that a fleet with all accounts takes from the heap. */
static size_t measure(struct module_registry *registry, struct config_account *accounts, size_t count,
                      bool with_streams)
{
    struct config_source settings = {.name = "bench", .enabled = with_streams, .interval_ms = 900000};
    const struct config config = {
        .accounts = accounts, .account_count = count, .sources = &settings, .source_count = 1};
    const struct collector_parts parts = {
        .config = &config, .registry = registry, .clock = clock_process(), .random = random_system()};
    struct fleet_progress progress = {0};
    struct fleet *fleet;
    postern_error error = ERROR_INIT;
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    if (fleet_build(&parts, &progress, NULL, &fleet, &error) < 0) fail(&error);
    size_t taken = mallinfo2().uordblks + mallinfo2().hblkhd - before;
    fleet_free(fleet);
    return taken;
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
    struct config_account *accounts = calloc(count, sizeof *accounts);
    const struct module_limits limits = {1 << 20, 100, 1 << 20, 1 << 20};
    struct module_registry *registry = registry_new(&limits);
    char base_url[] = "https://eu-api.vendor.example";
    postern_error error = ERROR_INIT;
    log_set_level(POSTERN_LOG_ERROR);
    if (!count || !accounts || !registry) return 2;
    if (registry_add(registry, &module, "bench", &error) < 0) fail(&error);
    for (size_t i = 0; i < count; i++) {
        snprintf(accounts[i].name, sizeof accounts[i].name, "customer-%06zu", i);
        accounts[i].profile = &auth;
        accounts[i].base_url = base_url;
    }
    size_t without = measure(registry, accounts, count, false);
    size_t with = measure(registry, accounts, count, true);
    double per_account = (double)without / (double)count - (double)sizeof(struct access);
    double per_stream = (double)(with - without) / (double)(count * STREAMS);
    printf("%zu accounts x %d streams\n", count, STREAMS);
    printf("idle stream: %6.1f bytes, sizeof %zu (limit %.0f)\n", per_stream, sizeof(struct stream),
           STREAM_LIMIT);
    printf("account:     %6.1f bytes and %zu for its credentials (limit %.0f and those)\n", per_account,
           sizeof(struct access), ACCOUNT_LIMIT);
    registry_free(registry);
    free(accounts);
    return per_stream <= STREAM_LIMIT && per_account <= ACCOUNT_LIMIT ? 0 : 1;
}

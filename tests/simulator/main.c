#include "base/test_clock.h"
#include "certificates.h"
#include "compare.h"
#include "corpus.h"
#include "keys.h"
#include "server.h"
#include <stdlib.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const char usage[] =
    "usage: postern-simulator certificates DIR          a throw-away CA and a server certificate\n"
    "       postern-simulator keys [--seed N] [--account N] [--generation N] [--api 1|2] [--json]\n"
    "       postern-simulator serve --certificates DIR [options]     (serve --help)\n"
    "       postern-simulator compare --truth FILE --output PATH...  (compare --help)\n"
    "       postern-simulator corpus [--seed N] [--events N] [--bad-line] [--api 1|2] [--all-types] | "
    "--pairs | "
    "--sources LIST\n";

static int print_keys(int count, char **arguments)
{
    unsigned long long seed = 1, account = 0, generation = 0, api = 1;
    bool json = false;
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--json") == 0) {
            json = true;
            continue;
        }
        unsigned long long *value = strcmp(arguments[i], "--seed") == 0         ? &seed
                                    : strcmp(arguments[i], "--account") == 0    ? &account
                                    : strcmp(arguments[i], "--generation") == 0 ? &generation
                                    : strcmp(arguments[i], "--api") == 0        ? &api
                                                                                : NULL;
        char *end;
        if (!value || ++i == count || (*value = strtoull(arguments[i], &end, 10), *end)) {
            fputs(usage, stderr);
            return 2;
        }
    }
    if (api != 1 && api != 2) {
        fputs(usage, stderr);
        return 2;
    }
    struct keys keys;
    struct client client;
    keys_derive(seed, (unsigned)account, (unsigned)generation, &keys);
    client_derive(seed, (unsigned)account, (unsigned)generation, &client);
    struct text out = {0};
    if (api == 2)
        (json ? client_print_json : client_print_shell)(&out, &keys, &client);
    else
        (json ? keys_print_json : keys_print_shell)(&out, &keys);
    fputs(out.data, stdout);
    text_free(&out);
    return 0;
}

/* Until SIGTERM, SIGINT, or the end of stdin if that was asked for. */
static void wait_for_end(int signals, bool with_stdin)
{
    struct pollfd sources[] = {{.fd = signals, .events = POLLIN},
                               {.fd = with_stdin ? STDIN_FILENO : -1, .events = POLLIN}};
    for (;;) {
        if (poll(sources, 2, -1) < 0 && errno != EINTR) return;
        if (sources[0].revents) return;
        char buffer[256];
        if (sources[1].revents && read(STDIN_FILENO, buffer, sizeof buffer) <= 0) return;
    }
}

static int serve(int count, char **arguments)
{
    if (count == 2 && strcmp(arguments[1], "--help") == 0) {
        settings_usage();
        return 0;
    }
    struct settings *settings = must_allocate(sizeof *settings);
    if (!settings_read(settings, count, arguments)) {
        settings_usage();
        free(settings);
        return 2;
    }
    /* Before any thread starts, so that all inherit it. */
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    int signals = signalfd(-1, &set, SFD_CLOEXEC);
    static const struct clock *clock; /* a test clock is never closed */
    clock = settings->clock ? test_clock_open(settings->clock) : clock_process();
    FILE *truth = settings->truth ? fopen(settings->truth, "w") : NULL;
    if (!clock || signals < 0 || (settings->truth && !truth)) {
        fprintf(stderr, "postern-simulator: cannot open %s: %s\n", clock ? settings->truth : settings->clock,
                strerror(errno));
        return 1;
    }
    struct service *service = must_allocate(sizeof *service);
    service_begin(service, settings, clock, truth);
    struct server *server = server_start(service);
    if (server) {
        printf("{\"port\":%u,\"base_url\":\"https://127.0.0.1:%u\",\"storage_port\":%u,\"accounts\":%u}\n",
               service->port, service->port, service->storage_port, settings->accounts);
        fflush(stdout);
        wait_for_end(signals, settings->exit_with_stdin);
        server_stop(server);
    }
    service_end(service);
    if (truth) fclose(truth);
    close(signals);
    free(service);
    free(settings);
    return server ? 0 : 1;
}

int main(int count, char **arguments)
{
    const char *command = count > 1 ? arguments[1] : "";
    if (strcmp(command, "certificates") == 0 && count == 3) return certificates_make(arguments[2]) ? 0 : 1;
    if (strcmp(command, "keys") == 0) return print_keys(count - 1, arguments + 1);
    if (strcmp(command, "serve") == 0) return serve(count - 1, arguments + 1);
    if (strcmp(command, "compare") == 0) return compare_command(count - 1, arguments + 1);
    if (strcmp(command, "corpus") == 0) return corpus_command(count - 1, arguments + 1);
    fputs(usage, stderr);
    return 2;
}

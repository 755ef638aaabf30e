#include "shared/net/resolve.h"
#include "shared/net/aside.h"
#include <stdlib.h>

struct name_question {
    char host[256], port[6];
    struct addrinfo hints, *found;
    int failure; /* 0 or a number for gai_strerror */
};

static void ask(void *work)
{
    struct name_question *question = work;
    question->failure = getaddrinfo(question->host, question->port, &question->hints, &question->found);
}

static void forget(void *work)
{
    struct name_question *question = work;
    if (!question->failure && question->found) freeaddrinfo(question->found);
    free(question);
}

static postern_status say_unknown(const struct net_target *target, int failure, postern_error *error)
{
    return kit_fail(error, POSTERN_E_RETRY, "check the name and the machine's name service (DNS)",
                    "%s: the name %s cannot be resolved: %s", target->name, target->host,
                    gai_strerror(failure));
}

static postern_status ask_and_wait(const postern_host *host, const struct net_target *target,
                                   const struct addrinfo *hints, int64_t until_ms, struct addrinfo **found,
                                   postern_error *error)
{
    static const struct net_aside asking = {.run = ask, .drop = forget};
    struct name_question *question = calloc(1, sizeof *question);
    if (!question) return kit_no_memory(error);
    question->hints = *hints;
    memcpy(question->host, target->host, sizeof question->host);
    memcpy(question->port, target->port, sizeof question->port);
    postern_status status = net_run_aside(host, &asking, question, until_ms);
    if (status == POSTERN_E_STOPPED) return kit_fail(error, status, NULL, "Postern is stopping");
    if (status == POSTERN_E_MEMORY)
        return kit_fail(error, POSTERN_E_RETRY, NULL, "%s: no thread to resolve the name", target->name);
    if (status < 0)
        return kit_fail(error, status, "check the machine's name service (DNS)",
                        "%s: the name service did not answer in time about %s", target->name, target->host);
    if (question->failure) {
        status = say_unknown(target, question->failure, error);
    } else {
        *found = question->found;
        question->found = NULL;
    }
    forget(question);
    return status;
}

postern_status net_resolve(const postern_host *host, const struct net_target *target, int64_t until_ms,
                           struct addrinfo **found, postern_error *error)
{
    bool datagrams = target->scheme->transport == NET_UDP;
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                             .ai_family = AF_UNSPEC,
                             .ai_socktype = datagrams ? SOCK_DGRAM : SOCK_STREAM};
    if (getaddrinfo(target->host, target->port, &hints, found) == 0) return POSTERN_OK;
    hints.ai_flags = AI_NUMERICSERV;
    return ask_and_wait(host, target, &hints, until_ms, found, error);
}

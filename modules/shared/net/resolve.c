#include "shared/net/resolve.h"
#include "shared/net/wait.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* Asked and answered; whoever leaves last frees it. */
struct name_question {
    pthread_mutex_t lock;
    unsigned holders;
    int answered[2]; /* a pipe: readable once the answer is there */
    char host[256], port[6];
    struct addrinfo hints, *found;
    int failure;
};

static void leave(struct name_question *question)
{
    pthread_mutex_lock(&question->lock);
    bool last = --question->holders == 0;
    pthread_mutex_unlock(&question->lock);
    if (!last) return;
    if (question->found) freeaddrinfo(question->found);
    close(question->answered[0]);
    close(question->answered[1]);
    pthread_mutex_destroy(&question->lock);
    free(question);
}

static void *ask(void *argument)
{
    struct name_question *question = argument;
    struct addrinfo *found = NULL;
    int failure = getaddrinfo(question->host, question->port, &question->hints, &found);
    pthread_mutex_lock(&question->lock);
    question->failure = failure;
    question->found = failure ? NULL : found;
    if (write(question->answered[1], "", 1) != 1) question->failure = EAI_SYSTEM; /* it never blocks */
    pthread_mutex_unlock(&question->lock);
    leave(question);
    return NULL;
}

static struct name_question *name_question_new(const struct net_target *target, const struct addrinfo *hints)
{
    struct name_question *question = calloc(1, sizeof *question);
    if (!question) return NULL;
    if (pipe2(question->answered, O_CLOEXEC) < 0) {
        free(question);
        return NULL;
    }
    pthread_mutex_init(&question->lock, NULL);
    question->holders = 1;
    question->hints = *hints;
    memcpy(question->host, target->host, sizeof question->host);
    memcpy(question->port, target->port, sizeof question->port);
    return question;
}

/* Signals are the core's. */
static bool start(struct name_question *question)
{
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    question->holders = 2;
    bool started = pthread_create(&thread, NULL, ask, question) == 0;
    if (started) pthread_detach(thread);
    if (!started) question->holders = 1;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

/* Takes the addresses over; 0 or a number for gai_strerror. */
static int take_answer(struct name_question *question, struct addrinfo **found)
{
    pthread_mutex_lock(&question->lock);
    int failure = question->failure;
    if (!failure) {
        *found = question->found;
        question->found = NULL;
    }
    pthread_mutex_unlock(&question->lock);
    return failure;
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
    short ready;
    struct name_question *question = name_question_new(target, hints);
    if (!question) return kit_no_memory(error);
    if (!start(question)) {
        leave(question);
        return kit_fail(error, POSTERN_E_RETRY, NULL, "%s: no thread to resolve the name", target->name);
    }
    postern_status status = net_wait(host, question->answered[0], POLLIN, until_ms, &ready);
    if (status == POSTERN_E_STOPPED) {
        kit_fail(error, status, NULL, "Postern is stopping");
    } else if (status < 0) {
        kit_fail(error, status, "check the machine's name service (DNS)",
                 "%s: the name service did not answer in time about %s", target->name, target->host);
    } else {
        int failure = take_answer(question, found);
        if (failure) status = say_unknown(target, failure, error);
    }
    leave(question);
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

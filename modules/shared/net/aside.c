#include "shared/net/aside.h"
#include "shared/net/wait.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct call_aside {
    const struct net_aside *call;
    void *work;
    int ended[2]; /* a pipe: readable once it has run */
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    bool has_run, left;   /* left: nobody waits */
};

static void call_aside_free(struct call_aside *aside)
{
    close(aside->ended[0]);
    close(aside->ended[1]);
    pthread_mutex_destroy(&aside->lock);
    free(aside);
}

static struct call_aside *call_aside_new(const struct net_aside *call, void *work)
{
    struct call_aside *aside = calloc(1, sizeof *aside);
    if (!aside) return NULL;
    if (pipe2(aside->ended, O_CLOEXEC) < 0) {
        free(aside);
        return NULL;
    }
    pthread_mutex_init(&aside->lock, NULL);
    aside->call = call;
    aside->work = work;
    return aside;
}

static void *run(void *argument)
{
    struct call_aside *aside = argument;
    aside->call->run(aside->work);
    pthread_mutex_lock(&aside->lock);
    aside->has_run = true;
    bool left = aside->left;
    ssize_t written = write(aside->ended[1], "", 1); /* into an empty pipe: it never blocks */
    (void)written;
    pthread_mutex_unlock(&aside->lock);
    if (!left) return NULL; /* whoever waits frees the rest */
    aside->call->drop(aside->work);
    call_aside_free(aside);
    return NULL;
}

/* Signals are the core's. */
static bool start(struct call_aside *aside)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&aside->thread, NULL, run, aside) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

/* False if it has run after all. */
static bool leave(struct call_aside *aside)
{
    pthread_mutex_lock(&aside->lock);
    bool leaves = !aside->has_run;
    aside->left = leaves;
    if (leaves) pthread_detach(aside->thread);
    pthread_mutex_unlock(&aside->lock);
    return leaves;
}

postern_status net_run_aside(const postern_host *host, const struct net_aside *call, void *work,
                             int64_t until_ms)
{
    short ready;
    struct call_aside *aside = call_aside_new(call, work);
    if (!aside || !start(aside)) {
        if (aside) call_aside_free(aside);
        call->drop(work);
        return POSTERN_E_MEMORY;
    }
    postern_status status = net_wait(host, aside->ended[0], POLLIN, until_ms, &ready);
    if (status < 0 && leave(aside)) return status;
    pthread_join(aside->thread, NULL);
    call_aside_free(aside);
    return POSTERN_OK;
}

/* A call that blocks and that nothing breaks off, such as a library's: it is made aside, on a thread of its
 * own. Nobody waits for it longer than a deadline, nor once Postern stops; then it goes on until it ends by
 * itself, and what it worked on is dropped behind it. */
#ifndef SHARED_NET_ASIDE_H
#define SHARED_NET_ASIDE_H

#include <postern/kit.h>

struct net_aside {
    void (*run)(void *work);  /* on that thread: it touches nothing but the work, and what lives for ever */
    void (*drop)(void *work); /* frees it, on whichever thread is the last that has it */
};

/* POSTERN_OK: it has run, and the work is the caller's again. After a failure, without words, it is not:
 * POSTERN_E_STOPPED, POSTERN_E_RETRY (the deadline, of net_clock_ms), POSTERN_E_MEMORY (no thread; it was not
 * run). */
postern_status net_run_aside(const postern_host *host, const struct net_aside *call, void *work,
                             int64_t until_ms);

#endif

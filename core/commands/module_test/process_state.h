/* What belongs to the process and no module may change (rule 8), and the threads of the process. */
#ifndef POSTERN_COMMANDS_MODULE_TEST_PROCESS_STATE_H
#define POSTERN_COMMANDS_MODULE_TEST_PROCESS_STATE_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define THREADS_MOST 512

struct process_state {
    sigset_t mask;
    struct sigaction actions[32];
    char locale[256], directory[PATH_MAX], umask[64];
    uint64_t environment;
};

void process_state_take(struct process_state *state);
/* What is not as it was; NULL = nothing. */
const char *process_state_changed(const struct process_state *before);

struct thread_list {
    pid_t ids[THREADS_MOST];
    size_t count;
};

void threads_take(struct thread_list *list);
/* Waits until every thread that is not in the list sleeps, at most so long: one that has only just been made
 * blocks all signals until it runs. */
void threads_settle(const struct thread_list *before, int64_t most_ms);
/* A thread that is not in the list and does not block all signals; 0 = there is none. `*count` is how many
 * are not in the list. */
pid_t threads_unblocked(const struct thread_list *before, size_t *count);

#endif

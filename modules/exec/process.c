#include "exec_sink.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHATTER_LIMIT ((size_t)1024)
#define AFTER_TERM_MS 1000
/* Postern itself ends in seconds, and no program is to outlive it. */
#define HURRIED_MS            1000
#define HURRIED_AFTER_TERM_MS 500
#define LOOK_AGAIN_MS         10
#define FIRST_FREE_FD         3

int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = LOOK_AGAIN_MS * 1000000L}, NULL);
}

/* ---- Starting ---- */

enum { INPUT, ANSWERS, ERRORS, PIPES };

static void close_pipes(int pipes[PIPES][2])
{
    for (int i = 0; i < PIPES; i++)
        for (int end = 0; end < 2; end++)
            if (pipes[i][end] >= 0) close(pipes[i][end]);
}

static bool open_pipes(int pipes[PIPES][2])
{
    bool good = true;
    for (int i = 0; i < PIPES; i++)
        pipes[i][0] = pipes[i][1] = -1;
    for (int i = 0; i < PIPES && good; i++)
        good =
            pipe2(pipes[i], O_CLOEXEC) == 0 && fcntl(pipes[i][i == INPUT ? 1 : 0], F_SETFL, O_NONBLOCK) == 0;
    return good;
}

/* The pipes are its stdin, stdout and stderr; nothing else of ours is open in it, nor is a signal blocked. */
static int spawn(const struct exec_sink *sink, int pipes[PIPES][2], pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    int failed = posix_spawn_file_actions_adddup2(&actions, pipes[INPUT][0], STDIN_FILENO);
    if (!failed) failed = posix_spawn_file_actions_adddup2(&actions, pipes[ANSWERS][1], STDOUT_FILENO);
    if (!failed) failed = posix_spawn_file_actions_adddup2(&actions, pipes[ERRORS][1], STDERR_FILENO);
    if (!failed) failed = posix_spawn_file_actions_addclosefrom_np(&actions, FIRST_FREE_FD);
    if (!failed) failed = posix_spawn_file_actions_addchdir_np(&actions, sink->directory);
    if (!failed) failed = posix_spawnattr_setsigmask(&attributes, &none);
    if (!failed) failed = posix_spawnattr_setsigdefault(&attributes, &all);
    if (!failed) failed = posix_spawnattr_setpgroup(&attributes, 0);
    if (!failed)
        failed = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                           POSIX_SPAWN_SETSIGDEF);
    if (!failed)
        failed = posix_spawn(pid, sink->path, &actions, &attributes, sink->arguments, sink->environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static postern_status cannot_start(const struct exec_sink *sink, int reason, postern_error *error)
{
    char words[128];
    bool is_short = reason == EAGAIN || reason == ENOMEM || reason == EMFILE || reason == ENFILE;
    return kit_fail(error, is_short ? POSTERN_E_RETRY : POSTERN_E_CONFIG,
                    is_short ? NULL : "check program, the interpreter in its first line, and directory",
                    "%s cannot be started: %s", sink->path, strerror_r(reason, words, sizeof words));
}

postern_status program_start(struct exec_sink *sink, postern_error *error)
{
    struct program *program = &sink->program;
    int pipes[PIPES][2];
    int failed = open_pipes(pipes) ? 0 : errno;
    pid_t pid = 0;
    if (!failed) failed = spawn(sink, pipes, &pid);
    if (failed) {
        close_pipes(pipes);
        return cannot_start(sink, failed, error);
    }
    program->pid = pid;
    program->input = pipes[INPUT][1];
    bool good = lines_begin(&program->answers, pipes[ANSWERS][0], (size_t)sink->answer_limit);
    good = lines_begin(&program->errors, pipes[ERRORS][0], CHATTER_LIMIT) && good;
    pipes[INPUT][1] = pipes[ANSWERS][0] = pipes[ERRORS][0] = -1;
    close_pipes(pipes);
    program->errors.takes_rest = true;
    if (good) return POSTERN_OK;
    program_end(sink, 0);
    program_forget(program);
    return kit_no_memory(error);
}

/* ---- Ending ---- */

/* It stays what it is until it is waited for, so that its number means no other process. */
static bool is_over(const struct program *program, siginfo_t *how)
{
    how->si_pid = 0;
    int failed = waitid(P_PID, (id_t)program->pid, how, WEXITED | WNOHANG | WNOWAIT);
    return failed ? errno != EINTR : how->si_pid != 0;
}

bool program_has_ended(const struct program *program, char *words, size_t size)
{
    siginfo_t how;
    if (!is_over(program, &how)) return false;
    bool by_itself = how.si_code == CLD_EXITED;
    snprintf(words, size, by_itself ? "ended with exit code %d" : "was ended by signal %d", how.si_status);
    return true;
}

/* So long, or so much shorter from the moment at which Postern stops. */
static bool wait_for_end(const struct exec_sink *sink, int64_t ms, int64_t hurried_ms)
{
    siginfo_t how;
    int64_t until = monotonic_ms() + ms;
    bool is_hurried = false;
    while (!is_over(&sink->program, &how)) {
        int64_t now = monotonic_ms();
        if (!is_hurried && sink->host->stopping(sink->host)) {
            is_hurried = true;
            if (now + hurried_ms < until) until = now + hurried_ms;
        }
        if (now >= until) return false;
        nap();
    }
    return true;
}

void program_end(struct exec_sink *sink, int64_t grace_ms)
{
    struct program *program = &sink->program;
    if (program->pid <= 0) return;
    if (program->input >= 0) close(program->input);
    program->input = -1;
    if (!wait_for_end(sink, grace_ms, HURRIED_MS)) {
        kill(-program->pid, SIGTERM);
        wait_for_end(sink, AFTER_TERM_MS, HURRIED_AFTER_TERM_MS);
    }
    kill(-program->pid, SIGKILL); /* and what it has left behind */
    while (waitpid(program->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    program->pid = 0;
}

void program_forget(struct program *program)
{
    lines_end(&program->answers);
    lines_end(&program->errors);
}

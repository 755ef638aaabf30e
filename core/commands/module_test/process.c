#include "commands/module_test/process.h"
#include "base/real_time.h"
#include "base/units.h"
#include "commands/module_test/subject.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t ended_by; /* a signal to us; 0 = none */

#define LOOK_EVERY_MS 100 /* a process that outlives the check may hold the pipe */

void process_output(const struct suite *suite, char *path)
{
    snprintf(path, PATH_MAX + 32, "%s/output", suite->scratch);
}

/* ---- Signals ---- */

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
#define ENDING (sizeof ending / sizeof *ending)

static void note_signal(int number)
{
    ended_by = number;
}

void process_wait_for_signals(void)
{
    struct sigaction action = {.sa_handler = note_signal}, former; /* no SA_RESTART: it ends the wait */
    for (size_t i = 0; i < ENDING; i++)
        if (sigaction(ending[i], NULL, &former) == 0 && former.sa_handler != SIG_IGN)
            sigaction(ending[i], &action, NULL);
}

bool process_is_ending(void)
{
    return ended_by != 0;
}

void process_end_by_signal(void)
{
    if (!ended_by) return;
    signal(ended_by, SIG_DFL);
    raise(ended_by);
}

/* ---- In the process of the check ---- */

static void settle_in(const struct suite *suite)
{
    char path[PATH_MAX + 32];
    struct rlimit none = {0, 0};
    setpgid(0, 0); /* so that what the module starts ends with it */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGPIPE, SIG_IGN); /* as in a run */
    for (size_t i = 0; i < ENDING; i++)
        signal(ending[i], SIG_DFL);
    process_output(suite, path);
    int output = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (output < 0) _exit(1);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
}

static void run_check(const struct suite *suite, const struct suite_offer *offer,
                      const struct module_check *check)
{
    settle_in(suite);
    struct subject subject = {.suite = suite, .offer = offer};
    check->run(&subject);
    fflush(NULL);
    subject_ends(&subject);
}

/* ---- In ours ---- */

/* True if the process has ended. */
static bool has_ended(pid_t child, int *status)
{
    pid_t ended;
    do {
        ended = waitpid(child, status, WNOHANG);
    } while (ended < 0 && errno == EINTR);
    return ended != 0;
}

static bool wait_for_end(const struct suite *suite, pid_t child, int pipe_end, int *status)
{
    int64_t until_ms = real_ms() + suite->patience_ms;
    bool ended = has_ended(child, status);
    while (!ended && !ended_by && real_ms_left(until_ms) > 0) {
        struct pollfd end = {.fd = pipe_end};
        int64_t left_ms = real_ms_left(until_ms);
        poll(&end, 1, (int)(left_ms < LOOK_EVERY_MS ? left_ms : LOOK_EVERY_MS));
        ended = has_ended(child, status);
    }
    return ended;
}

__attribute__((format(printf, 2, 3))) static void fail(struct suite_board *board, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    board->finding = CHECK_FAILED;
    vsnprintf(board->words, sizeof board->words, format, arguments);
    va_end(arguments);
}

static void judge_end(const struct suite *suite, bool ended, int status)
{
    char patience[32];
    struct suite_board *board = suite->board;
    const char *step = atomic_load(&board->step), *in = step ? " in " : "";
    if (!ended)
        fail(board, "still busy%s%s after %s (--patience)", in, step ? step : "",
             duration_format(suite->patience_ms, patience));
    else if (WIFSIGNALED(status))
        fail(board, "crashed with signal %d (%s)%s%s", WTERMSIG(status), strsignal(WTERMSIG(status)), in,
             step ? step : "");
    else if (WEXITSTATUS(status) != 0 || !atomic_load(&board->at_end))
        fail(board, "ended the process with code %d%s%s", WEXITSTATUS(status), in, step ? step : "");
}

void process_run(const struct suite *suite, const struct suite_offer *offer, const struct module_check *check)
{
    struct suite_board *board = suite->board;
    int ends[2], status = 0;
    board->finding = CHECK_PASSED;
    board->words[0] = '\0';
    atomic_store(&board->step, NULL);
    atomic_store(&board->at_end, false);
    fflush(NULL);
    if (pipe2(ends, O_CLOEXEC) < 0) {
        fail(board, "no pipe for it: %s", strerror(errno));
        return;
    }
    pid_t child = fork();
    if (child == 0) run_check(suite, offer, check);
    close(ends[1]);
    if (child < 0) {
        fail(board, "no process for it: %s", strerror(errno));
    } else {
        bool ended = wait_for_end(suite, child, ends[0], &status);
        kill(-child, SIGKILL); /* with what it has started */
        if (!ended) kill(child, SIGKILL);
        while (!ended && waitpid(child, &status, 0) < 0 && errno == EINTR)
            continue;
        judge_end(suite, ended, status);
    }
    close(ends[0]);
}

#include "commands/module_test/process_state.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/fnv1a.h"
#include "base/real_time.h"
#include "base/text.h"
#include <dirent.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>

#define STATUS_LIMIT  ((size_t)64 << 10)
#define LOOK_AGAIN_MS 5

/* A line of a status file of /proc; "" if it is not there. */
static void read_status(const char *path, const char *key, char *value, size_t capacity)
{
    _cleanup_(buffer_free) struct buffer status = {.limit = STATUS_LIMIT};
    *value = '\0';
    if (file_read(path, STATUS_LIMIT, &status, NULL) < 0) return;
    const char *at = strstr(buffer_string(&status), key);
    if (!at) return;
    at += strlen(key);
    at += strspn(at, " \t");
    text_to_string((postern_text){at, strcspn(at, "\n")}, value, capacity);
}

void process_state_take(struct process_state *state)
{
    memset(state, 0, sizeof *state);
    pthread_sigmask(SIG_SETMASK, NULL, &state->mask);
    for (int signal = 1; signal < 32; signal++)
        sigaction(signal, NULL, &state->actions[signal]);
    text_to_string(text_of(setlocale(LC_ALL, NULL)), state->locale, sizeof state->locale);
    if (!getcwd(state->directory, sizeof state->directory)) state->directory[0] = '\0';
    read_status("/proc/self/status", "\nUmask:", state->umask, sizeof state->umask);
    state->environment = FNV1A_START;
    for (char **at = environ; at && *at; at++)
        state->environment = fnv1a(state->environment, text_of(*at));
}

const char *process_state_changed(const struct process_state *before)
{
    struct process_state now;
    process_state_take(&now);
    for (int signal = 1; signal < 32; signal++) {
        if (sigismember(&now.mask, signal) != sigismember(&before->mask, signal))
            return "the mask of signals of the thread that called it";
        if (now.actions[signal].sa_handler != before->actions[signal].sa_handler)
            return "the handler of a signal";
    }
    if (strcmp(now.locale, before->locale) != 0) return "the locale";
    if (strcmp(now.directory, before->directory) != 0) return "the working directory";
    if (strcmp(now.umask, before->umask) != 0) return "the umask";
    return now.environment != before->environment ? "the environment" : NULL;
}

static bool is_in(const struct thread_list *list, pid_t id)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->ids[i] == id) return true;
    return false;
}

void threads_take(struct thread_list *list)
{
    list->count = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (const struct dirent *entry; tasks && (entry = readdir(tasks)) && list->count < THREADS_MOST;)
        if (entry->d_name[0] != '.') list->ids[list->count++] = (pid_t)strtol(entry->d_name, NULL, 10);
    if (tasks) closedir(tasks);
}

/* Those that somebody may send to the process. A fault of the thread itself (SIGSEGV and its like) comes to
 * it whatever it blocks. */
static bool blocks_all(pid_t id)
{
    static const int sent[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM,
                               SIGTERM, SIGCHLD, SIGCONT, SIGTSTP, SIGIO,   SIGWINCH};
    char path[64], mask[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/status", (int)id);
    read_status(path, "\nSigBlk:", mask, sizeof mask);
    if (!*mask) return true; /* it has ended, or the system does not say */
    uint64_t blocked = strtoull(mask, NULL, 16);
    for (size_t i = 0; i < sizeof sent / sizeof *sent; i++)
        if (!(blocked >> (sent[i] - 1) & 1)) return false;
    return true;
}

static bool is_asleep(pid_t id)
{
    char path[64], state[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/status", (int)id);
    read_status(path, "\nState:", state, sizeof state);
    return !*state || *state == 'S';
}

static bool all_are_asleep(const struct thread_list *before)
{
    struct thread_list now;
    threads_take(&now);
    for (size_t i = 0; i < now.count; i++)
        if (!is_in(before, now.ids[i]) && !is_asleep(now.ids[i])) return false;
    return true;
}

void threads_settle(const struct thread_list *before, int64_t most_ms)
{
    int64_t until_ms = real_ms() + most_ms;
    while (!all_are_asleep(before) && real_ms_left(until_ms) > 0)
        poll(NULL, 0, LOOK_AGAIN_MS);
}

pid_t threads_unblocked(const struct thread_list *before, size_t *count)
{
    struct thread_list now;
    pid_t found = 0;
    *count = 0;
    threads_take(&now);
    for (size_t i = 0; i < now.count; i++) {
        if (is_in(before, now.ids[i])) continue;
        ++*count;
        if (!found && !blocks_all(now.ids[i])) found = now.ids[i];
    }
    return found;
}

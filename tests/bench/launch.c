/* Runs a command and prints on stderr what it took: wall seconds, CPU seconds, peak KiB, exit code, blocks of
 * 512 bytes written to files. A small parent of its own, because a process inherits the peak memory of the
 * one that it was forked from. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **arguments)
{
    if (count < 3) return 2; /* launch PROCESSOR|-1 COMMAND... */
    int processor = atoi(arguments[1]), status = 0;
    double started = now();
    pid_t child = fork();
    if (child == 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        if (processor >= 0) {
            CPU_SET((size_t)processor, &set);
            sched_setaffinity(0, sizeof set, &set);
        }
        if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)) _exit(126);
        execvp(arguments[2], arguments + 2);
        _exit(127);
    }
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) < 0) return 1;
    fprintf(stderr, "%f %f %ld %d %ld\n", now() - started, seconds(usage.ru_utime) + seconds(usage.ru_stime),
            usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), usage.ru_oublock);
    return 0;
}

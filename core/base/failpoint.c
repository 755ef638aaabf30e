#include "base/failpoint.h"

#ifdef POSTERN_TESTING
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum action { KILL, STOP, FAIL_ONCE, FAIL_ON };

static struct {
    char name[64];
    long at;
    enum action action;
    struct {
        char name[64];
        long passed;
    } points[32];
} plan;
static pthread_mutex_t plan_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t plan_once = PTHREAD_ONCE_INIT;

static void write_log(const char *prefix)
{
    const char *path = getenv("POSTERN_FAILPOINT_LOG");
    FILE *log = path ? fopen(path, "ae") : NULL;
    if (!log) return;
    for (size_t i = 0; i < 32 && plan.points[i].name[0]; i++)
        fprintf(log, "%s %s %ld\n", prefix, plan.points[i].name, plan.points[i].passed);
    fclose(log);
}

static void write_log_at_exit(void)
{
    write_log("passed");
}

static void read_plan(void)
{
    const char *wanted = getenv("POSTERN_FAILPOINT");
    char action[8] = "";
    atexit(write_log_at_exit);
    if (!wanted || sscanf(wanted, "%63[^:]:%ld:%7s", plan.name, &plan.at, action) < 2) plan.name[0] = '\0';
    plan.action = strcmp(action, "error") == 0    ? FAIL_ONCE
                  : strcmp(action, "error+") == 0 ? FAIL_ON
                  : strcmp(action, "stop") == 0   ? STOP
                                                  : KILL;
}

static long count_pass(const char *name)
{
    for (size_t i = 0; i < 32; i++) {
        if (!plan.points[i].name[0]) snprintf(plan.points[i].name, sizeof plan.points[i].name, "%s", name);
        if (strcmp(plan.points[i].name, name) == 0) return ++plan.points[i].passed;
    }
    return 0;
}

bool failpoint(const char *name)
{
    pthread_once(&plan_once, read_plan);
    pthread_mutex_lock(&plan_lock);
    long passed = count_pass(name);
    bool fails = false;
    if (strcmp(name, plan.name) == 0) {
        if (plan.action == KILL && passed == plan.at) {
            write_log("killed");
            kill(getpid(), SIGKILL);
            pause();
        }
        if (plan.action == STOP && passed == plan.at) kill(getpid(), SIGSTOP);
        fails = plan.action == FAIL_ONCE ? passed == plan.at : plan.action == FAIL_ON && passed >= plan.at;
    }
    pthread_mutex_unlock(&plan_lock);
    return fails;
}
#endif

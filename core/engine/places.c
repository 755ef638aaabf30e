#include "engine/places.h"
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char modules[PATH_MAX], scripts[PATH_MAX], templates[PATH_MAX];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void find(const char *base, const char *const *candidates, char found[PATH_MAX])
{
    for (; *candidates; candidates++) {
        char path[PATH_MAX * 2];
        snprintf(path, sizeof path, "%s/%s", base, *candidates);
        if (realpath(path, found)) return;
    }
    found[0] = '\0';
}

static void find_all(void)
{
    char program[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
    program[size < 0 ? 0 : size] = '\0';
    char *slash = strrchr(program, '/');
    if (slash) *slash = '\0';
    find(program, (const char *const[]){POSTERN_MODULES_RELATIVE, "../modules", NULL}, modules);
    find(program, (const char *const[]){POSTERN_SCRIPTS_RELATIVE, "../scripts", NULL}, scripts);
    find(program, (const char *const[]){POSTERN_TEMPLATES_RELATIVE, "../templates", NULL}, templates);
}

const char *places_modules(void)
{
    pthread_once(&once, find_all);
    return modules;
}

const char *places_scripts(void)
{
    pthread_once(&once, find_all);
    return scripts;
}

const char *places_templates(void)
{
    pthread_once(&once, find_all);
    return templates;
}

const char *places_config(void)
{
    const char *named = getenv("POSTERN_CONFIG");
    return named && *named ? named : "/etc/postern/postern.lua";
}
